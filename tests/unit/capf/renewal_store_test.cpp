// SPDX-License-Identifier: Apache-2.0
#include "capf/device_store.hpp"
#include "capf/renewal/alarms.hpp"
#include "capf/renewal/store.hpp"
#include "capf/schema.hpp"
#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::renewal {
namespace {

constexpr std::int64_t kNow = 1'700'000'000, kDay = 86'400;

class RenewalStore : public ::testing::Test {
protected:
    RenewalStore() : loops_(1) {
        loops_.start();
        arming_.finish_by = "2030:01:01:00:00";
        arming_.now = kNow;
    }
    ~RenewalStore() override {
        database_.reset();
        loops_.stop();
    }
    template <class T>
    T wait(std::function<Task<T>()> make) {
        return test::run_on<T>(loops_[0], make);
    }
    void enrol(const std::string& name, std::int64_t from, std::int64_t until) {
        // conflict = it is there already
        static_cast<void>(wait<Result<void>>([&] { return devices_.add({name}, "CP-8865"); }));
        Finish finish;
        finish.arm_count = find(name)->arm_count;
        finish.status = kStatusUpgradeSuccess;
        ConfirmedLsc lsc;
        lsc.valid_from = from;
        lsc.valid_until = until;
        finish.found = lsc;
        wait<bool>([&] { return devices_.finish(name, finish); });
    }
    std::optional<Device> find(const std::string& name) {
        return wait<std::optional<Device>>([&] { return devices_.find(name); });
    }
    void ends(const std::string& name, CertificateStatus status) {
        Finish finish;
        finish.arm_count = find(name)->arm_count;
        finish.status = status;
        wait<bool>([&] { return devices_.finish(name, finish); });
    }
    std::vector<Subject> subjects(Cursor after = {}, std::size_t limit = 100) {
        return wait<std::vector<Subject>>([&] { return store_.subjects(after, limit); });
    }
    std::vector<std::string> arm(const std::vector<Subject>& subjects) {
        return wait<std::vector<std::string>>([&] { return store_.arm(subjects, arming_); });
    }
    Page<Settled> settle() {
        return wait<Page<Settled>>([&] { return store_.settle("", Settings{}, kNow, 100); });
    }
    Result<void> exclude(const std::string& name, bool excluded = true) {
        return wait<Result<void>>([&] { return store_.exclude({name}, excluded); });
    }
    Result<void> arm_device(const std::string& name, Arming arming = {}) {
        return wait<Result<void>>([&] { return devices_.arm({name}, arming); });
    }

    net::LoopPool loops_;
    test::TempDir directory_;
    std::unique_ptr<storage::Database> database_ =
        std::make_unique<storage::Database>(directory_.file("capfd.sqlite"), migrations());
    DeviceStore devices_{*database_};
    Store store_{*database_};
    AlarmStore alarms_{*database_};
    RenewalArming arming_;
};

TEST_F(RenewalStore, ListsThoseThatEndFirstFirstInPages) {
    enrol("SEPc", kNow - kDay, kNow + kDay);
    enrol("SEPa", kNow - kDay, kNow + 2 * kDay);
    enrol("SEPb", kNow - kDay, kNow + kDay);
    const auto first = subjects({}, 2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].device, "SEPb");
    EXPECT_EQ(first[1].device, "SEPc");
    const auto second = subjects({first[1].valid_until, first[1].device}, 2);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].device, "SEPa");
}

TEST_F(RenewalStore, ArmingKeepsTheLscAndTheKeyKind) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    Arming arming;
    arming.key_order = KeyOrder::ec_preferred;
    arming.ec_bits = 384;
    ASSERT_TRUE(arm_device("SEP1", arming));
    ends("SEP1", 15);
    EXPECT_THAT(arm(subjects()), ::testing::ElementsAre("SEP1"));
    const auto device = find("SEP1");
    EXPECT_EQ(device->operation, Operation::install);
    EXPECT_EQ(device->status, kStatusPending);
    EXPECT_EQ(device->auth_mode, AuthMode::existing_lsc);
    EXPECT_EQ(device->finish_by, "2030:01:01:00:00");
    EXPECT_EQ(device->key_order, KeyOrder::ec_preferred);
    EXPECT_EQ(device->ec_bits, 384);
    EXPECT_EQ(device->lsc_valid_until, kNow + kDay);
    EXPECT_TRUE(subjects()[0].armed);
}

TEST_F(RenewalStore, LeavesWhatAnAdministratorArmedAlone) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    const auto before = subjects();
    Arming arming;
    arming.operation = Operation::remove;
    ASSERT_TRUE(arm_device("SEP1", arming));
    EXPECT_TRUE(arm(subjects()).empty());
    EXPECT_TRUE(arm(before).empty()) << "it was free when it was read";
    EXPECT_EQ(find("SEP1")->operation, Operation::remove);
    EXPECT_FALSE(subjects()[0].armed);
}

TEST_F(RenewalStore, LeavesExcludedDevicesAloneUntilTheyAreIncluded) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    ASSERT_TRUE(exclude("sep1"));
    EXPECT_TRUE(arm(subjects()).empty());
    EXPECT_TRUE(subjects()[0].excluded);
    const auto now = wait<Result<void>>([&] { return store_.arm_now({"SEP1"}, arming_); });
    EXPECT_THAT(now.error().message, ::testing::HasSubstr("excluded"));
    ASSERT_TRUE(exclude("SEP1", false));
    EXPECT_EQ(arm(subjects()).size(), 1U);
    EXPECT_EQ(exclude("SEP9").error().code, Errc::not_found);
}

TEST_F(RenewalStore, ASuccessIsCountedOnce) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    arm(subjects());
    EXPECT_TRUE(settle().found.empty()) << "the phone has not come yet";
    enrol("SEP1", kNow, kNow + 2 * kDay);
    const auto settled = settle().found;
    ASSERT_EQ(settled.size(), 1U);
    EXPECT_EQ(settled[0].kind, Settled::Kind::renewed);
    EXPECT_TRUE(settle().found.empty());
    EXPECT_EQ(subjects()[0].generation, 1);
    EXPECT_EQ(subjects()[0].status, kStatusUpgradeSuccess);
}

TEST_F(RenewalStore, FailuresAreCountedAndForgottenWithANewLsc) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    for (int i = 1; i <= 2; ++i) {
        arm(subjects());
        ends("SEP1", 15);
        const auto settled = settle().found;
        ASSERT_EQ(settled.size(), 1U);
        EXPECT_EQ(settled[0].kind, Settled::Kind::failed);
        EXPECT_EQ(settled[0].failures, i);
        EXPECT_GT(settled[0].next_try, kNow);
        EXPECT_EQ(subjects()[0].status, 15);
        wait<void>([&] { return store_.forget_failures(); });
        EXPECT_EQ(subjects()[0].failures, i) << "it has the old LSC still";
    }
    enrol("SEP1", kNow, kNow + 3 * kDay);  // an administrator helped
    wait<void>([&] { return store_.forget_failures(); });
    EXPECT_EQ(subjects()[0].failures, 0);
}

TEST_F(RenewalStore, ProfilesDoNotFillThePagesOfPhones) {
    for (const auto* name : {"a.1", "a.2", "a.3"}) enrol(name, kNow - kDay, kNow + kDay);
    wait<void>([&] {
        auto make = [](SQLite::Database& db) { db.exec("UPDATE Device SET kind=1, profileuser='a'"); };
        return database_->run(std::move(make));
    });
    enrol("SEP1", kNow - kDay, kNow + 2 * kDay);
    const auto page = subjects({}, 2);
    ASSERT_EQ(page.size(), 1U);
    EXPECT_EQ(page[0].device, "SEP1");
}

TEST_F(RenewalStore, CountsAsPatientWhatWasArmedLately) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    enrol("SEP2", kNow - kDay, kNow + 2 * kDay);
    const auto both = subjects();
    arm({both[0]});
    arming_.now = kNow + 100;
    arm({both[1]});
    const auto figures = [&](std::int64_t since) { return wait<Figures>([&] { return store_.figures(since); }); };
    EXPECT_EQ(figures(kNow - 1).patient, 2U);
    EXPECT_EQ(figures(kNow).patient, 1U);
    EXPECT_EQ(figures(kNow + 100).patient, 0U);
    EXPECT_EQ(figures(kNow + 100).armed, 2U);
}

TEST_F(RenewalStore, ALscThatEndsWithItsIssuerIsLeftAloneForAWhile) {
    const std::int64_t issuers_end = kNow + 10 * kDay;
    enrol("SEP1", kNow - 10 * kDay, issuers_end);
    arm(subjects());
    enrol("SEP1", kNow, issuers_end);
    ASSERT_EQ(settle().found.at(0).kind, Settled::Kind::renewed);
    EXPECT_EQ(subjects()[0].next_try, kNow + 30 * kDay);
    EXPECT_EQ(subjects()[0].failures, 0);
    wait<void>([&] { return store_.forget_failures(); });
    EXPECT_EQ(subjects()[0].next_try, kNow + 30 * kDay) << "it is the same LSC";
    enrol("SEP1", kNow, issuers_end + 100 * kDay);  // an administrator armed it: there is another issuer
    wait<void>([&] { return store_.forget_failures(); });
    EXPECT_EQ(subjects()[0].next_try, 0);
}

TEST_F(RenewalStore, AnAdministratorsArmingOvertakes) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    arm(subjects());
    Arming none;
    none.operation = Operation::none;
    ASSERT_TRUE(arm_device("SEP1", none));
    const auto settled = settle().found;
    ASSERT_EQ(settled.size(), 1U);
    EXPECT_EQ(settled[0].kind, Settled::Kind::overtaken);
    EXPECT_EQ(subjects()[0].failures, 0);
}

TEST_F(RenewalStore, AtAnAdministratorsWishOnlyWhatCanBeRenewed) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    ASSERT_TRUE(wait<Result<void>>([&] { return devices_.add({"SEP2"}, ""); }));
    const auto now = [&](const std::string& name) {
        return wait<Result<void>>([&] { return store_.arm_now({"SEP1", name}, arming_); });
    };
    EXPECT_EQ(now("SEP9").error().code, Errc::not_found);
    EXPECT_THAT(now("SEP2").error().message, ::testing::HasSubstr("no LSC"));
    EXPECT_EQ(find("SEP1")->operation, Operation::none) << "all or nothing";
    EXPECT_THAT(now("sep1").error().message, ::testing::HasSubstr("pending operation"));
    EXPECT_TRUE(wait<Result<void>>([&] { return store_.arm_now({"sep1"}, arming_); }));
    EXPECT_TRUE(subjects()[0].armed);
}

TEST_F(RenewalStore, SweepsOperationsThatNoPhoneCameFor) {
    const std::vector<std::pair<Operation, CertificateStatus>> rows{
        {Operation::install, 17}, {Operation::remove, 26}, {Operation::troubleshoot, 33}};
    for (const auto& [operation, status] : rows) {
        const std::string name = "SEP" + std::to_string(status);
        ASSERT_TRUE(wait<Result<void>>([&] { return devices_.add({name}, ""); }));
        Arming arming;
        arming.operation = operation;
        arming.finish_by = "2020:01:01:00:00";
        ASSERT_TRUE(arm_device(name, arming));
    }
    ASSERT_TRUE(wait<Result<void>>([&] { return devices_.add({"SEP1", "SEP2"}, ""); }));
    ASSERT_TRUE(arm_device("SEP1"));
    const auto deadline = parse_finish_time("2020:01:01:00:00").value();
    const auto sweep = [&](WallTime before) {
        return wait<Page<Swept>>([&] { return store_.sweep("", before, 100); }).found.size();
    };
    EXPECT_EQ(sweep(deadline), 0U);
    EXPECT_EQ(sweep(deadline + std::chrono::seconds(1)), 3U);
    for (const auto& [operation, status] : rows) {
        EXPECT_EQ(find("SEP" + std::to_string(status))->operation, Operation::none);
        EXPECT_EQ(find("SEP" + std::to_string(status))->status, status);
    }
    EXPECT_EQ(find("SEP1")->operation, Operation::install) << "it has no deadline";
}

TEST_F(RenewalStore, AlarmsAreRaisedOnceAndClearedOnce) {
    enrol("SEP1", kNow - 100 * kDay, kNow + kDay);
    enrol("SEP2", kNow - 2 * kDay, kNow + 2 * kDay);  // half of its life is left
    enrol("SEP3", kNow - 100 * kDay, kNow - 1);
    const AlarmLimits limits{kNow, 14 * kDay, 3};
    const auto raise = [&](AlarmKind kind) {
        return wait<std::vector<Alarm>>([&] { return alarms_.raise(kind, limits, 100); });
    };
    const auto clear = [&](AlarmKind kind) {
        return wait<std::vector<Alarm>>([&] { return alarms_.clear(kind, limits, 100); });
    };
    ASSERT_EQ(raise(AlarmKind::expiring).size(), 1U);
    EXPECT_EQ(raise(AlarmKind::expiring).size(), 0U);
    EXPECT_EQ(raise(AlarmKind::expired).at(0).device, "SEP3");
    EXPECT_EQ(clear(AlarmKind::expiring).size(), 0U);
    enrol("SEP1", kNow, kNow + 100 * kDay);
    EXPECT_EQ(clear(AlarmKind::expiring).at(0).device, "SEP1");
    EXPECT_EQ(clear(AlarmKind::expiring).size(), 0U);
    ASSERT_TRUE(wait<Result<void>>([&] { return devices_.remove("SEP3"); }));
    EXPECT_EQ(clear(AlarmKind::expired).size(), 1U) << "a device that is gone has no alarm";
    const auto all = wait<std::vector<Alarm>>([&] { return alarms_.list(true, 0, 100); });
    EXPECT_EQ(all.size(), 2U);
    EXPECT_TRUE(wait<std::vector<Alarm>>([&] { return alarms_.list(false, 0, 100); }).empty());
    EXPECT_EQ(wait<std::size_t>([&] { return alarms_.forget(kNow + 1, 100); }), 2U);
}

TEST_F(RenewalStore, AnAlarmTellsOfRenewalsThatFail) {
    enrol("SEP1", kNow - kDay, kNow + kDay);
    const AlarmLimits limits{kNow, 1, 2};
    const auto raise = [&] {
        return wait<std::vector<Alarm>>([&] { return alarms_.raise(AlarmKind::renewal_failing, limits, 100); });
    };
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(raise().empty());
        arm(subjects());
        ends("SEP1", 13);
        settle();
    }
    ASSERT_EQ(raise().size(), 1U);
    EXPECT_EQ(wait<std::vector<Alarm>>([&] { return alarms_.list(false, 0, 1); }).at(0).detail,
              "2 renewals in a row failed");
}

TEST_F(RenewalStore, LookingAtAllDevicesReadsNoCertificates) {
    database_.reset();
    const SQLite::Database db(directory_.file("capfd.sqlite"));
    SQLite::Statement plan(db, std::string("EXPLAIN QUERY PLAN ") + kSubjectsSql);
    ASSERT_TRUE(plan.executeStep());
    EXPECT_THAT(plan.getColumn(3).getString(), ::testing::HasSubstr("COVERING INDEX DeviceRenewal"));
}

}  // namespace
}  // namespace opencapf::capf::renewal
