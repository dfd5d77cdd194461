// SPDX-License-Identifier: Apache-2.0
#include "raw_est.hpp"
#include "unit/ces/request_builder.hpp"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

namespace opencapf::ces {
namespace {

using test::RequestBuilder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Proof of possession that is tied to the TLS session.
class Pop : public RawEst {
protected:
    std::string tied(const Bytes& binding, const char* attribute = "challengePassword") {
        const auto csr =
            RequestBuilder(key_).name("CN", "SEP001122334455").attribute(attribute, to_base64(binding)).sign();
        return est::encode_body(csr.der());
    }
    static Peer::Options up_to(int version) {
        Peer::Options options;
        options.maximum_version = version;
        return options;
    }
    std::string send_tied(Peer& peer, const std::string& body, const std::string& more = basic()) {
        peer.send(request("simpleenroll", body, more));
        return peer.read_answer();
    }
    Config demanding() {
        Config settings = with_certificates();
        settings.est.base.pop_enabled = true;
        return settings;
    }
};

TEST_F(Pop, S61_TlsUniqueOfThisSessionIsTaken) {
    start(demanding());
    Peer peer(cesd_->port(), up_to(TLS1_2_VERSION));
    EXPECT_EQ(status_of(send_tied(peer, tied(peer.tls_unique()))), 200U);
    EXPECT_THAT(log_text("error.log"), HasSubstr("PoP is valid"));
}

TEST_F(Pop, S61_PopMismatchIs401AndTheCaHearsNothing) {
    start(demanding());
    Peer first(cesd_->port(), up_to(TLS1_2_VERSION));
    Peer second(cesd_->port(), up_to(TLS1_2_VERSION));
    const auto answer = send_tied(second, tied(first.tls_unique()));
    EXPECT_EQ(status_of(answer), 401U);
    EXPECT_THAT(answer, HasSubstr("not that of this TLS session"));
    EXPECT_TRUE(ca_->take_log().empty());
    EXPECT_THAT(log_text("error.log"),
                AllOf(HasSubstr("PoP is not valid"), HasSubstr("rc=23 (EST_ERR_AUTH_FAIL_TLSUID)"),
                      Not(HasSubstr("HTTP authentication failed"))));
}

TEST_F(Pop, S62_DemandedAndAbsentIs401) {
    start(demanding());
    EXPECT_EQ(status(nullptr, request("simpleenroll", csr_body(), basic())), 401U);
    EXPECT_EQ(get("/.well-known/est/csrattrs").body, "MAsGCSqGSIb3DQEJBw==\n");
    EXPECT_THAT(log_text("error.log"), AllOf(HasSubstr("Cert request does not contain PoP challengePassword attribute"),
                                             HasSubstr("PoP enabled, CSR was not authenticated")));
}

TEST_F(Pop, S63_OffByDefaultWithOneWarningButAPresentValueIsChecked) {
    start();
    EXPECT_THAT(log_now("nginx.txt"), HasSubstr("pop_enabled off in nginx.conf. Disabling EST Proof of Possession"));
    EXPECT_EQ(status(nullptr, request("simpleenroll", csr_body(), basic())), 200U);
    EXPECT_EQ(status(nullptr, request("simpleenroll", tied(Bytes{1, 2, 3}), basic())), 401U);
}

TEST_F(Pop, S66_TheCheckOfAPresentValueCanBeSwitchedOff) {
    Config settings = config();
    settings.est.base.pop_check_present = false;
    start(std::move(settings));
    EXPECT_EQ(status(nullptr, request("simpleenroll", tied(Bytes{1, 2, 3}), basic())), 200U);
}

TEST_F(Pop, S66_EstIdentityLinkingCountsBeforeChallengePassword) {
    start(demanding());
    Peer peer(cesd_->port(), up_to(TLS1_2_VERSION));
    const auto csr = RequestBuilder(key_)
                         .name("CN", "SEP001122334455")
                         .attribute("challengePassword", "of the CA")
                         .attribute("1.2.840.113549.1.9.16.2.58", to_base64(peer.tls_unique()))
                         .sign();
    EXPECT_EQ(status_of(send_tied(peer, est::encode_body(csr.der()))), 200U);
}

TEST_F(Pop, S64_ARegistrationAuthorityIsExempt) {
    start(demanding());
    const auto authority = client("RA", "clientAuth,1.3.6.1.5.5.7.3.28");
    const auto plain = client("no RA");
    EXPECT_EQ(status(&authority, request("simpleenroll", csr_body())), 200U);
    EXPECT_EQ(status(&plain, request("simpleenroll", csr_body())), 401U);
}

TEST_F(Pop, S65_DemandingItCapsTlsAt12UnlessToldNotTo) {
    Config settings = demanding();
    start(settings);
    EXPECT_EQ(Peer(cesd_->port()).version(), "TLSv1.2");
    stop();
    settings.est.pop_caps_tls = false;
    start(settings);
    Peer peer(cesd_->port());
    ASSERT_EQ(peer.version(), "TLSv1.3");
    EXPECT_EQ(status_of(send_tied(peer, tied(peer.tls_exporter()))), 200U);
    Peer other(cesd_->port());
    EXPECT_EQ(status_of(send_tied(other, tied(peer.tls_exporter()))), 401U);
}

TEST_F(Pop, S67_AResumedSessionHasItsOwnValue) {
    start(demanding());
    auto options = up_to(TLS1_2_VERSION);
    Peer first(cesd_->port(), options);
    const auto old = first.tls_unique();
    const auto session = first.session();
    options.resume = session.get();
    Peer second(cesd_->port(), options);
    ASSERT_TRUE(second.resumed());
    EXPECT_EQ(status_of(send_tied(second, tied(second.tls_unique()))), 200U);
    Peer third(cesd_->port(), options);
    EXPECT_EQ(status_of(send_tied(third, tied(old))), 401U);
}

TEST_F(Pop, S67_ExtendedMasterSecretIsNeeded) {
    start(demanding());
    auto options = up_to(TLS1_2_VERSION);
    options.extended_master_secret = false;
    Peer peer(cesd_->port(), options);
    const auto answer = send_tied(peer, tied(peer.tls_unique()));
    EXPECT_EQ(status_of(answer), 401U);
    EXPECT_THAT(answer, HasSubstr("extended master secret"));
}

}  // namespace
}  // namespace opencapf::ces
