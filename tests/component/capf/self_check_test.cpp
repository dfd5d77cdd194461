// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> steps(const Json& answer, const std::string& state) {
    std::vector<std::string> names;
    for (const auto& one : answer.at("checks"))
        if (one["state"] == state) names.push_back(one["what"]);
    return names;
}

std::string found(const Json& answer, const std::string& what) {
    for (const auto& one : answer.at("checks"))
        if (one["what"] == what) return one["found"];
    return "no such step";
}

Json check(RunningCapf& capf) { return capf.admin({{"command", "capf.check"}}); }
Json try_to_enrol(RunningCapf& capf) { return capf.admin({{"command", "capf.try_enrolment"}}); }

void small_keys(Config& config) { config.service.key_size = 1024; }

constexpr const char* kIssuers = "LSC issuers in phone trust";

TEST(SelfCheck, AnIssuerThatPhonesAreNotTrustedByIsBad) {
    RunningCapf capf;
    const Json answer = check(capf);
    EXPECT_THAT(steps(answer, "bad"), ElementsAre(kIssuers)) << answer;
    EXPECT_THAT(found(answer, kIssuers), HasSubstr("is missing: an LSC of today is refused tomorrow"));
}

TEST(SelfCheck, AllIsGoodWhenItIsTrusted) {
    RunningCapf capf([](Config& config) {
        config.phone_trust = std::filesystem::path(config.est.trust_file).parent_path().string();
    });
    const Json answer = check(capf);
    EXPECT_THAT(steps(answer, "bad"), IsEmpty()) << answer;
    EXPECT_THAT(steps(answer, "unknown"), IsEmpty()) << answer;
    EXPECT_THAT(found(answer, "EST round trip"), StartsWith("cacerts: 1 CA certificates after "));
}

TEST(SelfCheck, WithoutTheEstServerOnlyTcpIsBad) {
    RunningCapf capf;
    capf.stop_est();
    const Json answer = check(capf);
    EXPECT_THAT(steps(answer, "bad"), ElementsAre("TCP"));
    EXPECT_THAT(steps(answer, "unknown"), ElementsAre("TLS", "certificate: issuer", "certificate: name",
                                                      "certificate: dates", "clock", "EST round trip", kIssuers));
}

TEST(SelfCheck, ATrialSaysWhatItGot) {
    RunningCapf capf(small_keys);
    const Json answer = try_to_enrol(capf);
    EXPECT_THAT(found(answer, "answer"), StartsWith("rv = 0 (EST_ERR_NONE) after "));
    EXPECT_THAT(steps(answer, "bad"), ElementsAre("trust")) << "nobody trusts phones of this CA";
    const auto seen = capf.seen();
    ASSERT_TRUE(seen.csr);
    EXPECT_THAT(seen.csr->common_name(), StartsWith("opencapf-doctor-"));
    EXPECT_EQ(found(answer, "serial").substr(0, answer["serial"].get<std::string>().size()), answer["serial"]);
    EXPECT_THAT(capf.admin({{"command", "device.list"}})["devices"], IsEmpty());
}

TEST(SelfCheck, ATrialThatFailsSaysTheNumberTheNameAndTheServersWords) {
    RunningCapf capf(small_keys);
    capf.script([](EstScript& script) { script.status = 403; });
    const Json answer = try_to_enrol(capf);
    EXPECT_THAT(steps(answer, "bad"), ElementsAre("answer"));
    EXPECT_THAT(found(answer, "answer"), HasSubstr("(EST_ERR_"));
    EXPECT_THAT(found(answer, "answer"), HasSubstr("the EST server answered 403"));
    EXPECT_EQ("", answer["serial"]);
    capf.script([](EstScript& script) {
        script.status = 200;
        script.wrong_key = true;
    });
    EXPECT_THAT(found(try_to_enrol(capf), "answer"), HasSubstr("EST_ERR_X509_PUBKEY"));
}

TEST(SelfCheck, CapfItselfSignsATrialToo) {
    RunningCapf capf(let_capf_sign);
    const Json checked = check(capf);
    EXPECT_THAT(steps(checked, "bad"), IsEmpty()) << checked;
    EXPECT_THAT(found(checked, "issuer of LSCs"), StartsWith("CAPF itself, with the key of "));
    const Json answer = try_to_enrol(capf);
    EXPECT_THAT(steps(answer, "bad"), IsEmpty()) << answer;
    EXPECT_THAT(found(answer, "answer"), StartsWith("signed by CAPF itself after "));
    EXPECT_THAT(capf.seen().requests, IsEmpty());
}

TEST(SelfCheck, AnAdministratorIsNotTried) {
    RunningCapf capf([](Config& config) { config.service.certificate_issuer = CertificateIssuer::offline; });
    EXPECT_THAT(steps(try_to_enrol(capf), "unknown"), ElementsAre("answer"));
    EXPECT_THAT(found(check(capf), "issuer of LSCs"), HasSubstr("(Offline CA); 0 requests wait"));
}

}  // namespace
}  // namespace opencapf::capf::test
