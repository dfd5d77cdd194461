// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "running_capf.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(CapfIssuer, SignsWithTheCapfCertificate) {
    RunningCapf capf(let_capf_sign);
    capf.arm("SEP1");
    const auto result = capf.call("SEP1");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.lsc->subject_rfc2253(), "CN=CP-8865-SEP1");
    EXPECT_EQ(result.session.lsc->issuer_rfc2253(), "CN=CAPF-12345678");
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
    const Json lsc = capf.device("SEP1")["lsc"];
    EXPECT_EQ(lsc["issuer"], "CN=CAPF-12345678");
    EXPECT_EQ(lsc["issuer_valid_until"], lsc["valid_until"]);  // 1825 days are cut at the issuer's end
    EXPECT_THAT(capf.seen().requests, IsEmpty());
    const std::string trace = capf.trace();
    EXPECT_THAT(trace, HasSubstr("Certificate Generation Method=CAPF"));
    EXPECT_THAT(trace, HasSubstr("1:SEP1:CA Mode is CAPF, signing the device certificate"));
    EXPECT_THAT(trace, HasSubstr("1:SEP1:Cert Signing successful, serial "));
    EXPECT_THAT(trace, Not(HasSubstr("EST")));
}

TEST(CapfIssuer, LabsShortenTheValidityToSeconds) {
    RunningCapf capf([](Config& config) {
        let_capf_sign(config);
        config.service.lab_validity = net::Duration(90'000);
    });
    capf.arm("SEP1");
    const auto result = capf.call("SEP1");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.lsc->not_after() - result.session.lsc->not_before(), std::chrono::seconds(90));
}

TEST(CapfIssuer, DoesNotStartWithACertificateThatMayNotSign) {
    const auto use_the_servers = [](Config& config) { config.service.certificate_issuer = CertificateIssuer::capf; };
    try {
        RunningCapf capf(use_the_servers);
        FAIL() << "it started";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("server.pem: may not sign certificates"));
    }
}

void ask_est_directly(Config& config) {
    config.service.online_ca_type = OnlineCaType::est;
    config.service.online_ca_hostname = "localhost";
    config.service.online_ca_port = config.est.port;
    config.service.enrollment_profile_label = "phones";
    config.est.host = "nowhere.example.test";
    config.est.port = 1;
}

TEST(EstSupportedCa, C13_IsAskedUnderItsLabelAndRenewsTheSameSubject) {
    RunningCapf capf(ask_est_directly);
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    EXPECT_THAT(capf.seen().requests, ElementsAre("POST /.well-known/est/phones/simpleenroll 401",
                                                  "POST /.well-known/est/phones/simpleenroll 200",
                                                  "POST /.well-known/est/phones/simplereenroll 401",
                                                  "POST /.well-known/est/phones/simplereenroll 200"));
    const auto ids = capf.seen().ids;
    EXPECT_THAT(ids, testing::Each(testing::ContainsRegex("^[12]-SEP1-[0-9a-f]{8}$")));
    ASSERT_EQ(4U, ids.size());
    EXPECT_EQ(ids[0], ids[1]) << "the anonymous request and its repetition";
    EXPECT_NE(ids[0].substr(0, 2), ids[2].substr(0, 2)) << "the session's number";
    const std::string trace = capf.trace();
    EXPECT_THAT(trace, HasSubstr("Certificate Generation Method=OnlineCA:4"));
    EXPECT_THAT(trace, HasSubstr("Certificate Enrollment Profile Label is phones"));
    EXPECT_THAT(trace, Not(HasSubstr("nginx")));
}

TEST(EstSupportedCa, ARefusedRenewalBecomesAnEnrolment) {
    RunningCapf capf(ask_est_directly);
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    capf.arm("SEP1");
    capf.script([](EstScript& s) { s.renewal_status = 404; });
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    const auto requests = capf.seen().requests;
    EXPECT_EQ(requests.at(3), "POST /.well-known/est/phones/simplereenroll 404");
    EXPECT_EQ(requests.back(), "POST /.well-known/est/phones/simpleenroll 200");
    EXPECT_THAT(capf.trace(), HasSubstr("(EST_ERR_HTTP_NOT_FOUND)"));
    // Not after a 401, which is about the account, nor when the CA is down.
    for (const unsigned status : {401U, 503U}) {
        capf.arm("SEP1");
        capf.script([status](EstScript& s) { s.renewal_status = status; });
        EXPECT_NE(capf.call("SEP1").session.outcome, Outcome::done);
        EXPECT_THAT(capf.seen().requests.back(), HasSubstr("simplereenroll " + std::to_string(status)));
    }
}

TEST(EstSupportedCa, C15_C16_ARequestThatWaitsIsTracedAndCollectedLater) {
    RunningCapf capf(ask_est_directly);
    capf.arm("SEP1");
    capf.script([](EstScript& s) {
        s.status = 202;
        s.retry_after = "3600";
    });
    EXPECT_EQ(capf.call("SEP1").session.outcome, Outcome::no_change);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(2, 2));
    const std::size_t asked = capf.seen().requests.size();
    EXPECT_EQ(capf.call("SEP1").session.outcome, Outcome::no_change);
    EXPECT_EQ(capf.seen().requests.size(), asked);  // an hour has not passed
    EXPECT_THAT(capf.trace(), HasSubstr("1:SEP1:the request is pending at the CA; ask again in 3600 s"));

    capf.admin({{"command", "csr.delete"}, {"names", {"SEP1"}}});
    capf.script([](EstScript& s) { s.retry_after = "0"; });
    EXPECT_EQ(capf.call("SEP1").session.outcome, Outcome::no_change);
    const auto csr = capf.admin({{"command", "csr.dump"}})["requests"][0]["pem"].get<std::string>();
    capf.script([](EstScript& s) { s.status = 200; });
    const auto result = capf.call("SEP1");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(capf.seen().csr->pem(), csr);  // the same request again
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
    EXPECT_EQ(capf.admin({{"command", "csr.count"}})["requests"], 0);
}

TEST(EstSupportedCa, ARefusalAfterWaitingEndsTheOperation) {
    RunningCapf capf(ask_est_directly);
    capf.arm("SEP1");
    capf.script([](EstScript& s) {
        s.status = 202;
        s.retry_after = "0";
    });
    EXPECT_EQ(capf.call("SEP1").session.outcome, Outcome::no_change);
    capf.script([](EstScript& s) { s.status = 403; });
    EXPECT_NE(capf.call("SEP1").session.outcome, Outcome::done);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 16));
    EXPECT_EQ(capf.admin({{"command", "csr.count"}})["requests"], 0);
}

/// A request of an earlier session, and what an administrator with a CA does about it.
class OfflineCaTest : public ::testing::Test {
protected:
    OfflineCaTest() {
        capf_.arm("SEP1");
        EXPECT_EQ(capf_.call("SEP1").session.outcome, Outcome::no_change);
    }
    x509::PublicKey waiting_key() {
        const Json dumped = capf_.admin({{"command", "csr.dump"}});
        const auto csr = x509::CertificateRequest::from_text(dumped["requests"].at(0)["pem"].get<std::string>());
        EXPECT_TRUE(csr->verify_signature());
        return csr->public_key();
    }
    x509::Certificate sign(const x509::PublicKey& key, opencapf::test::CertificateSpec spec = {}) {
        spec.common_name = "CP-8865-SEP1";
        return make_certificate(spec, key, capf_.pki.root.key, &capf_.pki.root.certificate);
    }
    Json import(const Bytes& der, const std::string& name = "SEP1") {
        return capf_.admin({{"command", "cert.import"}, {"name", name}, {"der_base64", to_base64(der)}});
    }
    std::string refusal(const Bytes& der, const std::string& name = "SEP1") {
        const Json answer = import(der, name);
        return answer["ok"].get<bool>() ? "taken" : answer["error"]["message"].get<std::string>();
    }

    RunningCapf capf_{[](Config& config) { config.service.certificate_issuer = CertificateIssuer::offline; }};
};

TEST_F(OfflineCaTest, TheNextSessionDeliversWhatWasImported) {
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 2));
    const Json listed = capf_.admin({{"command", "csr.list"}});
    EXPECT_EQ(listed["requests"][0]["waiting_for"], "offline");
    EXPECT_EQ(listed["requests"][0]["certificate_imported"], false);
    EXPECT_EQ(capf_.call("SEP1").session.outcome, Outcome::no_change);  // nothing yet, and no new key
    const auto certificate = sign(waiting_key());
    EXPECT_EQ(import(certificate.der(), "sep1")["device"], "SEP1");
    EXPECT_EQ(import(certificate.der())["ok"], true);  // again is fine
    EXPECT_EQ(capf_.admin({{"command", "csr.list"}})["requests"][0]["certificate_imported"], true);
    capf_.stop();
    capf_.start();
    const auto result = capf_.call("SEP1");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.lsc->pem(), certificate.pem());
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(1, 3));
    EXPECT_EQ(capf_.admin({{"command", "csr.count"}})["requests"], 0);
    EXPECT_EQ(import(certificate.der())["ok"], true);  // an import repeated after the phone came changes nothing
    EXPECT_THAT(capf_.trace(), HasSubstr("1:SEP1:CA Mode is OfflineCA, CSR waits at "));
}

TEST_F(OfflineCaTest, RefusesWhatIsNotTheAnswer) {
    const auto other = x509::PrivateKey::generate_ec("P-256").public_key();
    const auto key = waiting_key();
    EXPECT_THAT(refusal(sign(other).der()), HasSubstr("for another key"));
    EXPECT_THAT(refusal({1, 2, 3}), Not(HasSubstr("taken")));
    EXPECT_THAT(refusal(sign(key, {.common_name = "", .days_from = -9, .days = 1}).der()), HasSubstr("expired"));
    EXPECT_THAT(refusal(sign(key, {.common_name = "", .days_from = 9}).der()), HasSubstr("not valid yet"));
    EXPECT_THAT(refusal(sign(key, {.common_name = "", .ca = true}).der()), HasSubstr("certificate of a CA"));
    EXPECT_THAT(refusal(sign(key).der(), "SEP2"), HasSubstr("no such device"));
    EXPECT_THAT(refusal(sign(key).der(), "../SEP1"), HasSubstr("no device name"));
    EXPECT_EQ(capf_.call("SEP1").session.outcome, Outcome::no_change);
    EXPECT_EQ(refusal(sign(key).der()), "taken");
}

TEST_F(OfflineCaTest, AnotherKeyIsArmedForMeanwhile) {
    const auto key = waiting_key();
    import(sign(key).der());
    capf_.arm("SEP1", {{"key_order", "ec"}});
    EXPECT_EQ(capf_.call("SEP1").session.outcome, Outcome::no_change);
    EXPECT_EQ(waiting_key().curve(), "P-256");
    EXPECT_EQ(capf_.admin({{"command", "csr.list"}})["requests"][0]["certificate_imported"], false);
}

// kill -9 between the commit and the removal of the request: the next operation is a new one.
TEST_F(OfflineCaTest, ARequestThatWasAnsweredIsNoRequest) {
    const auto key = waiting_key();
    import(sign(key).der());
    const std::string csr = read_file(capf_.dir.file("spool/csr/SEP1.csr"));
    const std::string mark = read_file(capf_.dir.file("spool/csr/SEP1.waiting"));
    ASSERT_EQ(capf_.call("SEP1").session.outcome, Outcome::done);
    write_file_atomically(capf_.dir.file("spool/csr/SEP1.csr"), csr);
    write_file_atomically(capf_.dir.file("spool/csr/SEP1.waiting"), mark);
    capf_.arm("SEP1");
    EXPECT_EQ(capf_.call("SEP1").session.outcome, Outcome::no_change);
    EXPECT_FALSE(waiting_key() == key);
}

TEST_F(OfflineCaTest, RequestsComeInPages) {
    for (const auto* name : {"SEP2", "SEP3"}) {
        capf_.arm(name);
        capf_.call(name);
    }
    std::filesystem::remove(capf_.dir.file("spool/csr/SEP2.waiting"));
    const Json first = capf_.admin({{"command", "csr.list"}, {"limit", 2}});
    EXPECT_EQ(first["requests"].size(), 2U);
    EXPECT_EQ(first["requests"][1]["device"], "SEP2");
    EXPECT_TRUE(first["requests"][1]["waiting_for"].is_null());
    EXPECT_EQ(first["more"], true);
    const Json rest = capf_.admin({{"command", "csr.dump"}, {"after", "SEP2"}});
    EXPECT_EQ(rest["requests"].size(), 1U);
    EXPECT_EQ(rest["last"], "SEP3");
    EXPECT_EQ(rest["more"], false);
    const Json waiting = capf_.admin({{"command", "csr.list"}, {"waiting", true}});
    EXPECT_EQ(waiting["requests"].size(), 2U);
    EXPECT_EQ(capf_.admin({{"command", "csr.count"}})["waiting"], 2);
}

TEST_F(OfflineCaTest, ADeletedRequestMakesThePhoneStartAnew) {
    const auto key = waiting_key();
    EXPECT_EQ(capf_.admin({{"command", "csr.delete"}, {"all", true}})["deleted"], 1);
    EXPECT_THAT(refusal(sign(key).der()), HasSubstr("no request of this device waits"));
    EXPECT_EQ(capf_.call("SEP1").session.outcome, Outcome::no_change);
    EXPECT_FALSE(waiting_key() == key);
}

}  // namespace
}  // namespace opencapf::capf::test
