// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/store.hpp"
#include "capf/renewal/store.hpp"
#include "capf/schema.hpp"
#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::bulk {
namespace {

using ::testing::HasSubstr;

class BulkStore : public ::testing::Test {
protected:
    BulkStore() : loops_(1) {
        loops_.start();
        open();
    }
    ~BulkStore() override {
        database_.reset();
        loops_.stop();
    }
    void open() {
        database_.reset();
        database_ = std::make_unique<storage::Database>(directory_.file("capfd.sqlite"), migrations());
        devices_ = std::make_unique<DeviceStore>(*database_);
        store_ = std::make_unique<Store>(*database_);
    }
    template <class T>
    T wait(std::function<Task<T>()> make) {
        return test::run_on<T>(loops_[0], make);
    }
    void add_devices(std::vector<std::string> names) {
        ASSERT_TRUE(wait<Result<void>>([&] { return devices_->add(names, ""); }));
    }
    std::int64_t create(Throttle throttle = {}, Arming arming = {}, bool generate = false) {
        return wait<std::int64_t>([&] { return store_->create("test", arming, generate, throttle, 1000); });
    }
    Result<void> add(std::int64_t job, const std::vector<std::string>& names, Arming arming = {}) {
        std::vector<std::pair<std::string, Arming>> targets;
        for (const auto& name : names) targets.emplace_back(name, arming);
        return wait<Result<void>>([&] { return store_->add(job, targets); });
    }
    Result<void> set(std::int64_t job, JobState state) {
        return wait<Result<void>>([&] { return store_->set_state(job, state, 1000); });
    }
    Turn turn(std::int64_t job, const std::string& after = "", std::size_t limit = 500) {
        return wait<Turn>([&] { return store_->turn(job, now_, rules_, after, limit); });
    }
    std::string strings_left() {
        return wait<std::string>([&] {
            auto look = [](SQLite::Database& db) {
                return db
                    .execAndGet(
                        "SELECT (SELECT group_concat(authstring, '') FROM BulkTarget) || "
                        "(SELECT group_concat(authstring, '') FROM BulkJob)")
                    .getString();
            };
            return database_->run(look);
        });
    }
    Job find(std::int64_t job) {
        return *wait<std::optional<Job>>([&] { return store_->find(job); });
    }
    std::vector<std::string> targets(std::int64_t job, TargetState state) {
        std::vector<std::string> names;
        for (const auto& target : wait<std::vector<Target>>([&] { return store_->targets(job, state, "", 1000); }))
            names.push_back(target.device + target.detail);
        return names;
    }
    Device device(const std::string& name) {
        return *wait<std::optional<Device>>([&] { return devices_->find(name); });
    }
    void ends(const std::string& name, CertificateStatus status) {
        Finish finish;
        finish.arm_count = device(name).arm_count;
        finish.status = status;
        wait<bool>([&] { return devices_->finish(name, finish); });
    }

    net::LoopPool loops_;
    test::TempDir directory_;
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<DeviceStore> devices_;
    std::unique_ptr<Store> store_;
    Rules rules_;
    WallTime now_ = parse_finish_time("2027:01:15:12:00").value();
};

TEST_F(BulkStore, ArmsSoManyAtOnceUntilAllHaveEnded) {
    add_devices({"SEP1", "SEP2", "SEP3"});
    Throttle throttle;
    throttle.max_concurrent = 2;
    const auto job = create(throttle);
    ASSERT_TRUE(add(job, {"SEP3", "SEP1", "SEP2"}));
    EXPECT_EQ(turn(job).armed, 0U) << "it has not been started";
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job).armed, 2U);
    EXPECT_EQ(turn(job).armed, 0U);
    EXPECT_EQ(device("SEP1").operation, Operation::install);
    EXPECT_EQ(device("SEP3").operation, Operation::none);
    ends("SEP1", kStatusUpgradeSuccess);
    const auto next = turn(job);
    EXPECT_EQ(next.done, 1U);
    EXPECT_EQ(next.armed, 1U);
    ends("SEP2", 15);
    ends("SEP3", kStatusUpgradeSuccess);
    EXPECT_TRUE(turn(job).finished);
    EXPECT_EQ(find(job).state, JobState::finished);
    EXPECT_EQ(find(job).progress.done, 2U);
    EXPECT_THAT(targets(job, TargetState::failed), ::testing::ElementsAre(HasSubstr("SEP2Upgrade Failed: CA Comm")));
    EXPECT_TRUE(wait<std::vector<std::int64_t>>([&] { return store_->active(); }).empty());
}

TEST_F(BulkStore, KeepsToTheLimitPerMinuteAcrossAReopen) {
    add_devices({"SEP1", "SEP2", "SEP3"});
    Throttle throttle;
    throttle.per_minute = 2;
    const auto job = create(throttle);
    ASSERT_TRUE(add(job, {"SEP1", "SEP2", "SEP3"}));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job).armed, 2U);
    open();
    now_ += std::chrono::seconds(59);
    EXPECT_EQ(turn(job).armed, 0U);
    now_ += std::chrono::seconds(1);
    EXPECT_EQ(turn(job).armed, 1U);
}

TEST_F(BulkStore, WhoNeverComesGivesUpHisPlaceButNotHisOperation) {
    add_devices({"SEP1", "SEP2", "SEP3"});
    Throttle throttle;
    throttle.max_concurrent = 1;
    const auto job = create(throttle);
    ASSERT_TRUE(add(job, {"SEP1", "SEP2", "SEP3"}));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job).armed, 1U);
    now_ += std::chrono::seconds(rules_.patience - 1);
    EXPECT_EQ(turn(job).armed, 0U);
    now_ += std::chrono::seconds(1);
    EXPECT_EQ(turn(job).armed, 1U);
    EXPECT_EQ(device("SEP1").operation, Operation::install);
    EXPECT_EQ(turn(job).armed, 0U) << "SEP2 has the place";
    ends("SEP1", kStatusUpgradeSuccess);
    const auto late = turn(job);
    EXPECT_EQ(late.done, 1U) << "it is known when it comes at last";
    EXPECT_EQ(late.armed, 0U);
}

TEST_F(BulkStore, LooksAtArmedDevicesInPages) {
    add_devices({"SEP1", "SEP2", "SEP3", "SEP4"});
    const auto job = create();
    ASSERT_TRUE(add(job, {"SEP1", "SEP2", "SEP3", "SEP4"}));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job, "", 3).armed, 3U);
    ends("SEP3", kStatusUpgradeSuccess);
    const auto first = turn(job, "", 2);
    EXPECT_EQ(first.next, "SEP2");
    EXPECT_EQ(first.done + first.armed, 0U) << "nothing is armed before all were looked at";
    const auto second = turn(job, "SEP2", 2);
    EXPECT_FALSE(second.next);
    EXPECT_EQ(second.done, 1U);
    EXPECT_EQ(second.armed, 1U);
}

TEST_F(BulkStore, TheUsualDeadlineCountsFromTheArming) {
    add_devices({"SEP1", "SEP2"});
    rules_.deadline = std::chrono::hours(48);
    Arming open, never;
    open.finish_by = kDeadlineWhenArmed;
    const auto job = create();
    ASSERT_TRUE(add(job, {"SEP1"}, open));
    ASSERT_TRUE(add(job, {"SEP2"}, never));
    ASSERT_TRUE(set(job, JobState::running));
    now_ += std::chrono::hours(24 * 300);
    EXPECT_EQ(turn(job).armed, 2U);
    EXPECT_EQ(parse_finish_time(device("SEP1").finish_by), now_ + std::chrono::hours(48));
    EXPECT_EQ(device("SEP2").finish_by, "");
}

TEST_F(BulkStore, ArmsOverAnAutomaticRenewal) {
    add_devices({"SEP1", "SEP2"});
    wait<void>([&] {
        auto make = [](SQLite::Database& db) { db.exec("UPDATE Device SET lscvaliduntil=2000000000"); };
        return database_->run(std::move(make));
    });
    renewal::Store renewals(*database_);
    ASSERT_TRUE(wait<Result<void>>([&] { return renewals.arm_now({"SEP1", "SEP2"}, renewal::RenewalArming{}); }));
    ASSERT_TRUE(wait<Result<void>>([&] { return devices_->arm({"SEP2"}, Arming{}); })) << "an administrator overtook";
    Arming arming;
    arming.operation = Operation::troubleshoot;
    const auto job = create({}, arming);
    ASSERT_TRUE(add(job, {"SEP1", "SEP2"}, arming));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job).armed, 1U);
    EXPECT_EQ(device("SEP1").operation, Operation::troubleshoot);
    EXPECT_EQ(device("SEP2").operation, Operation::install);
    const auto settled =
        wait<renewal::Page<renewal::Settled>>([&] { return renewals.settle("", renewal::Settings{}, 1000, 10); });
    ASSERT_EQ(settled.found.size(), 2U);
    EXPECT_EQ(settled.found[0].kind, renewal::Settled::Kind::overtaken);
}

TEST_F(BulkStore, AJobThatNobodyStartsIsCancelledAndItsStringsForgotten) {
    add_devices({"SEP1", "SEP2"});
    Arming arming;
    arming.auth_mode = AuthMode::string;
    arming.auth_string = Secret("13572468");
    const auto job = create({}, arming);
    ASSERT_TRUE(add(job, {"SEP1"}, arming));
    const auto started = create();
    ASSERT_TRUE(add(started, {"SEP2"}));
    ASSERT_TRUE(set(started, JobState::running));
    const auto cancel = [&](std::int64_t before) {
        return wait<std::vector<std::int64_t>>([&] { return store_->cancel_forsaken(before, 5000); });
    };
    EXPECT_TRUE(cancel(1000).empty());
    EXPECT_THAT(strings_left(), HasSubstr("13572468"));
    EXPECT_THAT(cancel(1001), ::testing::ElementsAre(job));
    EXPECT_EQ(strings_left(), "");
    EXPECT_EQ(find(job).state, JobState::cancelled);
    EXPECT_EQ(find(started).state, JobState::running);
    EXPECT_TRUE(cancel(1001).empty());
}

TEST_F(BulkStore, ACancelledJobDisarmsTheRestInTurns) {
    add_devices({"SEP1", "SEP2", "SEP3"});
    const auto job = create();
    ASSERT_TRUE(add(job, {"SEP1", "SEP2", "SEP3"}));
    ASSERT_TRUE(set(job, JobState::running));
    turn(job);
    wait<void>([&] {
        // As if more had been armed than are disarmed at once.
        auto make = [](SQLite::Database& db) { db.exec("UPDATE BulkJob SET state=4"); };
        return database_->run(std::move(make));
    });
    EXPECT_EQ(wait<std::vector<std::int64_t>>([&] { return store_->active(); }).size(), 1U);
    EXPECT_TRUE(turn(job, "", 2).next);
    EXPECT_FALSE(turn(job, "", 2).next);
    EXPECT_EQ(device("SEP3").operation, Operation::none);
    EXPECT_EQ(find(job).progress.failed, 3U);
    EXPECT_TRUE(wait<std::vector<std::int64_t>>([&] { return store_->active(); }).empty());
}

TEST_F(BulkStore, ArmsOnlyInItsWindow) {
    add_devices({"SEP1"});
    Throttle throttle;
    throttle.window = parse_window("13:00-14:00").value();
    const auto job = create(throttle);
    ASSERT_TRUE(add(job, {"SEP1"}));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job).armed, 0U);
    now_ += std::chrono::hours(1);
    EXPECT_EQ(turn(job).armed, 1U);
}

TEST_F(BulkStore, APausedJobSeesEndsButArmsNothing) {
    add_devices({"SEP1", "SEP2"});
    Throttle throttle;
    throttle.max_concurrent = 1;
    const auto job = create(throttle);
    ASSERT_TRUE(add(job, {"SEP1", "SEP2"}));
    ASSERT_TRUE(set(job, JobState::running));
    turn(job);
    ASSERT_TRUE(set(job, JobState::paused));
    ends("SEP1", kStatusUpgradeSuccess);
    EXPECT_EQ(wait<std::vector<std::int64_t>>([&] { return store_->active(); }).size(), 1U);
    const auto paused = turn(job);
    EXPECT_EQ(paused.done, 1U);
    EXPECT_EQ(paused.armed, 0U);
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(turn(job).armed, 1U);
}

TEST_F(BulkStore, CancellingDisarmsWhatItArmed) {
    add_devices({"SEP1", "SEP2", "SEP3"});
    Throttle throttle;
    throttle.max_concurrent = 2;
    const auto job = create(throttle);
    ASSERT_TRUE(add(job, {"SEP1", "SEP2", "SEP3"}));
    ASSERT_TRUE(set(job, JobState::running));
    turn(job);
    ends("SEP1", kStatusUpgradeSuccess);
    ASSERT_TRUE(set(job, JobState::cancelled));
    EXPECT_EQ(device("SEP2").operation, Operation::none);
    EXPECT_EQ(find(job).progress.done, 1U) << "what was done before is not forgotten";
    EXPECT_EQ(turn(job).armed, 0U);
    EXPECT_EQ(set(job, JobState::running).error().code, Errc::conflict);
}

TEST_F(BulkStore, LeavesOtherOperationsAlone) {
    add_devices({"SEP1", "SEP2", "SEP3", "SEP4"});
    const auto arm = [&](const std::string& name, Operation operation) {
        Arming arming;
        arming.operation = operation;
        ASSERT_TRUE(wait<Result<void>>([&] { return devices_->arm({name}, arming); }));
    };
    const auto job = create();
    ASSERT_TRUE(add(job, {"SEP1", "SEP2", "SEP3"}));
    Arming late;
    late.finish_by = "2020:01:01:00:00";
    ASSERT_TRUE(add(job, {"SEP4"}, late));
    arm("SEP1", Operation::remove);
    ASSERT_TRUE(set(job, JobState::running));
    ASSERT_TRUE(wait<Result<void>>([&] { return devices_->remove("SEP2"); }));
    turn(job);
    arm("SEP3", Operation::troubleshoot);
    turn(job);
    EXPECT_EQ(device("SEP1").operation, Operation::remove);
    EXPECT_EQ(device("SEP3").operation, Operation::troubleshoot);
    EXPECT_THAT(targets(job, TargetState::failed),
                ::testing::ElementsAre(HasSubstr("another operation"), HasSubstr("removed"), HasSubstr("somebody else"),
                                       HasSubstr("deadline")));
}

TEST_F(BulkStore, DisarmsAtOnceAndKeepsKeySizes) {
    add_devices({"SEP1"});
    Arming arming;
    arming.rsa_bits = 4096;
    ASSERT_TRUE(wait<Result<void>>([&] { return devices_->arm({"SEP1"}, arming); }));
    Arming none;
    none.operation = Operation::none;
    const auto job = create({}, none);
    ASSERT_TRUE(add(job, {"SEP1"}, none));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_TRUE(turn(job).finished);
    EXPECT_EQ(device("SEP1").operation, Operation::none);
    EXPECT_EQ(device("SEP1").rsa_bits, 4096);
    EXPECT_EQ(find(job).progress.done, 1U);
}

TEST_F(BulkStore, EachTargetHasItsOwnArmingAndTheStringLeavesTheJob) {
    add_devices({"SEP1"});
    Arming arming;
    arming.auth_mode = AuthMode::string;
    arming.auth_string = Secret("13572468");
    arming.key_order = KeyOrder::ec_only;
    arming.ec_bits = 521;
    const auto job = create();
    ASSERT_TRUE(add(job, {"sep1"}, arming));
    ASSERT_TRUE(set(job, JobState::running));
    turn(job);
    EXPECT_TRUE(device("SEP1").auth_string.equals("13572468"));
    EXPECT_EQ(device("SEP1").key_order, KeyOrder::ec_only);
    EXPECT_EQ(device("SEP1").ec_bits, 521);
    EXPECT_EQ(strings_left(), "");
}

TEST_F(BulkStore, TakesMatchingDevicesInPages) {
    add_devices({"ATA1", "SEP1", "SEP2", "SEP3"});
    Arming arming;
    arming.auth_mode = AuthMode::string;
    const auto job = create({}, arming, true);
    const auto query = DeviceQuery::parse({"name begins SEP"}, now_).value();
    const auto page = [&](const std::string& after) {
        return wait<Result<Added>>([&] { return store_->add_matching(job, query, after, 2); }).value();
    };
    const auto first = page("");
    EXPECT_EQ(first.added, 2U);
    ASSERT_EQ(first.strings.size(), 2U);
    EXPECT_NE(first.strings[0].second, first.strings[1].second);
    EXPECT_EQ(first.next, "SEP2");
    const auto second = page("SEP2");
    EXPECT_EQ(second.added, 1U);
    EXPECT_FALSE(second.next);
    EXPECT_EQ(page("").added, 0U) << "they are in it already";
    EXPECT_EQ(find(job).progress.waiting, 3U);
}

TEST_F(BulkStore, RefusesWhatIsNotThereOrTwiceAsAWhole) {
    add_devices({"SEP1", "SEP2"});
    const auto job = create();
    EXPECT_EQ(set(job, JobState::running).error().code, Errc::conflict) << "it is empty";
    EXPECT_EQ(add(job, {"SEP1", "SEP9"}).error().code, Errc::not_found);
    EXPECT_EQ(add(job, {"SEP1", "sep1"}).error().code, Errc::conflict);
    EXPECT_EQ(find(job).progress.total(), 0U);
    EXPECT_EQ(add(77, {"SEP1"}).error().code, Errc::not_found);
    ASSERT_TRUE(add(job, {"SEP1"}));
    ASSERT_TRUE(set(job, JobState::running));
    EXPECT_EQ(add(job, {"SEP2"}).error().code, Errc::conflict);
}

TEST_F(BulkStore, ForgetsOldJobsInSteps) {
    add_devices({"SEP1", "SEP2"});
    const auto job = create();
    ASSERT_TRUE(add(job, {"SEP1", "SEP2"}));
    ASSERT_TRUE(set(job, JobState::cancelled));
    const auto forget = [&](std::int64_t before) { return wait<bool>([&] { return store_->forget(before, 1); }); };
    EXPECT_FALSE(forget(1000));
    for (int step = 0; step < 3; ++step) EXPECT_TRUE(forget(1001));
    EXPECT_FALSE(forget(1001));
    EXPECT_FALSE(wait<std::optional<Job>>([&] { return store_->find(job); }));
}

}  // namespace
}  // namespace opencapf::capf::bulk
