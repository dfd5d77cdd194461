// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/pending_store.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using namespace std::chrono_literals;
using State = PendingStore::State;

class PendingStoreTest : public testing::Test {
protected:
    WallTime now_ = std::chrono::system_clock::from_time_t(1'700'000'000);
    PendingStore store_{3, 60s, [this] { return now_; }};
};

TEST_F(PendingStoreTest, KeyDependsOnAccountAndRequest) {
    const auto key = PendingStore::key("LAB\\ciscora", "csr");
    EXPECT_EQ(key, PendingStore::key("lab\\CISCORA", "csr"));
    EXPECT_NE(key, PendingStore::key("LAB\\other", "csr"));
    EXPECT_NE(key, PendingStore::key("LAB\\ciscora", "csr2"));
}

TEST_F(PendingStoreTest, RepetitionFindsTheRequestOfTheFirst) {
    EXPECT_EQ(store_.begin("a").state, State::fresh);
    EXPECT_EQ(store_.begin("a").state, State::busy);
    store_.submitted("a", 42);
    store_.end("a");
    const auto again = store_.begin("a");
    EXPECT_EQ(again.state, State::at_the_ca);
    EXPECT_EQ(again.request_id, 42U);
    store_.forget("a");
    store_.end("a");
    EXPECT_EQ(store_.begin("a").state, State::fresh);
}

TEST_F(PendingStoreTest, WithoutAnIdNothingIsKept) {
    EXPECT_EQ(store_.begin("a").state, State::fresh);
    store_.end("a");
    EXPECT_EQ(store_.size(), 0U);
}

TEST_F(PendingStoreTest, OldestGoesFirstWhenFull) {
    std::uint64_t id = 0;
    for (const char* key : {"a", "b", "c", "d"}) {
        store_.begin(key);
        store_.submitted(key, ++id);
        store_.end(key);
    }
    EXPECT_EQ(store_.size(), 3U);
    EXPECT_EQ(store_.begin("b").request_id, 2U);
    EXPECT_EQ(store_.begin("a").state, State::fresh);
}

TEST_F(PendingStoreTest, EntriesExpire) {
    store_.begin("a");
    store_.submitted("a", 1);
    store_.end("a");
    now_ += 59s;
    EXPECT_EQ(store_.begin("a").state, State::at_the_ca);
    store_.end("a");
    now_ += 1s;
    EXPECT_EQ(store_.begin("a").state, State::fresh);
}

}  // namespace
}  // namespace opencapf::ces
