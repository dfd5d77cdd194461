// SPDX-License-Identifier: Apache-2.0
// One phone against a CAPF server in this process, over real TLS.
#include "component/phone_sim/fake_capf.hpp"
#include "opencapf/base/text.hpp"
#include "phone_sim/fleet.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace opencapf::phone_sim::testing {
namespace {

using capf_protocol::Curve;
using capf_protocol::KeySpec;
using capf_protocol::KeyType;
using capf_protocol::Reason;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kName = "SEP001122334455";

class Run : public ::testing::Test {
protected:
    PhoneResult run(FakeCapf& server) {
        options.name = kName;
        options.host = "127.0.0.1";
        options.port = server.port();
        options.retry_interval = net::Duration(1);
        net::TlsClientConfig tls;
        tls.trust_pem.push_back(trust.empty() ? read_file(server.trust_file()) : trust);
        const auto show = [this](std::string_view text) { screen.emplace_back(text); };
        return run_single(options, store(), net::TlsClientContext(tls), show);
    }
    [[nodiscard]] std::string store() const { return directory.file("phones"); }
    [[nodiscard]] PhoneStore files() const { return {store(), kName}; }

    test::TempDir directory;
    PhoneOptions options;
    std::string trust;
    std::vector<std::string> screen;
};

TEST_F(Run, V3InstallsWithTheSignExchange) {
    Script script;
    script.sign = true;
    FakeCapf server(script);
    const auto result = run(server);
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_THAT(server.story(), ElementsAre("auth " + kName, "progress", "key", "signed", "stored"));
    EXPECT_EQ(result.session.operation, Operation::install);
    EXPECT_EQ(result.session.end_reason, Reason::success);
    EXPECT_EQ(result.attempts, 1);
    EXPECT_GT(result.latency_ms, 0);
    EXPECT_THAT(screen, Contains("Generating key: RSA 2048"));

    const auto lsc = files().lsc();
    ASSERT_TRUE(lsc);
    EXPECT_EQ(lsc->common_name(), kName);
    EXPECT_EQ(x509::PrivateKey::load(files().key_path()).public_key(), lsc->public_key());
    EXPECT_EQ(x509::Certificate::load(files().der_path()).der(), lsc->der());
    struct stat status {};
    ASSERT_EQ(::stat(files().key_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Run, JabberInstallsWithoutSigningOrProgress) {
    Script script;
    script.sign = true;
    FakeCapf server(script);
    options.profile = capf_protocol::kProfileJabber;
    EXPECT_EQ(run(server).session.outcome, Outcome::done);
    EXPECT_THAT(server.story(), ElementsAre("auth " + kName, "key", "stored"));
}

TEST_F(Run, MakesTheCurveTheServerAsksFor) {
    Script script;
    script.key = KeySpec{KeyType::ec, 0, Curve::p384};
    script.sign = true;
    FakeCapf server(script);
    ASSERT_EQ(run(server).session.outcome, Outcome::done);
    EXPECT_EQ(files().lsc()->public_key().bits(), 384);
}

TEST_F(Run, RefusesAKeySizeItDoesNotKnow) {
    Script script;
    script.key = KeySpec{KeyType::rsa, 2049, Curve::p256};
    FakeCapf server(script);
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::failed);
    EXPECT_THAT(result.session.detail, HasSubstr("RSA 2049"));
    EXPECT_EQ(server.count("refusal"), 1U);
}

TEST_F(Run, AuthenticationString) {
    Script script;
    script.auth_string = "123456";
    FakeCapf server(script);
    options.auth_string = Secret("000000");
    const auto refused = run(server);
    EXPECT_EQ(refused.session.outcome, Outcome::no_change);
    EXPECT_EQ(refused.session.end_reason, Reason::refused);
    EXPECT_FALSE(files().lsc());
    options.auth_string = Secret("123456");
    EXPECT_EQ(run(server).session.outcome, Outcome::done);
}

TEST_F(Run, NothingPendingAndUnknownDevice) {
    Script script;
    script.operation = Script::Operation::nothing;
    FakeCapf idle(script);
    EXPECT_EQ(run(idle).session.outcome, Outcome::no_change);
    script.operation = Script::Operation::unknown;
    FakeCapf stranger(script);
    EXPECT_EQ(run(stranger).session.outcome, Outcome::unknown_device);
}

TEST_F(Run, KeepsTheOldLscWhenTheNewOneIsForAnotherKey) {
    FakeCapf good{Script()};
    ASSERT_EQ(run(good).session.outcome, Outcome::done);
    const auto before = files().lsc()->der();
    const auto key_before = read_file(files().key_path());
    Script script;
    script.certificate_for_other_key = true;
    FakeCapf bad(script);
    const auto result = run(bad);
    EXPECT_EQ(result.session.outcome, Outcome::failed);
    EXPECT_EQ(bad.count("refusal"), 1U);
    EXPECT_FALSE(result.session.changed);
    EXPECT_EQ(files().lsc()->der(), before);
    EXPECT_EQ(read_file(files().key_path()), key_before);
}

TEST_F(Run, SignsNoRequestForAnotherKey) {
    Script script;
    script.sign = true;
    script.request_for_other_key = true;
    FakeCapf server(script);
    EXPECT_EQ(run(server).session.outcome, Outcome::failed);
    EXPECT_EQ(server.count("signed"), 0U);
    EXPECT_EQ(server.count("refusal"), 1U);
}

TEST_F(Run, FetchAndDelete) {
    Script script;
    script.operation = Script::Operation::fetch;
    FakeCapf fetch(script);
    EXPECT_EQ(run(fetch).session.outcome, Outcome::failed) << "there is no LSC yet";
    script.operation = Script::Operation::remove;
    FakeCapf remove(script);
    EXPECT_EQ(run(remove).session.outcome, Outcome::failed);
    FakeCapf install{Script()};
    ASSERT_EQ(run(install).session.outcome, Outcome::done);
    EXPECT_EQ(run(fetch).session.outcome, Outcome::done);
    EXPECT_EQ(fetch.count("fetched"), 1U);
    EXPECT_EQ(run(remove).session.outcome, Outcome::done);
    EXPECT_FALSE(files().lsc());
    EXPECT_FALSE(std::filesystem::exists(files().key_path()));
}

TEST_F(Run, RetriesWhenTheServerLeavesWithoutEndSession) {
    Script script;
    script.close_instead_of_end = 2;
    FakeCapf server(script);
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.attempts, 3);
}

TEST_F(Run, GivesUpAfterItsAttempts) {
    Script script;
    script.close_instead_of_end = 99;
    FakeCapf server(script);
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::communication);
    EXPECT_EQ(result.attempts, 3);
}

TEST_F(Run, ALostGoodbyeIsNotAFailure) {
    Script script;
    script.close_instead_of_end = 1;
    script.forget_after_store = true;
    FakeCapf server(script);
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.attempts, 2);
    EXPECT_EQ(result.session.operation, Operation::install);
    EXPECT_EQ(server.count("stored"), 1U);
}

TEST_F(Run, TrustsOnlyThePinnedCertificate) {
    FakeCapf server{Script()};
    trust = test::make_self_signed({.common_name = "CAPF-test"}).certificate.pem();
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::untrusted);
    EXPECT_EQ(result.attempts, 1);
    EXPECT_TRUE(server.story().empty());
}

TEST_F(Run, NoServerIsACommunicationFailure) {
    std::uint16_t port = 0;
    {
        const FakeCapf gone{Script()};
        port = gone.port();
        trust = read_file(gone.trust_file());
    }
    options.name = kName;
    options.host = "127.0.0.1";
    options.port = port;
    options.attempts = 2;
    options.retry_interval = net::Duration(1);
    net::TlsClientConfig tls;
    tls.trust_pem.push_back(trust);
    const auto result = run_single(options, store(), net::TlsClientContext(tls), nullptr);
    EXPECT_EQ(result.session.outcome, Outcome::communication);
    EXPECT_EQ(result.attempts, 2);
}

TEST_F(Run, ASilentServerIsLeftAfterTheTimeout) {
    Script script;
    script.silent = true;
    FakeCapf server(script);
    options.timeout = net::Duration(300);
    options.attempts = 1;
    EXPECT_EQ(run(server).session.outcome, Outcome::communication);
}

TEST_F(Run, GarbageFromTheServerIsAProtocolError) {
    Script script;
    script.break_protocol = true;
    FakeCapf server(script);
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::protocol);
    EXPECT_EQ(result.attempts, 1);
}

TEST_F(Run, AFullDiskIsToldToTheServer) {
    FakeCapf server{Script()};
    options.name = kName;
    std::filesystem::create_directories(files().der_path());  // a directory where the file should go
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::failed);
    EXPECT_EQ(server.count("refusal"), 1U);
}

struct FaultCase {
    Fault fault;
    int after;
    Outcome outcome;
    std::string entry;  // of the server's story
    std::size_t count;
};

class Faults : public Run, public ::testing::WithParamInterface<FaultCase> {};

TEST_P(Faults, ReachTheServer) {
    FakeCapf server{Script()};
    options.fault = GetParam().fault;
    options.fault_after = GetParam().after;
    options.attempts = 1;
    EXPECT_EQ(run(server).session.outcome, GetParam().outcome);
    std::size_t count = 0;
    for (const auto& entry : server.story()) count += entry.starts_with(GetParam().entry) ? 1U : 0U;
    EXPECT_EQ(count, GetParam().count) << ::testing::PrintToString(server.story());
}

INSTANTIATE_TEST_SUITE_P(All, Faults,
                         ::testing::Values(FaultCase{Fault::wrong_session, 0, Outcome::no_change, "error session id",
                                                     1},
                                           FaultCase{Fault::garbage_key, 0, Outcome::failed, "key", 0},
                                           FaultCase{Fault::store_failure, 0, Outcome::failed, "refusal", 1},
                                           FaultCase{Fault::split_records, 0, Outcome::done, "stored", 1},
                                           FaultCase{Fault::disconnect_after, 0, Outcome::communication, "auth", 0},
                                           FaultCase{Fault::disconnect_after, 1, Outcome::communication, "auth", 1},
                                           FaultCase{Fault::disconnect_after, 3, Outcome::communication, "key", 1}));

}  // namespace
}  // namespace opencapf::phone_sim::testing
