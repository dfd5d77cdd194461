// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_effects.hpp"

#include "ca_sim/config.hpp"
#include "ca_sim/faults/fault_certificates.hpp"
#include "ca_sim/faults/forced_verdict.hpp"
#include "ca_sim/policy.hpp"
#include "opencapf/config/reader.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using testing::HasSubstr;
using testing::Not;
constexpr const char* kHost = "lab-dc.example.test";

MetFaults met(FaultKind kind, std::size_t bytes = 0, std::string template_name = {}) {
    FaultSpec spec;
    spec.kind = kind;
    spec.bytes = bytes;
    spec.template_name = std::move(template_name);
    MetFaults faults;
    faults.add({1, spec, std::nullopt, std::nullopt});
    return faults;
}

http::Response page() {
    http::Response response;
    response.headers.add("Content-Type", "text/html");
    response.body = issued_page("LAB-CA", 10, BrowserClass::unknown);
    return response;
}

// Both languages come from the same functions, so the translation can be checked to the last byte.
TEST(FaultEffects, GermanPagesAreThoseThatThePagesThemselvesKnow) {
    constexpr auto kGerman = PageLanguage::german;
    const Template entry = test::cisco_ra();
    for (const auto browser : {BrowserClass::unknown, BrowserClass::netscape, BrowserClass::internet_explorer}) {
        EXPECT_EQ(in_german(issued_page("CA", 10, browser)), issued_page("CA", 10, browser, kGerman));
        for (const bool polled : {false, true}) {
            EXPECT_EQ(in_german(pending_page("CA", 10, browser, polled)),
                      pending_page("CA", 10, browser, polled, 10, kGerman));
        }
    }
    const std::string message = "Denied by Policy Module  0x80094800, Error or not or (none). Home";
    EXPECT_EQ(in_german(denied_page("CA", 10, message)), denied_page("CA", 10, message, kGerman));
    EXPECT_EQ(in_german(request_page("CA", {&entry})), request_page("CA", {&entry}, kGerman));
    EXPECT_EQ(in_german(request_page("CA", {})), request_page("CA", {}, kGerman));
    ErrorPage details;
    details.mode = kModeNewRequest;
    EXPECT_EQ(in_german(error_page("CA", details)), error_page("CA", details, kGerman));
    details.disposition = kDispositionError;
    details.disposition_message = "Error Parsing Request";
    details.request_id = 7;
    EXPECT_EQ(in_german(error_page("CA", details)), error_page("CA", details, kGerman));
}

TEST(FaultEffects, AMalformedPageHasNoIdsAndNoEnd) {
    http::Response response = page();
    const std::string whole = response.body;
    spoil(met(FaultKind::malformed_page), "/certsrv/certfnsh.asp", response);
    EXPECT_LT(response.body.size(), whole.size());
    EXPECT_THAT(response.body, Not(HasSubstr("ReqID=10")));
    EXPECT_THAT(response.body, Not(HasSubstr("ID=loc")));
    EXPECT_GT(response.body.rfind('<'), response.body.rfind('>')) << "the last tag is not closed";
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(malformed(""), "");
}

TEST(FaultEffects, WrongContentTypes) {
    http::Response response = page();
    spoil(met(FaultKind::wrong_content_type), "/certsrv/certfnsh.asp", response);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/octet-stream");
    EXPECT_EQ(response.headers.fields().size(), 1U);
    spoil(met(FaultKind::wrong_content_type), "/certsrv/certnew.cer", response);
    EXPECT_EQ(response.headers.get("Content-Type"), "text/plain");
}

TEST(FaultEffects, ATruncatedPkcs7IsHalfOfIt) {
    http::Response response;
    response.body = std::string(101, 'x');
    spoil(met(FaultKind::truncated_pkcs7), "/certsrv/certnew.p7b", response);
    EXPECT_EQ(response.body.size(), 50U);
}

TEST(FaultEffects, EndsOfTheTransfer) {
    http::Response response = page();
    spoil(met(FaultKind::reset), "/certsrv/", response);
    ASSERT_TRUE(response.transfer);
    EXPECT_EQ(response.transfer->end, http::Transfer::End::reset);
    EXPECT_EQ(response.transfer->body_bytes, std::nullopt);
    spoil(met(FaultKind::close, 7), "/certsrv/", response);
    EXPECT_EQ(response.transfer->end, http::Transfer::End::close);
    EXPECT_EQ(response.transfer->body_bytes, 7U);
    spoil(met(FaultKind::delay), "/certsrv/", response);
    EXPECT_EQ(response.transfer->delay, std::chrono::seconds(15));
    EXPECT_EQ(response.transfer->end, http::Transfer::End::normal);
}

TEST(FaultEffects, ForcedVerdicts) {
    const std::string csr = test::phone_request().pem();
    const std::vector<Template> templates{test::cisco_ra()};
    const auto decided = [&](const MetFaults& faults, const char* account) {
        PolicyInput input;
        input.request_text = csr;
        input.attribute_template = std::string("CiscoRA");
        input.account = account;
        Verdict verdict = decide(input, templates, PolicySettings());
        force(forced_verdict(faults), verdict);
        EXPECT_TRUE(verdict.request) << "the request is recorded";
        return verdict;
    };
    EXPECT_EQ(decided(MetFaults(), "ciscora").disposition, Disposition::signing);
    const Verdict pending = decided(met(FaultKind::pending), "ciscora");
    EXPECT_EQ(pending.disposition, Disposition::pending);
    EXPECT_NE(pending.entry, nullptr);
    EXPECT_EQ(decided(met(FaultKind::pending), "guest").disposition, Disposition::denied);
    const Verdict denied = decided(met(FaultKind::denied), "ciscora");
    EXPECT_EQ(denied.disposition, Disposition::denied);
    EXPECT_THAT(denied.message, HasSubstr("Denied by Policy Module  0x80094012, "));
    for (const auto* name : {"", "ciscora"}) {
        const Verdict missing = decided(met(FaultKind::template_missing, 0, name), "ciscora");
        EXPECT_EQ(missing.disposition, Disposition::denied);
        EXPECT_EQ(missing.code, hresult::kUnsupportedTemplate);
        EXPECT_EQ(missing.entry, nullptr);
    }
    EXPECT_EQ(decided(met(FaultKind::template_missing, 0, "WebServer"), "ciscora").disposition, Disposition::signing);
}

TEST(FaultCertificates, AreWrongInOneWayEach) {
    const auto root = test::make_root(test::ca_key(), "LAB-CA");
    const x509::TrustStore trust({root});
    const auto now = std::chrono::system_clock::now();
    const auto made = [&](FaultKind kind) { return make_tls_fault(kind, {root}, test::ca_key(), kHost, now).value(); };
    const auto verdict = [&](FaultKind kind) {
        const FaultCertificate one = made(kind);
        EXPECT_EQ(one.chain.size(), 1U);
        EXPECT_TRUE(one.chain.front().public_key() == one.key.public_key());
        const auto good = trust.verify(one.chain.front());
        return good ? std::string() : good.error().message;
    };
    EXPECT_THAT(verdict(FaultKind::tls_self_signed), HasSubstr("self-signed"));
    EXPECT_THAT(verdict(FaultKind::tls_not_yet_valid), HasSubstr("not yet valid"));
    EXPECT_THAT(verdict(FaultKind::tls_expired), HasSubstr("expired"));
    EXPECT_THAT(verdict(FaultKind::tls_incomplete_chain), HasSubstr("unable to get local issuer"));
    EXPECT_EQ(verdict(FaultKind::tls_wrong_name), "") << "only its name is wrong";
    EXPECT_EQ(made(FaultKind::tls_self_signed).chain.front().common_name(), kHost);
    EXPECT_NE(made(FaultKind::tls_wrong_name).chain.front().common_name(), kHost);
}

TEST(FaultCertificates, AnotherKeyLeavesAllElse) {
    const auto root = test::make_root(test::ca_key(), "LAB-CA");
    const test::TempDir dir;
    const Issuer issuer(test::write_ca(dir));
    const auto now = std::chrono::system_clock::now();
    const auto original = issuer.issue(test::phone_request(), test::cisco_ra(), 7, {"ciscora", "x.test"}, now).value();
    const auto other_key = x509::PrivateKey::generate_ec("P-256");
    const auto& ca = issuer.chain().front();
    const auto wrong = with_another_key(original, other_key.public_key(), ca, *issuer.authority().key).value();
    EXPECT_TRUE(wrong.public_key() == other_key.public_key());
    EXPECT_EQ(wrong.subject_rfc2253(), original.subject_rfc2253());
    EXPECT_EQ(wrong.not_after(), original.not_after());
    EXPECT_NE(wrong.serial_hex(), original.serial_hex());
    EXPECT_TRUE(x509::TrustStore({ca}).verify(wrong));
}

std::string with_faults(const std::string& list) {
    return R"({"tls":{"certificate":"a","private_key":"b"},"host_name":"dc","ca":{"certificate":"c","private_key":"d"},
              "database":"e","log_directory":"f","faults":[)" +
           list + "]}";
}

TEST(FaultConfig, ReadsFaults) {
    const Config config =
        parse_config("x.json", with_faults(R"({"name":"delay","url":"/certsrv","phase":"login","count":2,"seconds":0.5},
                                 {"name":"template-missing","template":"CiscoRA"})"));
    ASSERT_EQ(config.faults.size(), 2U);
    EXPECT_EQ(config.faults[0].kind, FaultKind::delay);
    EXPECT_EQ(config.faults[0].url, "/certsrv");
    EXPECT_EQ(config.faults[0].phase, FaultPhase::login);
    EXPECT_EQ(config.faults[0].count, 2U);
    EXPECT_EQ(config.faults[0].delay, std::chrono::milliseconds(500));
    EXPECT_EQ(config.faults[1].template_name, "CiscoRA");
}

TEST(FaultConfig, NamesEveryProblem) {
    const auto problems = [](const std::string& list) {
        try {
            parse_config("x.json", with_faults(list));
        } catch (const config::ConfigError& error) {
            return std::string(error.what());
        }
        return std::string("(none)");
    };
    EXPECT_THAT(problems(R"({"name":"fire"})"), HasSubstr("/faults/0/name"));
    EXPECT_THAT(problems("{}"), HasSubstr("/faults/0"));
    EXPECT_THAT(problems(R"({"name":"delay","seconds":601})"), HasSubstr("/faults/0/seconds"));
    EXPECT_THAT(problems(R"({"name":"pending","url":"certnew.cer"})"), HasSubstr("means nothing for certnew.cer"));
    std::string many = R"({"name":"delay"})";
    for (std::size_t i = 0; i < ca_faults::kMaxFaults; ++i) many += R"(,{"name":"delay"})";
    EXPECT_THAT(problems(many), HasSubstr("at most 64"));
}

}  // namespace
}  // namespace opencapf::ca_sim
