// SPDX-License-Identifier: Apache-2.0
#include "raw_est.hpp"
#include "unit/ces/request_builder.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>

namespace opencapf::ces {
namespace {

using test::RequestBuilder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ClientCertificates : public RawEst {};

TEST_F(ClientCertificates, S43_AValidOneIsEnoughWhereThePolicySaysSo) {
    start(with_certificates());
    const auto own = client("phone 1");
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body())), 200U);
    EXPECT_EQ(status(nullptr, request("simpleenroll", csr_body())), 401U);
    EXPECT_EQ(status(nullptr, request("simpleenroll", csr_body(), basic())), 200U);
    const auto text = log_text("error.log");
    EXPECT_THAT(text, AllOf(HasSubstr("TLS: client certificate is valid"), HasSubstr("id-kp-cmcRA present: 0"),
                            HasSubstr("TLS: no peer certificate")));
}

TEST_F(ClientCertificates, S47_ByDefaultPasswordsAreNeededAllTheSame) {
    start();
    const auto own = client("phone 1");
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body())), 401U);
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body(), basic())), 200U);
}

TEST_F(ClientCertificates, S47_MayBeDemandedBesidesThePassword) {
    Config settings = config();
    settings.est.base.require_certificate = true;
    start(std::move(settings));
    const auto own = client("phone 1");
    EXPECT_EQ(status(nullptr, request("simpleenroll", csr_body(), basic())), 403U);
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body())), 401U);
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body(), basic())), 200U);
}

TEST_F(ClientCertificates, CertificateOnlyLabelsHaveNoChallenge) {
    Config settings = config();
    settings.est.base.auth = {AuthWay::client_certificate};
    start(std::move(settings));
    const auto answer = ask(nullptr, request("simpleenroll", csr_body(), basic()));
    EXPECT_EQ(status_of(answer), 403U);
    EXPECT_THAT(answer, AllOf(HasSubstr("TLS client certificate"), Not(HasSubstr("WWW-Authenticate"))));
}

TEST_F(ClientCertificates, S52_AWorthlessOneIs401EvenWithAPasswordAndIgnoredForReaders) {
    start(with_certificates());
    const auto stranger = test::make_self_signed(Spec{"stranger"});
    EXPECT_EQ(status(&stranger, request("simpleenroll", csr_body(), basic())), 401U);
    EXPECT_EQ(status(&stranger, "GET /.well-known/est/cacerts HTTP/1.1\r\nHost: a\r\n\r\n"), 200U);
    EXPECT_EQ(status(&stranger, "GET /.well-known/est/csrattrs HTTP/1.1\r\nHost: a\r\n\r\n"), 204U);
    EXPECT_TRUE(ca_->take_log().empty());
    EXPECT_THAT(log_text("error.log"), HasSubstr("TLS: client certificate not verified (v_result=18)"));
}

TEST_F(ClientCertificates, S43_PurposeAndDatesCount) {
    start(with_certificates());
    const auto server_only = client("web", "serverAuth");
    EXPECT_EQ(status(&server_only, request("simpleenroll", csr_body(), basic())), 401U);
    Spec spec{"old"};
    spec.days_from = -10;
    spec.days = 5;
    const auto expired = test::issue(spec, pki_.root);
    EXPECT_EQ(status(&expired, request("simpleenroll", csr_body(), basic())), 401U);
}

TEST_F(ClientCertificates, S44_ThirdPartiesMayEnrolAndNotReenrol) {
    const auto maker = test::make_root("Phone maker");
    write_file_atomically(dir_.file("maker.pem"), maker.certificate.pem());
    Config settings = with_certificates();
    settings.est.base.implicit_trust = dir_.file("maker.pem");
    start(std::move(settings));
    Spec spec{"SEP001122334455"};
    const auto phone = test::issue(spec, maker);
    EXPECT_EQ(status(&phone, request("simpleenroll", csr_body())), 200U);
    const auto answer = ask(&phone, request("simplereenroll", csr_body()));
    EXPECT_EQ(status_of(answer), 403U);
    EXPECT_THAT(answer, HasSubstr("not one of this CA"));
    EXPECT_THAT(read_file(dir_.file("error.log")), Not(HasSubstr("x509")));
}

TEST_F(ClientCertificates, S44_ImplicitTrustIsOffUnlessConfigured) {
    const auto maker = test::make_root("Phone maker");
    start(with_certificates());
    const auto phone = test::issue(Spec{"SEP001122334455"}, maker);
    EXPECT_EQ(status(&phone, request("simpleenroll", csr_body())), 401U);
}

TEST_F(ClientCertificates, S71_RenewalNeedsTheNamesOfTheOldCertificate) {
    start(with_certificates());
    const auto own = client("SEP001122334455");
    EXPECT_EQ(status(&own, request("simplereenroll", csr_body())), 200U);
    const auto other = client("SEP00AABBCCDDEE");
    const auto answer = ask(&other, request("simplereenroll", csr_body()));
    EXPECT_EQ(status_of(answer), 403U);
    EXPECT_THAT(answer, HasSubstr("The subject of the request"));
    const auto named = client("SEP001122334455", "clientAuth", "phone.example");
    EXPECT_THAT(ask(&named, request("simplereenroll", csr_body())), HasSubstr("The subjectAltName of the request"));
    const auto same =
        RequestBuilder(key_).name("CN", "SEP001122334455").extension(NID_subject_alt_name, "DNS:phone.example").sign();
    EXPECT_EQ(status(&named, request("simplereenroll", est::encode_body(same.der()))), 200U);
    EXPECT_EQ(status(nullptr, request("simplereenroll", csr_body(), basic())), 403U);
}

TEST_F(ClientCertificates, S72_ChangeSubjectNameIsRefusedUnlessAllowed) {
    const auto csr = RequestBuilder(key_).name("CN", "SEP001122334455").attribute("1.3.6.1.5.5.7.7.36", "x").sign();
    const auto body = est::encode_body(csr.der());
    start(with_certificates());
    const auto own = client("SEP001122334455");
    EXPECT_EQ(status(&own, request("simplereenroll", body)), 403U);
    EXPECT_EQ(status(&own, request("simpleenroll", body)), 403U);
    stop();
    Config settings = with_certificates();
    settings.est.base.reenroll.allow_name_change = true;
    start(std::move(settings));
    EXPECT_EQ(status(&own, request("simplereenroll", body)), 200U);
}

TEST_F(ClientCertificates, S73_TheSameKeyMayBeForbidden) {
    const auto own = client("SEP001122334455");
    const auto same_key = est::encode_body(x509::make_request({{"CN", "SEP001122334455"}}, own.key).der());
    start(with_certificates());
    EXPECT_EQ(status(&own, request("simplereenroll", same_key)), 200U);
    stop();
    Config settings = with_certificates();
    settings.est.base.reenroll.allow_same_key = false;
    start(std::move(settings));
    EXPECT_EQ(status(&own, request("simplereenroll", same_key)), 403U);
    EXPECT_EQ(status(&own, request("simplereenroll", csr_body())), 200U);
}

TEST_F(ClientCertificates, S74_ARegistrationAuthorityRenewsForOthers) {
    Config settings = with_certificates();
    settings.est.base.reenroll.registration_authorities = {"lab\\CISCORA"};
    start(std::move(settings));
    EXPECT_EQ(status(nullptr, request("simplereenroll", csr_body(), basic())), 200U);
    const auto authority = client("RA", "clientAuth,1.3.6.1.5.5.7.3.28");
    EXPECT_EQ(status(&authority, request("simplereenroll", csr_body())), 200U);
    EXPECT_THAT(log_text("error.log"), HasSubstr("id-kp-cmcRA present: 1"));
}

TEST_F(ClientCertificates, S100_MappedAccountsAndTheirLimits) {
    Config settings = with_certificates();
    MappingRule rule;
    rule.subject = "CN=phone*";
    rule.issuer = "*Lab Root CA*";
    rule.account = "mapped/{cn}";
    settings.est.base.mapping = {rule};
    settings.est.base.accounts = {"MAPPED/phone 1"};
    settings.logs.access_log = dir_.file("access.log");
    start(std::move(settings));
    const auto first = client("phone 1"), second = client("phone 2"), other = client("laptop");
    EXPECT_EQ(status(&first, request("simpleenroll", csr_body())), 200U);
    EXPECT_EQ(status(&second, request("simpleenroll", csr_body())), 401U);
    EXPECT_EQ(status(&other, request("simpleenroll", csr_body())), 401U);  // no rule: a password would do
    stop();
    EXPECT_THAT(read_file(dir_.file("access.log")), HasSubstr("mapped/phone\\x201"));
}

TEST_F(ClientCertificates, S50_RevokedOnesAreRefusedOnceTheListIsRead) {
    const auto own = client("phone 1");
    const auto write_list = [this](const x509::Certificate* revoked, long days) {
        X509_CRL* list = X509_CRL_new();
        X509_CRL_set_version(list, X509_CRL_VERSION_2);
        X509_CRL_set_issuer_name(list, X509_get_subject_name(pki_.root.certificate.native()));
        ASN1_TIME* now = X509_gmtime_adj(nullptr, -3600);
        X509_CRL_set1_lastUpdate(list, now);
        ASN1_TIME* next = X509_gmtime_adj(nullptr, 86'400 * days);
        X509_CRL_set1_nextUpdate(list, next);
        if (revoked != nullptr) {
            X509_REVOKED* entry = X509_REVOKED_new();
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->native()));
            X509_REVOKED_set_revocationDate(entry, now);
            X509_CRL_add0_revoked(list, entry);
        }
        X509_CRL_sign(list, pki_.root.key.native(), EVP_sha256());
        const x509::Handle<BIO> bio(BIO_new(BIO_s_mem()));
        PEM_write_bio_X509_CRL(bio.get(), list);
        char* text = nullptr;
        const long size = BIO_get_mem_data(bio.get(), &text);
        write_file_atomically(dir_.file("list.crl"), std::string_view(text, static_cast<std::size_t>(size)));
        ASN1_TIME_free(now);
        ASN1_TIME_free(next);
        X509_CRL_free(list);
    };
    write_list(nullptr, 1);
    Config settings = with_certificates();
    settings.est.crl = {dir_.file("list.crl"), x509::RevocationCheck::hard, net::Duration(50)};
    start(settings);
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body())), 200U);
    write_list(&own.certificate, 1);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    unsigned last = 0;
    while (last != 401U && std::chrono::steady_clock::now() < deadline)
        last = status(&own, request("simpleenroll", csr_body()));
    EXPECT_EQ(last, 401U);
    const auto other = client("phone 2");
    EXPECT_EQ(status(&other, request("simpleenroll", csr_body())), 200U);
    stop();

    write_list(nullptr, -1 + 0);  // out of date
    settings.est.crl.refresh = net::Duration(60'000);
    start(settings);
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body())), 401U);
    stop();
    settings.est.crl.check = x509::RevocationCheck::soft;
    start(settings);
    EXPECT_EQ(status(&own, request("simpleenroll", csr_body())), 200U);
}

}  // namespace
}  // namespace opencapf::ces
