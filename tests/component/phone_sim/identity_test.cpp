// SPDX-License-Identifier: Apache-2.0
// Authentication with an existing certificate: modes 3 and 4, precedence and fallback.
#include "component/phone_sim/run_fixture.hpp"

namespace opencapf::phone_sim::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::string kMicName = "CP-8865-" + kName;

class Identity : public Run {
protected:
    Identity() {
        Script script;
        script.phone_trust = {ca.certificate};
        server = std::make_unique<FakeCapf>(script);
    }
    void give_mic() { files().save_mic(mic.key, mic.certificate); }
    PhoneResult call(Auth auth) {
        options.auth = auth;
        return run(*server);
    }
    test::Issued ca = test::make_root("Manufacturing CA");
    test::Issued mic = test::issue({.common_name = kMicName}, ca);
    std::unique_ptr<FakeCapf> server;
};

TEST_F(Identity, PrefersTheLscOrTheMicAsItsModeSays) {
    give_mic();
    const auto first = call(Auth::lsc);
    ASSERT_EQ(first.session.outcome, Outcome::done) << first.session.detail;
    EXPECT_EQ(first.session.authenticated_with, "mic") << "no LSC yet";
    EXPECT_EQ(server->count("identity " + kMicName), 1U);
    EXPECT_THAT(screen, Contains("Authenticating with the MIC"));
    const auto second = call(Auth::lsc);
    ASSERT_EQ(second.session.outcome, Outcome::done) << second.session.detail;
    EXPECT_EQ(second.session.authenticated_with, "lsc");
    EXPECT_EQ(server->count("identity " + kName), 1U);
    EXPECT_EQ(call(Auth::mic).session.authenticated_with, "mic");
}

TEST_F(Identity, MicModeFallsBackToTheLsc) {
    give_mic();
    ASSERT_EQ(call(Auth::mic).session.outcome, Outcome::done);
    std::filesystem::remove(files().mic_key_path());
    const auto result = call(Auth::mic);
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.authenticated_with, "lsc");
}

TEST_F(Identity, WithoutAUsableCertificateThePhoneGivesUpItself) {
    const auto none = call(Auth::lsc);
    EXPECT_EQ(none.session.outcome, Outcome::failed);
    EXPECT_EQ(none.attempts, 1);
    EXPECT_THAT(none.session.detail, HasSubstr("LSC: there is none; MIC: there is none"));
    files().save_mic(ca.key, mic.certificate);
    EXPECT_THAT(call(Auth::mic).session.detail, HasSubstr("MIC: it is for another key"));
    EXPECT_EQ(server->count("auth " + kName), 0U);
}

TEST_F(Identity, ProvesItsDeviceIdentityWhenAsked) {
    give_mic();
    ASSERT_EQ(call(Auth::mic).session.outcome, Outcome::done);
    EXPECT_EQ(server->count("sudi " + kMicName), 0U);
    options.sudi = true;
    ASSERT_EQ(call(Auth::lsc).session.outcome, Outcome::done);
    EXPECT_THAT(server->story(), Contains("identity " + kName));
    EXPECT_EQ(server->count("sudi " + kMicName), 1U);
}

TEST_F(Identity, OldPhonesProveThemselvesToo) {
    give_mic();
    for (const auto& profile : {capf_protocol::kProfileJabber, capf_protocol::kProfile7900}) {
        options.profile = profile;
        const auto result = call(Auth::mic);
        EXPECT_EQ(result.session.outcome, Outcome::done) << profile.name << ": " << result.session.detail;
    }
    EXPECT_EQ(server->count("identity " + kMicName), 2U);
}

}  // namespace
}  // namespace opencapf::phone_sim::testing
