// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/cmc_request.hpp"
#include "ca_sim/policy.hpp"
#include "ces/upstream/cmc_wrapper.hpp"
#include "opencapf/x509/builder.hpp"
#include "support/pki.hpp"

#include <gmock/gmock.h>
#include <openssl/x509.h>

namespace opencapf::ces {
namespace {

// Certificate Request Agent, as the value of an extended key usage.
const Bytes kAgentUsage{0x30, 0x0c, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x01};

x509::Certificate agent_certificate(const opencapf::test::Issued& root, const x509::PrivateKey& key, bool agent) {
    opencapf::test::CertificateSpec spec;
    spec.common_name = "Enrolment Agent";
    auto plain = make_certificate(spec, key.public_key(), root.key, &root.certificate);
    if (!agent) return plain;
    x509::Handle<X509> copy(X509_dup(plain.native()));
    return *x509::sign_certificate(std::move(copy), {{"2.5.29.37", false, kAgentUsage}}, root.key);
}

/// cesd's wrapper on one side, ca-simd's policy on the other.
class CmcTest : public testing::Test {
protected:
    ca_sim::Verdict decide(const std::string& pem) {
        ca_sim::PolicyInput input;
        input.request_text = pem;
        input.attribute_template = "Jabber";
        input.account = "ciscora";
        ca_sim::PolicySettings settings;
        settings.agents = std::make_shared<const x509::TrustStore>(std::vector{root_.certificate});
        settings.vouched = [](const x509::Certificate&) { return true; };
        return ca_sim::decide(input, templates_, settings);
    }
    x509::CertificateRequest unsigned_request() const {
        const auto info = x509::make_request_info({{"CN", "CSFUSER"}}, key_.public_key().spki_der());
        return *x509::CertificateRequest::from_der(x509::assemble_unsigned_request(*info));
    }

    opencapf::test::Issued root_ = opencapf::test::make_root("Lab Root CA");
    x509::PrivateKey agent_key_ = x509::PrivateKey::generate_ec("P-256");
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP001122334455"}}, key_);
    CmcWrapper wrapper_{{agent_certificate(root_, agent_key_, true), root_.certificate}, agent_key_};
    std::vector<ca_sim::Template> templates_ = [] {
        ca_sim::Template entry;
        entry.name = "Jabber";
        entry.oid = "1.3.6.1.4.1.311.21.8.1.2.9";
        entry.key_algorithm = ca_sim::KeyAlgorithm::any;
        entry.ra_signatures = 1;
        entry.enroll = {"ciscora"};
        return std::vector{entry};
    }();
};

TEST_F(CmcTest, AgentSpeaksForWhoCannotSign) {
    const auto csr = unsigned_request();
    EXPECT_EQ(decide(csr.pem()).disposition, ca_sim::Disposition::denied);
    const auto wrapped = wrapper_.wrap(csr, false, "Jabber");
    ASSERT_TRUE(wrapped) << wrapped.error().message;
    const auto verdict = decide(cmc_pem(*wrapped));
    EXPECT_EQ(verdict.disposition, ca_sim::Disposition::signing) << verdict.message << verdict.detail;
    ASSERT_TRUE(verdict.request);
    EXPECT_EQ(verdict.request->der(), csr.der());
}

TEST_F(CmcTest, S101_SignedRequestGetsTheAuthorisedSignatureAndTheWitness) {
    const auto wrapped = wrapper_.wrap(csr_, true, "Jabber");
    ASSERT_TRUE(wrapped);
    EXPECT_EQ(decide(cmc_pem(*wrapped)).disposition, ca_sim::Disposition::signing);
    const auto decoded = ca_sim::decode_request(cmc_pem(*wrapped));
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->signatures_right);
    EXPECT_TRUE(decoded->proof_witnessed);
    EXPECT_EQ(decoded->template_name, "Jabber");
    ASSERT_EQ(decoded->signers.size(), 1U);
    EXPECT_EQ(decoded->signers[0].common_name(), "Enrolment Agent");
    const auto without = wrapper_.wrap(csr_, false, "Jabber");
    EXPECT_FALSE(ca_sim::decode_request(cmc_pem(*without))->proof_witnessed);
}

TEST_F(CmcTest, ChangedMessageIsRefused) {
    auto wrapped = *wrapper_.wrap(csr_, true, "Jabber");
    wrapped.back() ^= 1;
    EXPECT_EQ(decide(cmc_pem(wrapped)).disposition, ca_sim::Disposition::denied);
}

TEST_F(CmcTest, StrangersSignatureIsRefused) {
    const auto stranger = opencapf::test::make_root("Other CA");
    const CmcWrapper other({agent_certificate(stranger, agent_key_, true)}, agent_key_);
    const auto wrapped = other.wrap(csr_, true, "Jabber");
    ASSERT_TRUE(wrapped);
    EXPECT_EQ(decide(cmc_pem(*wrapped)).disposition, ca_sim::Disposition::denied);
}

TEST_F(CmcTest, CertificateThatMayNotSignForOthersIsRefusedAtStart) {
    EXPECT_THROW(CmcWrapper({agent_certificate(root_, agent_key_, false)}, agent_key_), std::runtime_error);
    EXPECT_THROW(CmcWrapper({agent_certificate(root_, agent_key_, true)}, key_), std::runtime_error);
    EXPECT_THROW(CmcWrapper({}, key_), std::runtime_error);
}

}  // namespace
}  // namespace opencapf::ces
