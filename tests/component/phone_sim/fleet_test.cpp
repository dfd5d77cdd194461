// SPDX-License-Identifier: Apache-2.0
#include "component/phone_sim/fake_capf.hpp"
#include "opencapf/base/text.hpp"
#include "phone_sim/estate.hpp"

#include <gmock/gmock.h>

namespace opencapf::phone_sim::testing {
namespace {

class FleetRun : public ::testing::TestWithParam<bool> {};

TEST_P(FleetRun, EveryPhoneGetsItsOwnCertificate) {
    Script script;
    script.sign = true;
    if (GetParam()) script.key = capf_protocol::KeySpec{};
    FakeCapf server(script);
    const test::TempDir directory;
    FleetOptions options;
    options.phone.host = "127.0.0.1";
    options.phone.port = server.port();
    options.count = 5;
    options.parallel = 2;
    options.pregenerate_keys = GetParam();
    options.store = directory.file("phones");
    net::TlsClientConfig tls;
    tls.trust_pem.push_back(read_file(server.trust_file()));
    const auto result = run_fleet(options, net::TlsClientContext(tls));
    EXPECT_EQ(result.failed(), 0U);
    EXPECT_GT(result.wall_s, 0);
    EXPECT_EQ(server.count("signed"), 5U);
    std::vector<Bytes> keys;
    for (const auto& name : fleet_names("SEP", 5)) {
        const PhoneStore store(options.store, name);
        const auto lsc = store.lsc();
        ASSERT_TRUE(lsc) << name;
        EXPECT_EQ(lsc->common_name(), name);
        EXPECT_EQ(x509::PrivateKey::load(store.key_path()).public_key(), lsc->public_key());
        keys.push_back(lsc->public_key().spki_der());
    }
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

class Fleet : public ::testing::Test {
protected:
    FleetResult run(const FakeCapf& server, const FleetOptions& changed) {
        auto all = with_server(changed, server);
        return run_fleet(all, tls(server));
    }
    FleetOptions with_server(FleetOptions all, const FakeCapf& server) const {
        all.phone.host = "127.0.0.1";
        all.phone.port = server.port();
        all.store = directory.file("phones");
        return all;
    }
    static net::TlsClientContext tls(const FakeCapf& server) {
        net::TlsClientConfig config;
        config.trust_pem.push_back(read_file(server.trust_file()));
        return net::TlsClientContext(config);
    }
    test::TempDir directory;
    FleetOptions options;
};

TEST_F(Fleet, ArrivesAtItsRate) {
    Script script;
    script.operation = Script::Operation::nothing;
    FakeCapf server(script);
    options.count = 11;
    options.rate = 20;
    const auto result = run(server, options);
    EXPECT_GE(result.wall_s, 0.5) << "the last one comes after ten twentieths of a second";
    EXPECT_EQ(server.story().size(), 11U);
}

TEST_F(Fleet, TakesItsKeysFromAPool) {
    const auto kind = *find_kind("ec-256");
    const auto keys = make_keys(kind, 3);
    write_keys(keys, kind, directory.file("keys"));
    Script script;
    script.key = kind;
    FakeCapf server(script);
    options.count = 3;
    options.keys = KeyPool::load(directory.file("keys"));
    ASSERT_EQ(run(server, options).failed(), 0U);
    std::vector<Bytes> made;
    std::vector<Bytes> used;
    for (const auto& key : keys) made.push_back(key.public_key().spki_der());
    for (const auto& name : fleet_names("SEP", 3)) {
        used.push_back(PhoneStore(directory.file("phones"), name).lsc()->public_key().spki_der());
    }
    EXPECT_THAT(used, ::testing::UnorderedElementsAreArray(made));
}

TEST_F(Fleet, EachPhoneHasItsOwnDelay) {
    FakeCapf server{Script()};
    options.count = 4;
    options.phone.key_delay = net::Duration(150);
    options.phone.key_delay_spread = net::Duration(150);
    const auto result = run(server, options);
    ASSERT_EQ(result.failed(), 0U);
    for (const auto& phone : result.phones) EXPECT_GE(phone.latency_ms, 150) << phone.name;
}

TEST_F(Fleet, AnEstateRenewsUntilItIsStopped) {
    Script script;
    script.key = *find_kind("ec-256");
    script.renew_after = net::Duration(400);
    FakeCapf server(script);
    EstateOptions estate;
    options.count = 6;
    estate.fleet = with_server(options, server);
    estate.poll = net::Duration(100);
    std::atomic<bool> stop{false};
    // Two generations for everyone, then the operator's Ctrl-C.
    const auto enough = [&](const Progress& progress) { stop = stop || progress.installs >= 12; };
    const auto result = run_estate(estate, tls(server), stop, enough);
    EXPECT_TRUE(result.good());
    EXPECT_EQ(result.installs(), server.count("stored"));
    EXPECT_GE(result.installs(), 12U);
    for (const auto& phone : result.phones) EXPECT_GE(phone.installs, 1U) << phone.name;
    const auto idle = result.outcomes[static_cast<std::size_t>(Outcome::no_change)];
    EXPECT_GT(idle, 0U) << "nothing pending is a normal answer";
    EXPECT_EQ(result.sessions(), idle + result.installs());
    EXPECT_EQ(result.latencies_ms.size(), result.installs());
}

TEST_F(Fleet, AnEstateEndsWithItsTimeAndTellsWhoIsWithoutLsc) {
    Script script;
    script.key = *find_kind("ec-256");
    script.expired = true;
    FakeCapf server(script);
    EstateOptions estate;
    options.count = 3;
    estate.fleet = with_server(options, server);
    estate.poll = net::Duration(100);
    estate.duration = net::Duration(700);
    std::atomic<bool> stop{false};
    const auto result = run_estate(estate, tls(server), stop);
    EXPECT_GE(result.wall_s, 0.7);
    EXPECT_FALSE(result.good());
    EXPECT_EQ(result.ever_without(), 3U);
    EXPECT_EQ(result.without_at_end(), 3U);
}

TEST_F(Fleet, AnEstateWithoutAServerEndsInTime) {
    std::uint16_t port = 0;
    std::string trust;
    {
        const FakeCapf gone{Script()};
        port = gone.port();
        trust = read_file(gone.trust_file());
    }
    EstateOptions estate;
    estate.fleet = options;
    estate.fleet.count = 2;
    estate.fleet.phone.host = "127.0.0.1";
    estate.fleet.phone.port = port;
    estate.fleet.store = directory.file("phones");
    estate.poll = net::Duration(100);
    estate.duration = net::Duration(300);  // far below the 30 s between attempts of a phone that comes once
    net::TlsClientConfig config;
    config.trust_pem.push_back(trust);
    std::atomic<bool> stop{false};
    const auto result = run_estate(estate, net::TlsClientContext(config), stop);
    EXPECT_LT(result.wall_s, 10);
    EXPECT_EQ(result.without_at_end(), 2U);
    EXPECT_GE(result.outcomes[static_cast<std::size_t>(Outcome::communication)], 2U);
}

INSTANTIATE_TEST_SUITE_P(Keys, FleetRun, ::testing::Bool());

}  // namespace
}  // namespace opencapf::phone_sim::testing
