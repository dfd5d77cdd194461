// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/pending_store.hpp"

#include "support/loops.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using namespace std::chrono_literals;
using opencapf::test::run_on;
using State = PendingStore::State;
using testing::ElementsAre;
using testing::Field;

class PendingStoreTest : public testing::Test {
protected:
    PendingStoreTest() : loops_(1) { loops_.start(); }
    ~PendingStoreTest() override { loops_.stop(); }

    std::unique_ptr<PendingStore> open(const std::string& database = {}) {
        return std::make_unique<PendingStore>(PendingStore::Limits{3, 60s}, database, [this] { return now_; });
    }
    void posting(PendingStore& store, const std::string& key) {
        EXPECT_TRUE(run_on<Result<void>>(loops_[0], [&] { return store.posting(key, "ca1"); }));
    }
    void submitted(PendingStore& store, const std::string& key, std::uint64_t id) {
        posting(store, key);
        EXPECT_TRUE(run_on<Result<void>>(loops_[0], [&] { return store.submitted(key, id); }));
    }
    void issued(PendingStore& store, const std::string& key, std::uint64_t id) {
        submitted(store, key, id);
        EXPECT_TRUE(run_on<Result<void>>(loops_[0], [&] { return store.issued(key, id, root_.certificate); }));
    }

    opencapf::test::TempDir dir_;
    opencapf::test::Issued root_ = opencapf::test::make_root("Lab Root CA");
    net::LoopPool loops_;
    WallTime now_ = std::chrono::system_clock::from_time_t(1'700'000'000);
    PendingSubject who_{"LAB\\ciscora", "CN=SEP1", "c0ffee"};
    std::string file_ = dir_.file("state.sqlite");
};

TEST_F(PendingStoreTest, KeyDependsOnAccountLabelAndRequest) {
    const auto key = PendingStore::key("LAB\\ciscora", "", "csr");
    EXPECT_EQ(key, PendingStore::key("lab\\CISCORA", "", "csr"));
    EXPECT_NE(key, PendingStore::key("LAB\\other", "", "csr"));
    EXPECT_NE(key, PendingStore::key("LAB\\ciscora", "", "csr2"));
    EXPECT_NE(key, PendingStore::key("LAB\\ciscora", "phones", "csr"));
}

TEST_F(PendingStoreTest, RepetitionFindsTheRequestOfTheFirst) {
    const auto store = open();
    EXPECT_EQ(store->begin("a", who_).state, State::fresh);
    EXPECT_EQ(store->begin("a", who_).state, State::busy);
    submitted(*store, "a", 42);
    store->end("a");
    const auto again = store->begin("a", who_);
    EXPECT_EQ(again.state, State::at_the_ca);
    EXPECT_EQ(again.request_id, 42U);
    EXPECT_EQ(again.ca, "ca1");
    store->forget("a");
    store->end("a");
    EXPECT_EQ(store->begin("a", who_).state, State::fresh);
}

TEST_F(PendingStoreTest, WhatNeverWentOutIsNotKept) {
    const auto store = open(file_);
    EXPECT_EQ(store->begin("a", who_).state, State::fresh);
    store->end("a");
    EXPECT_EQ(store->size(), 0U);
}

TEST_F(PendingStoreTest, OldestGoesFirstWhenFull) {
    const auto store = open(file_);
    std::uint64_t id = 0;
    for (const char* key : {"a", "b", "c", "d"}) {
        store->begin(key, who_);
        submitted(*store, key, ++id);
        store->end(key);
    }
    EXPECT_EQ(store->size(), 3U);
    EXPECT_EQ(store->begin("b", who_).request_id, 2U);
    EXPECT_EQ(store->begin("a", who_).state, State::fresh);
}

TEST_F(PendingStoreTest, EntriesExpire) {
    const auto store = open();
    store->begin("a", who_);
    submitted(*store, "a", 1);
    store->end("a");
    now_ += 59s;
    EXPECT_EQ(store->begin("a", who_).state, State::at_the_ca);
    store->end("a");
    now_ += 1s;
    EXPECT_EQ(store->begin("a", who_).state, State::fresh);
}

TEST_F(PendingStoreTest, EveryStageSurvivesTheProcess) {
    {
        const auto store = open(file_);
        for (const char* key : {"a", "b", "c"}) store->begin(key, who_);
        posting(*store, "a");
        now_ += 1s;
        submitted(*store, "b", 7);
        issued(*store, "c", 8);
        // The process ends here, in the middle of its work: nobody calls end().
    }
    const auto store = open(file_);
    EXPECT_THAT(store->list(), testing::SizeIs(3));
    const auto lost = store->begin("a", who_);
    EXPECT_EQ(lost.state, State::fresh);
    EXPECT_TRUE(lost.unanswered);
    EXPECT_EQ(store->begin("b", who_).request_id, 7U);
    const auto orphan = store->begin("c", who_);
    EXPECT_EQ(orphan.state, State::issued);
    ASSERT_TRUE(orphan.certificate);
    EXPECT_EQ(orphan.certificate->der(), root_.certificate.der());
    EXPECT_EQ(orphan.request_id, 8U);
}

TEST_F(PendingStoreTest, WhatIsSettledIsGoneFromTheDiskToo) {
    {
        const auto store = open(file_);
        store->begin("a", who_);
        issued(*store, "a", 1);
        store->forget("a");
        store->end("a");
    }
    EXPECT_EQ(open(file_)->size(), 0U);
}

TEST_F(PendingStoreTest, OperatorSeesAndForgets) {
    const auto store = open(file_);
    const auto key = PendingStore::key("u", "", "csr");
    store->begin(key, who_);
    issued(*store, key, 12);
    const auto list = store->list();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].stage, PendingStage::undelivered);
    EXPECT_EQ(list[0].request_id, 12U);
    EXPECT_EQ(list[0].who.subject, "CN=SEP1");
    EXPECT_EQ(list[0].since, now_);
    EXPECT_EQ(store->count(PendingStage::undelivered), 1U);
    EXPECT_FALSE(store->forget_id(list[0].id)) << "somebody works on it";
    store->end(key);
    EXPECT_FALSE(store->forget_id("0000000000000000"));
    EXPECT_TRUE(store->forget_id(list[0].id));
    EXPECT_TRUE(store->list().empty());
}

}  // namespace
}  // namespace opencapf::ces
