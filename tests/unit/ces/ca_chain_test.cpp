// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/ca_chain.hpp"

#include "support/pki.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using test::Issued;

class CaChainTest : public testing::Test {
protected:
    Issued root_ = test::make_root("Lab Root CA");
    Issued intermediate_ = test::issue({.common_name = "Lab Issuing CA", .ca = true}, root_);
    Issued leaf_ = test::issue({.common_name = "SEP1"}, intermediate_);
};

TEST_F(CaChainTest, RootComesLastWhateverTheCaSent) {
    const x509::TrustStore trust({});
    auto chain = make_chain({root_.certificate, intermediate_.certificate}, trust, est::Wrap::lines_of_64);
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ((*chain)->certificates.front().common_name(), "Lab Issuing CA");
    EXPECT_EQ((*chain)->certificates.back().common_name(), "Lab Root CA");
    EXPECT_TRUE((*chain)->store.verify(leaf_.certificate));
    const auto served = est::read_certificates_body((*chain)->body);
    ASSERT_TRUE(served);
    EXPECT_EQ(served->size(), 2U);
}

TEST_F(CaChainTest, MissingRootComesFromTheTrustDirectory) {
    const x509::TrustStore trust({root_.certificate});
    const auto chain = make_chain({intermediate_.certificate}, trust, est::Wrap::one_line);
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ((*chain)->certificates.size(), 2U);
}

TEST_F(CaChainTest, ChainWithoutRootOrOfAStrangerIsRefused) {
    const x509::TrustStore empty({});
    EXPECT_FALSE(make_chain({intermediate_.certificate}, empty, est::Wrap::lines_of_64));
    EXPECT_FALSE(make_chain({}, empty, est::Wrap::lines_of_64));
    const Issued stranger = test::make_root("Lab Root CA");  // same name, another key
    EXPECT_FALSE(make_chain({intermediate_.certificate, stranger.certificate}, empty, est::Wrap::lines_of_64));
}

TEST_F(CaChainTest, SelfSignedServerCertificateVouchesForNobody) {
    const Issued plain = test::make_self_signed({.common_name = "lab-dc", .dns_name = "lab-dc.example.test"});
    const Issued as_ca =
        test::make_self_signed({.common_name = "lab-dc", .dns_name = "lab-dc.example.test", .ca = true});
    const x509::TrustStore directory({root_.certificate, plain.certificate, as_ca.certificate, leaf_.certificate});
    std::vector<std::string> left_out;
    const auto trust = trust_for_web_server(directory, "lab-dc.example.test", left_out);
    EXPECT_EQ(left_out.size(), 2U);
    ASSERT_EQ(trust.certificates().size(), 2U);
    EXPECT_EQ(trust.certificates()[0].common_name(), "Lab Root CA");
}

}  // namespace
}  // namespace opencapf::ces
