// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/request_store.hpp"

#include "ca_sim/certificate_authority.hpp"
#include "ca_sim/schema.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <future>
#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

StoredRequest row(Disposition disposition) {
    StoredRequest request;
    request.submitted = "2026-01-01 00:00:00";
    request.requester = "LAB\\ciscora";
    request.template_name = "CiscoRA";
    request.disposition = disposition;
    request.message = "m";
    request.csr = test::phone_request().der();
    return request;
}

/// The store of a database file.
struct OpenStore {
    explicit OpenStore(const std::string& path) : database(path, migrations()), store(database) {}
    storage::Database database;
    RequestStore store;
};

/// Runs a task of the store on a loop of its own and waits for it.
std::optional<StoredRequest> find(RequestStore& store, std::int64_t id) {
    net::LoopPool loops(1);
    loops.start();
    std::promise<std::optional<StoredRequest>> promise;
    auto found = promise.get_future();
    struct Finder {
        static Task<> run(RequestStore& store, std::int64_t id, std::promise<std::optional<StoredRequest>>& promise) {
            promise.set_value(co_await store.find(id));
        }
    };
    loops[0].spawn([&] { return Finder::run(store, id, promise); });
    auto result = found.get();
    loops.stop();
    return result;
}

TEST(RequestStore, IdsRiseAndAreNeverReused) {
    const test::TempDir dir;
    {
        OpenStore open(dir.file("db"));
        RequestStore& store = open.store;
        EXPECT_EQ(store.add_blocking(row(Disposition::denied)), 1);
        EXPECT_EQ(store.stored(), 1U);
        EXPECT_EQ(store.add_blocking(row(Disposition::pending)), 2);
        EXPECT_EQ(store.stored(), 2U);
    }
    {
        storage::Database direct(dir.file("db"), {"SELECT 1", "SELECT 1"});
        direct.run_blocking([](SQLite::Database& db) { db.exec("DELETE FROM requests WHERE id = 2"); });
    }
    OpenStore open(dir.file("db"));
    RequestStore& store = open.store;
    EXPECT_EQ(store.add_blocking(row(Disposition::denied)), 3);
}

TEST(RequestStore, RowsSurviveReopening) {
    const test::TempDir dir;
    StoredOutcome outcome;
    outcome.disposition = Disposition::issued;
    outcome.message = "Issued";
    outcome.certificate = {1, 0, 2};
    outcome.serial = "0a";
    outcome.not_after = "2027-01-01 00:00:00";
    {
        OpenStore open(dir.file("db"));
        RequestStore& store = open.store;
        const auto id = store.add_blocking(row(Disposition::signing));
        store.finish_blocking(id, outcome);
        EXPECT_TRUE(store.interrupted().empty());
        EXPECT_THROW(store.finish_blocking(99, outcome), std::runtime_error);
    }
    OpenStore open(dir.file("db"));
    RequestStore& store = open.store;
    const auto found = find(store, 1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->disposition, Disposition::issued);
    EXPECT_EQ(found->certificate, outcome.certificate);
    EXPECT_EQ(found->serial, "0a");
    EXPECT_EQ(found->csr, test::phone_request().der());
    EXPECT_EQ(found->requester, "LAB\\ciscora");
    EXPECT_FALSE(find(store, 2));
}

TEST(CertificateAuthority, StartFinishesWhatACrashLeft) {
    const test::TempDir dir;
    Config config;
    config.ca = test::write_ca(dir);
    config.database = dir.file("db");
    config.templates = {test::cisco_ra()};
    {
        // What kill -9 between the intent and the signature leaves behind.
        OpenStore open(config.database);
        RequestStore& store = open.store;
        store.add_blocking(row(Disposition::signing));
        StoredRequest gone = row(Disposition::signing);
        gone.template_name = "Withdrawn";
        store.add_blocking(gone);
        StoredRequest damaged = row(Disposition::signing);
        damaged.csr = {1, 2, 3};
        store.add_blocking(damaged);
        store.add_blocking(row(Disposition::pending));
        EXPECT_EQ(store.interrupted().size(), 3U);
    }
    net::WorkPool pool(1);
    {
        CertificateAuthority ca(config, pool, std::chrono::system_clock::now);
        ca.recover();
    }
    OpenStore open(config.database);
    RequestStore& store = open.store;
    EXPECT_TRUE(store.interrupted().empty());
    const auto first = find(store, 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->disposition, Disposition::issued);
    const auto certificate = x509::Certificate::from_der(first->certificate);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->public_key(), test::phone_key().public_key());
    EXPECT_EQ(find(store, 2)->disposition, Disposition::failed);
    EXPECT_EQ(find(store, 3)->disposition, Disposition::failed);
    EXPECT_EQ(find(store, 4)->disposition, Disposition::pending);
}

TEST(CertificateAuthority, ListsTheTemplatesOfTheUser) {
    const test::TempDir dir;
    Config config;
    config.ca = test::write_ca(dir);
    config.database = dir.file("db");
    config.templates = {test::cisco_ra(), test::cisco_ra()};
    config.templates[1].enroll.clear();
    net::WorkPool pool(1);
    const CertificateAuthority ca(config, pool, std::chrono::system_clock::now);
    const auto templates = ca.templates();
    ASSERT_EQ(ca.templates_of(*templates, "LAB\\CiscoRA").size(), 1U);
    EXPECT_EQ(ca.templates_of(*templates, "LAB\\CiscoRA")[0], &templates->front());
    EXPECT_TRUE(ca.templates_of(*templates, "LAB\\other").empty());
    EXPECT_EQ(ca.issuer()->display_name(), "LAB-CA");
}

}  // namespace
}  // namespace opencapf::ca_sim
