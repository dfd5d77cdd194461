// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/ca_watch.hpp"

#include "support/pki.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace opencapf::ces {
namespace {

using test::Issued;
using test::make_root;

std::shared_ptr<const CaChain> chain_of(const Issued& root) {
    const x509::TrustStore trust({root.certificate});
    auto chain = make_chain({root.certificate}, trust, est::Wrap::lines_of_64);
    EXPECT_TRUE(chain);
    return chain ? *chain : nullptr;
}

bool holds(const CaChain& chain, const x509::Certificate& wanted) {
    return std::any_of(chain.certificates.begin(), chain.certificates.end(),
                       [&](const x509::Certificate& one) { return one.der() == wanted.der(); });
}

/// The old root's key under the new root, and the other way round (RFC 4210 section 4.4).
x509::Certificate cross(const Issued& subject, const Issued& issuer) {
    test::CertificateSpec spec;
    spec.common_name = subject.certificate.common_name();
    spec.ca = true;
    return test::make_certificate(spec, subject.certificate.public_key(), issuer.key, &issuer.certificate);
}

TEST(CaWatch, S28_CacertsHoldTheRolloverCertificates) {
    const auto old_root = make_root("old root"), new_root = make_root("new root");
    const auto old_with_new = cross(old_root, new_root), new_with_old = cross(new_root, old_root);
    const auto united =
        unite_chains({chain_of(new_root), chain_of(old_root)}, {old_with_new, new_with_old}, est::Wrap::lines_of_64);
    ASSERT_TRUE(united);
    EXPECT_EQ(united->certificates.size(), 4U);
    for (const auto& wanted : {old_root.certificate, new_root.certificate, old_with_new, new_with_old})
        EXPECT_TRUE(holds(*united, wanted)) << wanted.subject_oneline();
    EXPECT_TRUE(united->certificates.back().self_issued()) << "roots come last";
    const auto bag = est::read_certificates_body(united->body);
    ASSERT_TRUE(bag);
    EXPECT_EQ(bag->size(), 4U);
}

TEST(CaWatch, EachCertificateOnce) {
    const auto root = make_root("root");
    const auto united = unite_chains({chain_of(root), chain_of(root)}, {root.certificate}, est::Wrap::one_line);
    ASSERT_TRUE(united);
    EXPECT_EQ(united->certificates.size(), 1U);
    EXPECT_FALSE(unite_chains({}, {}, est::Wrap::one_line)) << "no CA has told its chain";
}

TEST(CaWatch, C10_TheChainIsFetchedAgainBeforeItEnds) {
    const auto root = make_root("root");
    const auto chain = chain_of(root);
    ASSERT_TRUE(chain);
    const net::Duration day = std::chrono::hours(24);
    const auto end = root.certificate.not_after();
    EXPECT_EQ(next_refresh(*chain, day, end - std::chrono::hours(24 * 300)), day) << "far away: as configured";
    const auto near = next_refresh(*chain, day, end - std::chrono::hours(2));
    EXPECT_LT(near, std::chrono::hours(2));
    EXPECT_GT(near.count(), 0) << "never in a tight loop";
    EXPECT_GT(next_refresh(*chain, day, end + std::chrono::hours(1)).count(), 0) << "not even when it has ended";
}

}  // namespace
}  // namespace opencapf::ces
