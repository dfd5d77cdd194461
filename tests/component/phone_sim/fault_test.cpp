// SPDX-License-Identifier: Apache-2.0
// Each misbehaviour, as the server sees it.
#include "component/phone_sim/run_fixture.hpp"

namespace opencapf::phone_sim::testing {
namespace {

using ::testing::HasSubstr;

struct FaultCase {
    std::string fault;
    Outcome outcome;
    std::string entry;  // of the server's story
    std::size_t count;
};

std::size_t starting_with(const FakeCapf& server, const std::string& entry) {
    std::size_t count = 0;
    for (const auto& line : server.story()) count += line.starts_with(entry) ? 1U : 0U;
    return count;
}

class Faults : public Run, public ::testing::WithParamInterface<FaultCase> {};

TEST_P(Faults, ReachTheServer) {
    FakeCapf server{Script()};
    options.set_fault(parse_fault(GetParam().fault).value());
    options.attempts = 1;
    options.timeout = net::Duration(1000);
    EXPECT_EQ(run(server).session.outcome, GetParam().outcome);
    EXPECT_EQ(starting_with(server, GetParam().entry), GetParam().count) << ::testing::PrintToString(server.story());
}

INSTANTIATE_TEST_SUITE_P(All, Faults,
                         ::testing::Values(FaultCase{"wrong-session", Outcome::no_change, "error session id", 1},
                                           FaultCase{"garbage-key", Outcome::failed, "key", 0},
                                           FaultCase{"wrong-key", Outcome::failed, "wrong key", 1},
                                           FaultCase{"store-failure", Outcome::failed, "refusal", 1},
                                           FaultCase{"split-records", Outcome::done, "stored", 1},
                                           FaultCase{"disconnect-after=0", Outcome::communication, "auth", 0},
                                           FaultCase{"disconnect-after:1", Outcome::communication, "auth", 1},
                                           FaultCase{"disconnect-after:3", Outcome::communication, "key", 1},
                                           FaultCase{"no-answer", Outcome::communication, "auth", 0},
                                           FaultCase{"no-answer:2", Outcome::communication, "progress", 1},
                                           FaultCase{"no-answer:2", Outcome::communication, "key", 0}));

class Fault : public Run {};

TEST_F(Fault, SlowWaitsBeforeEachFrame) {
    FakeCapf server{Script()};
    options.set_fault(parse_fault("slow:0.1").value());
    const auto result = run(server);
    EXPECT_EQ(result.session.outcome, Outcome::done);
    EXPECT_GE(result.latency_ms, 400)
        << "AUTH_RESPONSE, IN_PROGRESS, KEY_GENERATE_RESPONSE, STORE_CERTIFICATE_RESPONSE";
}

TEST_F(Fault, BadSignatureSpoilsTheRequestOrTheProof) {
    Script script;
    script.sign = true;
    FakeCapf signs(script);
    options.set_fault(parse_fault("bad-signature").value());
    EXPECT_EQ(run(signs).session.outcome, Outcome::failed);
    EXPECT_EQ(signs.count("bad signature"), 1U);

    const auto ca = test::make_root("Manufacturing CA");
    const auto mic = test::issue({.common_name = kName}, ca);
    files().save_mic(mic.key, mic.certificate);
    script.phone_trust = {ca.certificate};
    FakeCapf proves(script);
    options.auth = Auth::mic;
    EXPECT_EQ(run(proves).session.outcome, Outcome::no_change);
    EXPECT_EQ(starting_with(proves, "no identity SIGNED_DATA does not verify"), 1U);
}

TEST_F(Fault, OtherCertificateIsWellSignedButUntrusted) {
    const auto ca = test::make_root("Manufacturing CA");
    const auto mic = test::issue({.common_name = kName}, ca);
    files().save_mic(mic.key, mic.certificate);
    Script script;
    script.phone_trust = {ca.certificate};
    FakeCapf server(script);
    options.auth = Auth::mic;
    options.set_fault(parse_fault("other-certificate").value());
    EXPECT_EQ(run(server).session.outcome, Outcome::no_change);
    EXPECT_THAT(server.story().back(), HasSubstr("self-signed certificate"));
    options.set_fault(FaultPlan());
    EXPECT_EQ(run(server).session.outcome, Outcome::done);
}

}  // namespace
}  // namespace opencapf::phone_sim::testing
