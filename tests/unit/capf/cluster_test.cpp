// SPDX-License-Identifier: Apache-2.0
#include "capf/cluster/claim.hpp"
#include "capf/schema.hpp"
#include "capf/service.hpp"
#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int64_t kLease = 1000;

/// Two instances that have joined at time 0.
class ClusterTest : public ::testing::Test {
protected:
    template <class F>
    auto in_transaction(F job) -> std::invoke_result_t<F&, SQLite::Database&> {
        std::optional<std::invoke_result_t<F&, SQLite::Database&>> result;
        database_.run_blocking([&](SQLite::Database& db) { result.emplace(job(db)); });
        return std::move(*result);
    }
    ClusterTest() : loops_(1), database_(directory_.file("capfd.sqlite"), migrations()) {
        loops_.start();
        a_ = in_transaction([](auto& db) { return join(db, "a", 0, kLease); });
        b_ = in_transaction([](auto& db) { return join(db, "b", 0, kLease); });
    }
    ~ClusterTest() override { loops_.stop(); }

    Claim claim(std::int64_t instance, const std::string& device = "SEP1") {
        return in_transaction([&](auto& db) { return take(db, device, instance); });
    }
    bool held(const Claim& claim, const std::string& device = "SEP1") {
        return in_transaction([&](auto& db) { return holds(db, device, claim); });
    }
    Beat beat_of(std::int64_t& instance, const std::string& name, std::int64_t now) {
        auto beat = in_transaction([&](auto& db) { return cluster::beat(db, instance, name, now, kLease); });
        instance = beat.instance;
        return beat;
    }
    template <class T>
    T wait(std::function<Task<T>()> make) {
        return test::run_on<T>(loops_[0], make);
    }

    test::TempDir directory_;
    net::LoopPool loops_;
    storage::Database database_;
    std::int64_t a_ = 0, b_ = 0;
};

TEST_F(ClusterTest, TheNewestSessionHasTheDevice) {
    const Claim older = claim(a_);
    EXPECT_TRUE(held(older, "sep1"));
    EXPECT_FALSE(held(older, "SEP2"));
    const Claim newer = claim(b_, "sep1");
    EXPECT_FALSE(held(older));
    EXPECT_TRUE(held(newer));
    in_transaction([&](auto& db) { return release(db, "SEP1", older), 0; });
    EXPECT_TRUE(held(newer)) << "released by whom it was taken from";
    in_transaction([&](auto& db) { return release(db, "SEP1", newer), 0; });
    EXPECT_FALSE(held(newer));
    EXPECT_GT(claim(a_).token, newer.token);
}

TEST_F(ClusterTest, OneThatIsAloneNeedsNoClaim) {
    claim(a_);
    EXPECT_TRUE(held(Claim{}));
}

TEST_F(ClusterTest, OneInstanceLeadsUntilItDies) {
    EXPECT_TRUE(beat_of(a_, "a", 100).leads);
    EXPECT_FALSE(beat_of(b_, "b", 200).leads);
    auto beat = beat_of(b_, "b", 1099);
    EXPECT_FALSE(beat.leads);
    EXPECT_THAT(beat.reaped, IsEmpty());
    EXPECT_THAT(beat.others, ElementsAre("a"));
    beat = beat_of(b_, "b", 1100);
    EXPECT_TRUE(beat.leads);
    ASSERT_EQ(beat.reaped.size(), 1U);
    EXPECT_EQ(beat.reaped[0].name, "a");
    EXPECT_THAT(beat.others, IsEmpty());
    beat = beat_of(a_, "a", 1200);
    EXPECT_TRUE(beat.rejoined);
    EXPECT_FALSE(beat.leads);
    in_transaction([&](auto& db) { return leave(db, b_), 0; });
    EXPECT_TRUE(beat_of(a_, "a", 1300).leads) << "at once, when the other one leaves";
}

TEST_F(ClusterTest, OneThatSleptLosesItsClaims) {
    const Claim slept = claim(a_);
    EXPECT_TRUE(held(slept)) << "until somebody takes it away";
    beat_of(b_, "b", 1000);
    EXPECT_FALSE(held(slept));
    EXPECT_EQ(claim(a_).token, 0) << "before its next sign of life it claims nothing";
    beat_of(a_, "a", 1100);
    EXPECT_FALSE(held(slept));
    EXPECT_TRUE(held(claim(a_)));
}

TEST_F(ClusterTest, ABeatTellsTheClaims) {
    const auto first = claim(a_, "SEP1"), second = claim(a_, "Sep2");
    claim(b_, "SEP3");
    const auto taken = claim(b_, "SEP1");
    const auto beat = beat_of(a_, "a", 100);
    EXPECT_THAT(beat.claimed, ElementsAre(Pair("sep2", second.token)));
    EXPECT_EQ(beat.last_token, taken.token);
    EXPECT_LT(first.token, beat.last_token);
}

TEST_F(ClusterTest, OnlyWhatTheDeadHadIsExplained) {
    UnconfirmedStore store(database_);
    const auto add = [&](const std::string& device, const Claim& claim) {
        return wait<std::int64_t>([&] { return store.add(device, Bytes{1}, 0, claim); });
    };
    const auto of_a = add("SEP1", claim(a_, "SEP1")), of_b = add("SEP2", claim(b_, "SEP2"));
    const auto beat = beat_of(b_, "b", 1000);
    ASSERT_EQ(beat.reaped.size(), 1U);
    EXPECT_EQ(beat.reaped[0].interrupted, 1U);
    auto rows = wait<std::vector<UnconfirmedLsc>>([&] { return store.list(0, 10); });
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].id, of_a);
    EXPECT_EQ(rows[0].reason, "instance a of capfd ended before the phone confirmed it");
    EXPECT_EQ(rows[1].id, of_b);
    EXPECT_EQ(rows[1].reason, "");
    // The same name starts again.
    b_ = in_transaction([](auto& db) { return join(db, "B", 1100, kLease); });
    rows = wait<std::vector<UnconfirmedLsc>>([&] { return store.list(0, 10); });
    EXPECT_NE(rows[1].reason, "");
}

TEST_F(ClusterTest, ACertificateOfALostClaimIsStaleAtOnce) {
    const Claim lost = claim(a_);
    claim(b_);
    UnconfirmedStore store(database_);
    wait<std::int64_t>([&] { return store.add("SEP1", Bytes{1}, 0, lost); });
    const auto rows = wait<std::vector<UnconfirmedLsc>>([&] { return store.list(0, 10); });
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_NE(rows[0].reason, "");
}

TEST_F(ClusterTest, ALostClaimFinishesNothing) {
    DeviceStore devices(database_);
    ASSERT_TRUE(wait<Result<void>>([&] { return devices.add({"SEP1"}, "CP-8865"); }));
    ASSERT_TRUE(wait<Result<void>>([&] { return devices.arm({"SEP1"}, Arming{}); }));
    const auto armed = wait<std::optional<Device>>([&] { return devices.find("SEP1"); });
    Finish finish;
    finish.arm_count = armed->arm_count;
    finish.status = kStatusUpgradeSuccess;
    finish.succeeded = true;
    finish.claim = claim(a_);
    const Claim newer = claim(b_);
    EXPECT_FALSE(wait<bool>([&] { return devices.finish("SEP1", finish); }));
    EXPECT_EQ(wait<std::optional<Device>>([&] { return devices.find("SEP1"); })->operation, Operation::install);
    finish.claim = newer;
    EXPECT_TRUE(wait<bool>([&] { return devices.finish("SEP1", finish); }));
    const auto done = wait<std::optional<Device>>([&] { return devices.find("SEP1"); });
    EXPECT_EQ(done->operation, Operation::none);
    EXPECT_EQ(done->status, kStatusUpgradeSuccess);
}

TEST_F(ClusterTest, SessionsWithoutTheirClaimsAreBroken) {
    ActiveDevices active;
    int broken = 0;
    const auto session = [&](const std::string& device, std::int64_t token) {
        auto hold = active.acquire(device, [&broken] { ++broken; });
        hold->set_token(token);
        return hold;
    };
    const auto kept = session("SEP1", claim(a_, "SEP1").token), lost = session("SEP2", claim(a_, "SEP2").token);
    const auto claiming = session("SEP3", 0);
    claim(b_, "SEP2");
    const auto beat = beat_of(a_, "a", 100);
    const auto younger = session("SEP4", claim(a_, "SEP4").token);
    active.keep_only(beat);
    EXPECT_EQ(broken, 1);
    EXPECT_TRUE(lost->superseded());
    for (const auto* hold : {kept.get(), claiming.get(), younger.get()}) EXPECT_FALSE(hold->superseded());
}

}  // namespace
}  // namespace opencapf::capf::cluster
