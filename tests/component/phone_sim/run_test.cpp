// SPDX-License-Identifier: Apache-2.0
// One phone against a CAPF server in this process, over real TLS.
#include "component/phone_sim/run_fixture.hpp"

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
    EXPECT_THAT(screen, Contains("Generating key: RSA 1024"));

    const auto lsc = files().lsc();
    ASSERT_TRUE(lsc);
    EXPECT_EQ(lsc->common_name(), kName);
    EXPECT_EQ(x509::PrivateKey::load(files().key_path()).public_key(), lsc->public_key());
    EXPECT_EQ(x509::Certificate::load(files().der_path()).der(), lsc->der());
    struct stat status {};
    ASSERT_EQ(::stat(files().key_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Run, WritesALogOfItsOwn) {
    FakeCapf server{Script()};
    options.log = std::make_shared<PhoneLog>(directory.file("phone.log"), 1'000'000);
    ASSERT_EQ(run(server).session.outcome, Outcome::done);
    options.log.reset();  // everything is in the file now
    const auto text = read_file(directory.file("phone.log"));
    std::size_t at = 0;
    for (const auto& part : std::vector<std::string>{
             "connecting to 127.0.0.1:", "connected, TLSv1.3, server CN=", "received CAPF_MSG_AUTH_REQ",
             "sent CAPF_MSG_AUTH_RESP", "received CAPF_MSG_KEY_GEN_REQ", "screen: Generating key: RSA 1024",
             "sent CAPF_MSG_KEY_GEN_RESP", "received CAPF_MSG_STORE_CERT_REQ", "sent CAPF_MSG_STORE_CERT_RESP",
             "received CAPF_MSG_END_SESSION", "the server ended the session: success (1)", kName + ": done\n"}) {
        const auto found = text.find(part, at);
        ASSERT_NE(found, std::string::npos) << part << " is missing, or not in its place:\n" << text;
        at = found;
    }
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
    EXPECT_EQ(fetch.count("fetched " + kName), 1U);
    EXPECT_EQ(run(remove).session.outcome, Outcome::done);
    EXPECT_FALSE(files().lsc());
    EXPECT_FALSE(std::filesystem::exists(files().key_path()));
}

TEST_F(Run, ShowsLscAndMic) {
    const auto ca = test::make_root("Manufacturing CA");
    auto mic = test::issue({.common_name = "CP-8865-" + kName}, ca);
    files().save_mic(mic.key, mic.certificate);
    Script script;
    script.operation = Script::Operation::fetch;
    script.fetch_mic = true;
    FakeCapf server(script);
    EXPECT_EQ(run(server).session.outcome, Outcome::done) << "the MIC alone is worth showing";
    EXPECT_THAT(server.story(), ElementsAre("auth " + kName, "refusal", "fetched CP-8865-" + kName));
    FakeCapf install{Script()};
    ASSERT_EQ(run(install).session.outcome, Outcome::done);
    EXPECT_EQ(run(server).session.outcome, Outcome::done);
    EXPECT_EQ(server.count("fetched " + kName), 1U);
    EXPECT_EQ(server.count("fetched CP-8865-" + kName), 2U);
}

TEST_F(Run, KeepsItsKeyUntilTheCertificateComes) {
    Script script;
    script.deliver_later = true;
    FakeCapf server(script);
    const auto first = run(server);
    EXPECT_EQ(first.session.outcome, Outcome::no_change);
    EXPECT_TRUE(first.session.pending);
    EXPECT_THAT(first.session.detail, HasSubstr("not there yet"));
    EXPECT_FALSE(files().lsc());
    struct stat status {};
    ASSERT_EQ(::stat(files().pending_key_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto waiting = files().pending_key()->public_key();
    const auto second = run(server);
    EXPECT_EQ(second.session.outcome, Outcome::done) << second.session.detail;
    EXPECT_EQ(second.session.operation, Operation::install);
    EXPECT_EQ(files().lsc()->public_key(), waiting);
    EXPECT_FALSE(files().pending_key());
    EXPECT_THAT(server.story(), ElementsAre("auth " + kName, "progress", "key", "auth " + kName, "stored"));
}

TEST_F(Run, StoresNoCertificateItDidNotAskFor) {
    Script script;
    script.deliver_later = true;
    FakeCapf server(script);
    ASSERT_EQ(run(server).session.outcome, Outcome::no_change);
    // As if the phone had been reset meanwhile, and then has another key.
    std::filesystem::remove(files().pending_key_path());
    const auto without = run(server);
    EXPECT_EQ(without.session.outcome, Outcome::failed);
    EXPECT_THAT(without.session.detail, HasSubstr("no key waits"));
    EXPECT_EQ(server.count("refusal"), 1U);
    ASSERT_EQ(run(server).session.outcome, Outcome::no_change);
    files().save_pending_key(x509::PrivateKey::generate_ec("P-256"));
    EXPECT_THAT(run(server).session.detail, HasSubstr("not for the phone's key"));
    EXPECT_FALSE(files().lsc());
}

TEST_F(Run, KeepsItsKeyWhenTheConnectionIsCutAfterIt) {
    Script script;
    script.lose_after_key = 1;
    FakeCapf server(script);
    options.attempts = 1;
    EXPECT_EQ(run(server).session.outcome, Outcome::communication);
    ASSERT_TRUE(files().pending_key());
    const auto waiting = files().pending_key()->public_key();
    const auto second = run(server);
    EXPECT_EQ(second.session.outcome, Outcome::done) << second.session.detail;
    EXPECT_EQ(files().lsc_credential()->key.public_key(), waiting);
    EXPECT_FALSE(files().pending_key());
    EXPECT_THAT(server.story(), ElementsAre("auth " + kName, "progress", "key lost", "auth " + kName, "stored"));
}

TEST_F(Run, StoresAnotherCertificateForTheKeyOfItsLsc) {
    Script script;
    script.close_instead_of_end = 1;
    script.miss_confirmation = true;
    FakeCapf server(script);
    options.attempts = 1;
    EXPECT_EQ(run(server).session.outcome, Outcome::communication);
    const auto first = files().lsc();
    ASSERT_TRUE(first);
    const auto second = run(server);
    EXPECT_EQ(second.session.outcome, Outcome::done) << second.session.detail;
    EXPECT_NE(files().lsc()->der(), first->der());
    EXPECT_EQ(files().lsc_credential()->key.public_key(), first->public_key());
}

TEST_F(Run, TakesTheNextServerWhenOneIsGone) {
    std::uint16_t gone = 0;
    {
        const FakeCapf dead{Script()};
        gone = dead.port();
    }
    Script leaves;
    leaves.close_instead_of_end = 99;
    FakeCapf second(leaves);
    Script silent;
    silent.silent = true;
    FakeCapf third(silent);
    FakeCapf last{Script()};
    options.host = "127.0.0.1";
    options.port = gone;
    for (const auto* server : {&second, &third, &last}) options.other_servers.push_back({"127.0.0.1", server->port()});
    options.timeout = net::Duration(2000);
    std::string all;
    for (const auto* server : {&second, &third, &last}) all += read_file(server->trust_file());
    const auto result = run_with(all);
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.attempts, 1);
    EXPECT_EQ(result.session.server, last.address());
    EXPECT_EQ(second.count("stored"), 1U);
    EXPECT_EQ(last.count("stored"), 1U);
}

TEST_F(Run, StaysWithAServerThatRefuses) {
    Script script;
    script.operation = Script::Operation::nothing;
    FakeCapf refuses(script);
    FakeCapf other{Script()};
    options.other_servers.push_back({"127.0.0.1", other.port()});
    EXPECT_EQ(run(refuses).session.outcome, Outcome::no_change);
    EXPECT_TRUE(other.story().empty());
}

TEST_F(Run, MakesEveryKindOfKeyOfItsProfile) {
    struct Case {
        KeySpec key;
        capf_protocol::PhoneProfile profile;
        bool made;
    };
    for (const auto& [key, profile, made] :
         {Case{{KeyType::rsa, 512, Curve::p256}, capf_protocol::kProfileV3, true},
          Case{{KeyType::ec, 0, Curve::p256}, capf_protocol::kProfileV3, true},
          Case{{KeyType::ec, 0, Curve::p521}, capf_protocol::kProfileV3, true},
          Case{{KeyType::rsa, 512, Curve::p256}, capf_protocol::kProfile7900, true},
          Case{{KeyType::rsa, 3072, Curve::p256}, capf_protocol::kProfile7900, false}}) {
        Script script;
        script.key = key;
        FakeCapf server(script);
        options.profile = profile;
        EXPECT_EQ(run(server).session.outcome, made ? Outcome::done : Outcome::failed) << key.rsa_bits;
        EXPECT_EQ(server.count("key"), made ? 1U : 0U);
    }
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
    options.host = "127.0.0.1";
    options.port = port;
    options.attempts = 2;
    const auto result = run_with(trust);
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
    std::filesystem::create_directories(files().der_path());  // a directory where the file should go
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::failed);
    EXPECT_EQ(server.count("refusal"), 1U);
}

}  // namespace
}  // namespace opencapf::phone_sim::testing
