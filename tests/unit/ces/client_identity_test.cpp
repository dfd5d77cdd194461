// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/client_identity.hpp"

#include "ces/auth/proof_of_possession.hpp"
#include "support/pki.hpp"
#include "unit/ces/request_builder.hpp"

#include <gmock/gmock.h>
#include <openssl/x509_vfy.h>

namespace opencapf::ces {
namespace {

using opencapf::test::CertificateSpec;
using opencapf::test::issue;
using opencapf::test::make_root;
using test::RequestBuilder;

class ClientIdentityTest : public testing::Test {
protected:
    opencapf::test::Issued own_ = make_root("EST CA");
    opencapf::test::Issued maker_ = make_root("Maker");
    x509::TrustStore own_set_{{own_.certificate}};
    x509::TrustStore maker_set_{{maker_.certificate}};
    static MappingRule rule(const std::string& subject, const std::string& account) {
        MappingRule made;
        made.subject = subject;
        made.account = account;
        return made;
    }
};

TEST_F(ClientIdentityTest, S44_TheSetThatVouchesIsKept) {
    const ClientTrust trust{&own_set_, &maker_set_};
    const auto by_own = issue(CertificateSpec{"a"}, own_), by_maker = issue(CertificateSpec{"b"}, maker_);
    EXPECT_EQ(identify_client({by_own.certificate}, trust).trusted_by, TrustedBy::explicit_set);
    EXPECT_EQ(identify_client({by_maker.certificate}, trust).trusted_by, TrustedBy::implicit_set);
    const auto stranger = identify_client({by_maker.certificate}, {&own_set_, nullptr});
    EXPECT_EQ(stranger.trusted_by, TrustedBy::nobody);
    EXPECT_EQ(stranger.problem.code, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    EXPECT_FALSE(identify_client({by_own.certificate}, {}).valid());
}

TEST_F(ClientIdentityTest, S64_OnlyTheExplicitSetMakesAuthorities) {
    CertificateSpec spec{"RA"};
    spec.extended_key_usage = "clientAuth,1.3.6.1.5.5.7.3.28";
    const ClientTrust trust{&own_set_, &maker_set_};
    EXPECT_TRUE(identify_client({issue(spec, own_).certificate}, trust).registration_authority);
    EXPECT_FALSE(identify_client({issue(spec, maker_).certificate}, trust).registration_authority);
}

TEST_F(ClientIdentityTest, IntermediatesOfTheClientHelpAndAnAnchorNeedsNoRoot) {
    CertificateSpec spec{"Issuing"};
    spec.ca = true;
    const auto issuing = issue(spec, own_);
    const auto leaf = issue(CertificateSpec{"a"}, issuing);
    EXPECT_FALSE(identify_client({leaf.certificate}, {&own_set_, nullptr}).valid());
    EXPECT_TRUE(identify_client({leaf.certificate, issuing.certificate}, {&own_set_, nullptr}).valid());
    const x509::TrustStore issuing_only({issuing.certificate});
    EXPECT_TRUE(identify_client({leaf.certificate}, {&issuing_only, nullptr}).valid());
}

TEST_F(ClientIdentityTest, RulesMakeAccounts) {
    const auto phone = issue(CertificateSpec{"SEP1", "sep1.example"}, own_).certificate;
    EXPECT_EQ(account_of(phone, {}), "CN=SEP1");
    EXPECT_EQ(account_of(phone, {rule("CN=X*", "x"), rule("*SEP*", "phone {cn} <{subject}>")}), "phone SEP1 <CN=SEP1>");
    EXPECT_EQ(account_of(phone, {rule("CN=SEP", "x")}), std::nullopt);
    EXPECT_EQ(account_of(phone, {rule("*SEP1", "{cn")}), "{cn");
    auto by_name = rule("*", "{cn}");
    by_name.alternative_name = "DNS:*.example";
    EXPECT_EQ(account_of(phone, {by_name}), std::nullopt);  // a pattern has one star, at an end
    by_name.alternative_name = "*.example";
    EXPECT_EQ(account_of(phone, {by_name}), "SEP1");
    auto by_issuer = rule("*", "y");
    by_issuer.issuer = "CN=Maker";
    EXPECT_EQ(account_of(phone, {by_issuer}), std::nullopt);
    // A name cannot bring a placeholder of its own.
    EXPECT_EQ(account_of(issue(CertificateSpec{"{subject}"}, own_).certificate, {rule("*", "{cn}")}), "{subject}");
}

TEST(PopTest, S61_ComparesBytesAndNotTheirSpelling) {
    const auto key = x509::PrivateKey::generate_ec("P-256");
    const Bytes value{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const auto with = [&key](const std::string& text) {
        return RequestBuilder(key).name("CN", "a").attribute("challengePassword", text).sign();
    };
    EXPECT_EQ(check_pop(with(to_base64(value)), {value, {}}), Pop::valid);
    EXPECT_EQ(check_pop(with(to_base64(value)), {{}, value}), Pop::valid);
    EXPECT_EQ(check_pop(with(to_base64(value)), {{}, {}}), Pop::unbindable);
    EXPECT_EQ(check_pop(with("AAAA"), {value, {}}), Pop::mismatch);
    EXPECT_EQ(check_pop(with("not base64!"), {value, {}}), Pop::mismatch);
    EXPECT_EQ(check_pop(RequestBuilder(key).name("CN", "a").sign(), {value, {}}), Pop::absent);
}

}  // namespace
}  // namespace opencapf::ces
