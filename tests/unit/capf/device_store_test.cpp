// SPDX-License-Identifier: Apache-2.0
#include "capf/device_store.hpp"

#include "capf/schema.hpp"
#include "capf/unconfirmed_store.hpp"
#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <future>
#include <gmock/gmock.h>

namespace opencapf::capf {
namespace {

class Store : public ::testing::Test {
protected:
    Store() : loops_(1) {
        loops_.start();
        open();
    }
    ~Store() override {
        store_.reset();
        database_.reset();
        loops_.stop();
    }
    void open() {
        store_.reset();
        database_ = std::make_unique<storage::Database>(directory_.file("capfd.sqlite"), migrations());
        store_ = std::make_unique<DeviceStore>(*database_);
    }

    template <class T>
    T wait(std::function<Task<T>()> make) {
        return test::run_on<T>(loops_[0], make);
    }

    Result<void> add(std::vector<std::string> names) {
        return wait<Result<void>>([&] { return store_->add(names, "CP-8865"); });
    }
    Result<void> arm(std::vector<std::string> names, Arming arming = {}) {
        return wait<Result<void>>([&] { return store_->arm(names, arming); });
    }
    std::optional<Device> find(const std::string& name) {
        return wait<std::optional<Device>>([&] { return store_->find(name); });
    }
    void finish(const Finish& finish) {
        wait<bool>([&] { return store_->finish("SEP1", finish); });
    }
    static Finish ending(std::int64_t arm_count, CertificateStatus status, bool keep) {
        Finish finish;
        finish.arm_count = arm_count;
        finish.status = status;
        finish.keep_armed = keep;
        return finish;
    }
    static Finish success(std::int64_t arm_count, ConfirmedLsc lsc) {
        Finish finish = ending(arm_count, kStatusUpgradeSuccess, false);
        finish.succeeded = true;
        finish.found = std::move(lsc);
        return finish;
    }
    std::vector<UnconfirmedLsc> unconfirmed() {
        UnconfirmedStore store(*database_);
        return wait<std::vector<UnconfirmedLsc>>([&] { return store.list(0, 10); });
    }

    net::LoopPool loops_;
    test::TempDir directory_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<DeviceStore> store_;
};

TEST_F(Store, AFreshDeviceHasNothingPending) {
    ASSERT_TRUE(add({"SEP1"}));
    const auto device = find("SEP1");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->operation, Operation::none);
    EXPECT_EQ(device->status, kStatusNone);
    EXPECT_EQ(device->model, "CP-8865");
    EXPECT_TRUE(device->lsc.empty());
}

TEST_F(Store, NamesCompareWithoutCase) {
    ASSERT_TRUE(add({"SEPabc"}));
    EXPECT_EQ(find("sepABC")->name, "SEPabc");
    EXPECT_EQ(add({"SEPABC"}).error().code, Errc::conflict);
}

TEST_F(Store, AddsAllOrNothing) {
    ASSERT_TRUE(add({"SEP1"}));
    EXPECT_FALSE(add({"SEP2", "SEP1"}));
    EXPECT_FALSE(find("SEP2"));
}

TEST_F(Store, ArmingSurvivesAReopen) {
    ASSERT_TRUE(add({"SEP1"}));
    Arming arming;
    arming.auth_mode = AuthMode::string;
    arming.auth_string = Secret("2468");
    arming.finish_by = "2030:01:01:00:00";
    ASSERT_TRUE(arm({"SEP1"}, arming));
    open();
    const auto device = find("SEP1");
    EXPECT_EQ(device->operation, Operation::install);
    EXPECT_EQ(device->status, kStatusPending);
    EXPECT_EQ(device->auth_mode, AuthMode::string);
    EXPECT_TRUE(device->auth_string.equals("2468"));
    EXPECT_EQ(device->finish_by, "2030:01:01:00:00");
}

TEST_F(Store, ArmsAllOrNothing) {
    ASSERT_TRUE(add({"SEP1"}));
    EXPECT_EQ(arm({"SEP1", "SEP2"}).error().code, Errc::not_found);
    EXPECT_EQ(find("SEP1")->operation, Operation::none);
}

TEST_F(Store, SuccessClearsOperationAndStringAndKeepsTheLsc) {
    ASSERT_TRUE(add({"SEP1"}));
    Arming arming;
    arming.auth_mode = AuthMode::string;
    arming.auth_string = Secret("2468");
    ASSERT_TRUE(arm({"SEP1"}, arming));
    UnconfirmedStore issued(*database_);
    const auto id = wait<std::int64_t>([&] { return issued.add("SEP1", Bytes{1, 2}, 50); });
    EXPECT_EQ(find("SEP1")->unconfirmed_lscs, 1);
    finish(success(1, {{1, 2}, {3}, "0A", "CN=CA", 10, 100, 200, id}));
    const auto device = find("SEP1");
    EXPECT_EQ(device->operation, Operation::none);
    EXPECT_EQ(device->status, kStatusUpgradeSuccess);
    EXPECT_TRUE(device->auth_string.empty());
    EXPECT_EQ(device->lsc, (Bytes{1, 2}));
    EXPECT_EQ(device->unconfirmed_lscs, 0);
    EXPECT_EQ(device->lsc_serial, "0A");
    EXPECT_EQ(device->lsc_valid_from, 10);
    EXPECT_EQ(device->public_key, Bytes{3});
    EXPECT_EQ(device->lsc_valid_until, 100);
    EXPECT_EQ(device->lsc_issuer_valid_until, 200);
    EXPECT_EQ(device->lsc_issuer_name, "CN=CA");
}

TEST_F(Store, AFailureThatMayBeRepeatedStaysArmed) {
    ASSERT_TRUE(add({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));
    finish(ending(1, 13, true));
    EXPECT_EQ(find("SEP1")->operation, Operation::install);
    EXPECT_EQ(find("SEP1")->status, 13);
    finish(ending(1, 15, false));
    EXPECT_EQ(find("SEP1")->operation, Operation::none);
}

TEST_F(Store, ASessionEndsOnlyTheOperationItBegan) {
    ASSERT_TRUE(add({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));  // again, while a session runs with the first
    finish(success(1, {{1}, {2}, "", "", 0, 0, 0, 0}));
    const auto device = find("SEP1");
    EXPECT_EQ(device->operation, Operation::install);
    EXPECT_EQ(device->status, kStatusPending);
    EXPECT_EQ(device->lsc, Bytes{1});
}

TEST_F(Store, AFailureLeavesTheIssuedCertificateOnRecordWithItsReason) {
    ASSERT_TRUE(add({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));
    UnconfirmedStore issued(*database_);
    const auto id = wait<std::int64_t>([&] { return issued.add("SEP1", Bytes{7}, 50); });
    Finish lost = ending(1, 13, true);
    lost.unconfirmed_id = id;
    lost.why = "the phone went away";
    finish(lost);
    ASSERT_EQ(unconfirmed().size(), 1U);
    EXPECT_EQ(unconfirmed()[0].der, Bytes{7});
    EXPECT_EQ(unconfirmed()[0].issued_at, 50);
    EXPECT_EQ(unconfirmed()[0].reason, "the phone went away");
    const auto other = wait<std::int64_t>([&] { return issued.add("SEP1", Bytes{8}, 60); });
    EXPECT_EQ(wait<std::int64_t>([&] { return issued.find("sep1", Bytes{8}); }), other);
    EXPECT_EQ(wait<std::size_t>([&] { return issued.remove_stale("SEP1"); }), 1U) << "the other one is on its way";
    issued.explain_interrupted();
    EXPECT_EQ(wait<std::size_t>([&] { return issued.remove_stale(""); }), 1U);
    EXPECT_TRUE(unconfirmed().empty());
}

TEST_F(Store, ADeletedLscLeavesNothingBehind) {
    ASSERT_TRUE(add({"SEP1"}));
    finish(success(0, {{1}, {2}, "0A", "CN=CA", 10, 100, 200, 0}));
    Finish deleted = ending(0, 4, false);
    deleted.succeeded = true;
    deleted.found = LscDeleted{};
    finish(deleted);
    const auto device = find("SEP1");
    EXPECT_TRUE(device->lsc.empty() && device->public_key.empty() && device->lsc_issuer_name.empty());
    EXPECT_EQ(device->lsc_valid_until, 0);
    EXPECT_EQ(device->status, 4);
}

TEST_F(Store, WrongStringsLockTheDeviceUntilItIsArmedAgain) {
    ASSERT_TRUE(add({"SEP1"}));
    Arming arming;
    arming.auth_mode = AuthMode::string;
    arming.auth_string = Secret("2468");
    ASSERT_TRUE(arm({"SEP1"}, arming));
    const auto check = [&](const char* typed, std::int64_t now) {
        return wait<StringVerdict>([&] { return store_->check_string("SEP1", 1, Secret(typed), {3, now, now + 600}); });
    };
    EXPECT_EQ(check("1111", 0), StringVerdict::wrong);
    EXPECT_EQ(check("", 0), StringVerdict::wrong);
    EXPECT_EQ(find("SEP1")->auth_failures, 2);
    EXPECT_EQ(check("2468", 0), StringVerdict::right);
    EXPECT_EQ(check("1111", 0), StringVerdict::wrong);
    EXPECT_EQ(find("SEP1")->locked_until, 600);
    EXPECT_EQ(check("2468", 599), StringVerdict::locked);
    EXPECT_EQ(check("2468", 600), StringVerdict::right);
    ASSERT_TRUE(arm({"SEP1"}, arming));
    EXPECT_EQ(find("SEP1")->locked_until, 0);
    EXPECT_EQ(check("2468", 0), StringVerdict::changed) << "another operation";
}

// However many guesses come at once, only three are compared.
TEST_F(Store, GuessesAtTheSameTimeAreCountedOneByOne) {
    ASSERT_TRUE(add({"SEP1"}));
    Arming arming;
    arming.auth_mode = AuthMode::string;
    arming.auth_string = Secret("2468");
    ASSERT_TRUE(arm({"SEP1"}, arming));
    std::vector<std::future<StringVerdict>> verdicts;
    for (int i = 0; i < 50; ++i) {
        verdicts.push_back(std::async(std::launch::async, [&, i] {
            const std::string typed = i < 49 ? "1111" : "2468";
            return wait<StringVerdict>([&] { return store_->check_string("SEP1", 1, Secret(typed), {3, 0, 600}); });
        }));
    }
    int wrong = 0;
    for (auto& verdict : verdicts) wrong += verdict.get() == StringVerdict::wrong ? 1 : 0;
    EXPECT_LE(wrong, 3);
}

TEST_F(Store, AFailureDoesNotOverwriteTheSuccessOfAnotherSession) {
    ASSERT_TRUE(add({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));
    finish(success(1, {{1}, {2}, "", "", 0, 0, 0, 0}));
    finish(ending(1, 12, true));  // it had read the row before
    EXPECT_EQ(find("SEP1")->status, kStatusUpgradeSuccess);
}

TEST_F(Store, ARemovedDeviceKeepsItsCertificateOnRecordAndNeverRepeatsItsArmCounts) {
    ASSERT_TRUE(add({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));
    UnconfirmedStore issued(*database_);
    const auto id = wait<std::int64_t>([&] { return issued.add("SEP1", Bytes{7}, 50); });
    ASSERT_TRUE(wait<Result<void>>([&] { return store_->remove("SEP1"); }));
    finish(success(1, {{7}, {2}, "", "", 0, 0, 0, id}));
    ASSERT_EQ(unconfirmed().size(), 1U);
    EXPECT_THAT(unconfirmed()[0].reason, ::testing::HasSubstr("removed"));
    ASSERT_TRUE(add({"SEP1"}));
    ASSERT_TRUE(arm({"SEP1"}));
    EXPECT_GT(find("SEP1")->arm_count, 1);
    finish(ending(1, 13, false));  // of a session with the device as it was before
    EXPECT_EQ(find("SEP1")->operation, Operation::install);
}

TEST_F(Store, RemovedDevicesAreGone) {
    ASSERT_TRUE(add({"SEP1"}));
    EXPECT_TRUE(wait<Result<void>>([&] { return store_->remove("SEP1"); }));
    EXPECT_FALSE(find("SEP1"));
    EXPECT_EQ(wait<Result<void>>([&] { return store_->remove("SEP1"); }).error().code, Errc::not_found);
}

TEST_F(Store, TheFileIsPrivate) {
    const auto mode = std::filesystem::status(directory_.file("capfd.sqlite")).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Store, CountsDevicesByStatusAndByWhatIsLeftOfTheirLsc) {
    constexpr std::int64_t kNow = 1'700'000'000, kDay = 86'400;
    const auto figures = [&] { return wait<DeviceFigures>([&] { return store_->figures(kNow); }); };
    EXPECT_EQ(figures().lscs, 0U);
    int number = 0;
    const auto enrolled = [&](std::int64_t valid_until) {
        const std::string name = "SEP" + std::to_string(++number);
        ASSERT_TRUE(add({name}));
        ConfirmedLsc lsc;
        lsc.valid_until = valid_until;
        wait<bool>([&] { return store_->finish(name, success(0, lsc)); });
    };
    for (const std::int64_t left : {-kDay, std::int64_t{0}, kDay, 7 * kDay, 8 * kDay, 60 * kDay, 365 * kDay})
        enrolled(kNow + left);
    ASSERT_TRUE(add({"SEPa", "SEPb"}));
    ASSERT_TRUE(arm({"SEPb"}));
    const DeviceFigures all = figures();
    EXPECT_EQ(all.by_status[kStatusUpgradeSuccess], 7U);
    EXPECT_EQ(all.by_status[kStatusNone], 1U);
    EXPECT_EQ(all.by_status[kStatusPending], 1U);
    EXPECT_EQ(all.armed, 1U);
    EXPECT_EQ(all.lscs, 7U);
    EXPECT_EQ(all.expired, 2U) << "the second of its end is no longer valid";
    EXPECT_EQ(all.within_7_days, 2U);
    EXPECT_EQ(all.within_30_days, 3U);
    EXPECT_EQ(all.within_90_days, 4U);
}

TEST_F(Store, CountingReadsNoCertificates) {
    store_.reset();
    database_.reset();
    const SQLite::Database db(directory_.file("capfd.sqlite"));
    SQLite::Statement plan(db, std::string("EXPLAIN QUERY PLAN ") + kFiguresSql);
    ASSERT_TRUE(plan.executeStep());
    EXPECT_THAT(plan.getColumn(3).getString(), ::testing::HasSubstr("COVERING INDEX DeviceFigures"));
}

}  // namespace
}  // namespace opencapf::capf
