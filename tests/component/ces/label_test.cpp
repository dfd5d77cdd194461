// SPDX-License-Identifier: Apache-2.0
#include "cesd_fixture.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// cesd with labels and everything that a label can change.
class Labels : public CesdTest {
protected:
    static ProfileConfig label(const std::string& name) {
        ProfileConfig profile;
        profile.label = name;
        return profile;
    }
    http::ClientResponse post_to(const std::string& path, const std::string& body,
                                 const std::string& password = "secret") {
        http::ClientRequest request;
        request.method = "POST";
        request.url = "/.well-known/est/" + path;
        request.headers.add("Content-Type", "application/pkcs10");
        request.body = body;
        return send(std::move(request), password);
    }
    std::string csr_body() const { return est::encode_body(csr_.der()); }
};

TEST_F(Labels, S02_EachLabelHasItsTemplate) {
    Config settings = config();
    settings.est.labels = {label("phones")};
    settings.est.labels[0].template_name = "PhoneTemplate";
    ca_->set([](test::CaScript& script) { script.templates = "PhoneTemplate"; });
    start(std::move(settings));
    EXPECT_EQ(get("/.well-known/est/phones/cacerts").status, 200U);
    EXPECT_EQ(get("/.well-known/est/others/cacerts").status, 404U);
    EXPECT_EQ(get("/.well-known/est/simpleenroll/cacerts").status, 404U);
    EXPECT_EQ(post_to("phones/simpleenroll", csr_body()).status, 200U);
    EXPECT_EQ(ca_->script.forms.front(), "CertificateTemplate:PhoneTemplate\r\n");
    EXPECT_EQ(post_to("simpleenroll", csr_body()).status, 401U);  // the base's template is not on offer
}

TEST_F(Labels, AccountsOfALabelAreItsOwn) {
    Config settings = config();
    settings.est.labels = {label("closed")};
    settings.est.labels[0].accounts = {"LAB\\somebody"};
    start(std::move(settings));
    EXPECT_EQ(post_to("closed/simpleenroll", csr_body()).status, 401U);
    EXPECT_TRUE(ca_->take_log().empty());
    EXPECT_EQ(post_to("simpleenroll", csr_body()).status, 200U);
}

TEST_F(Labels, S19_WrapIsTheLabels) {
    Config settings = config();
    settings.est.labels = {label("flat")};
    settings.est.labels[0].wrap = est::Wrap::one_line;
    start(std::move(settings));
    const auto wrapped = get("/.well-known/est/cacerts").body;
    const auto flat = get("/.well-known/est/flat/cacerts").body;
    EXPECT_EQ(wrapped.find('\n'), 64U);
    EXPECT_EQ(flat.find('\n'), flat.size() - 1);
    EXPECT_THAT(wrapped, Not(HasSubstr("\r")));
    EXPECT_EQ(from_base64(wrapped), from_base64(flat));
}

TEST_F(Labels, S80_CsrattrsAreTheLabels) {
    Config settings = config();
    settings.est.labels = {label("asking")};
    settings.est.labels[0].csrattrs.oids = {"1.2.840.113549.1.9.7"};
    start(std::move(settings));
    EXPECT_EQ(get("/.well-known/est/csrattrs").status, 204U);
    const auto answer = get("/.well-known/est/asking/csrattrs");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/csrattrs");
    EXPECT_EQ(answer.body, "MAsGCSqGSIb3DQEJBw==\n");  // S85: no trailing blank
}

TEST_F(Labels, S86_EnforcementIs400BeforeTheCa) {
    Config settings = config();
    settings.est.base.csrattrs.oids = {"1.2.840.113549.1.9.7"};
    settings.est.base.csrattrs.enforce = true;
    start(std::move(settings));
    const auto answer = post_to("simpleenroll", csr_body());
    EXPECT_EQ(answer.status, 400U);
    EXPECT_THAT(answer.body, HasSubstr("1.2.840.113549.1.9.7"));
    EXPECT_TRUE(ca_->take_log().empty());
}

TEST_F(Labels, S06_FullcmcAndServerkeygenAreNotOfferedUnlessAskedFor) {
    start();
    EXPECT_EQ(post_to("fullcmc", "AAAA").status, 501U);
    EXPECT_EQ(post_to("serverkeygen", csr_body()).status, 501U);
    EXPECT_TRUE(ca_->take_log().empty());
}

TEST_F(Labels, S90_ServerKeygenSendsKeyAndCertificate) {
    Config settings = config();
    settings.est.labels = {label("keys")};
    settings.est.labels[0].keygen = {true, "P-256"};
    start(std::move(settings));
    Bytes broken = csr_.der();
    broken.back() ^= 1;  // the signature means nothing here
    const auto answer = post_to("keys/serverkeygen", est::encode_body(broken));
    ASSERT_EQ(answer.status, 200U) << answer.body;
    ASSERT_THAT(std::string(answer.headers.get("Content-Type")), StartsWith("multipart/mixed; boundary="));
    const auto part = [&answer](const std::string& head) {
        const auto at = answer.body.find(head + "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
        const auto from = answer.body.find("\r\n\r\n", at) + 4;
        return from_base64(answer.body.substr(from, answer.body.find("\r\n--", from) - from)).value_or(Bytes());
    };
    const auto key = x509::PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n" +
                                                to_base64(part("Content-Type: application/pkcs8"), 64) +
                                                "-----END PRIVATE KEY-----\n");
    ASSERT_TRUE(key);
    const auto bag = x509::read_certs_only(part("Content-Type: application/pkcs7-mime; smime-type=certs-only"));
    ASSERT_TRUE(bag && bag->size() == 1);
    EXPECT_TRUE(bag->front().public_key() == key->public_key());
    EXPECT_EQ(bag->front().common_name(), "SEP001122334455");
    EXPECT_FALSE(key->public_key() == key_.public_key());
}

TEST_F(Labels, S90_NoKeyForAStranger) {
    Config settings = config();
    settings.est.base.keygen = {true, "P-256"};
    start(std::move(settings));
    EXPECT_EQ(post_to("serverkeygen", csr_body(), "wrong").status, 401U);
    EXPECT_EQ(post_to("serverkeygen", csr_body(), "").status, 401U);
    EXPECT_THAT(ca_->take_log(), Not(Contains(HasSubstr("certfnsh"))));
}

TEST_F(Labels, S90_AKeyCannotWaitForTheCa) {
    Config settings = config();
    settings.est.base.keygen = {true, "P-256"};
    start(std::move(settings));
    ca_->set([](test::CaScript& script) { script.mode = test::CaScript::Mode::pend; });
    const auto answer = post_to("serverkeygen", csr_body());
    EXPECT_EQ(answer.status, 403U);
    EXPECT_THAT(answer.body, HasSubstr("cannot wait"));
}

}  // namespace
}  // namespace opencapf::ces
