// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/usage.hpp"

#include <gtest/gtest.h>

namespace opencapf::x509 {
namespace {

Usage usage(KeyType key, std::vector<std::string> names) {
    Usage result;
    result.key_type = key;
    result.restricted = true;
    result.key_usages = std::move(names);
    return result;
}

TEST(Usage, RsaKeysOfPhonesHaveToSignAndDecrypt) {
    EXPECT_EQ("", phone_problem(usage(KeyType::rsa, {"digitalSignature", "keyEncipherment"})));
    EXPECT_NE(std::string::npos, phone_problem(usage(KeyType::rsa, {"digitalSignature"})).find("keyEncipherment"));
    EXPECT_NE(std::string::npos, phone_problem(usage(KeyType::rsa, {"keyEncipherment"})).find("digitalSignature"));
}

TEST(Usage, EcKeysOnlySign) { EXPECT_EQ("", phone_problem(usage(KeyType::ec, {"digitalSignature"}))); }

TEST(Usage, NoExtensionAllowsAllAndACaIsNoPhone) {
    Usage free;
    EXPECT_EQ("", phone_problem(free));
    EXPECT_EQ("no key usage extension: every use is allowed; no extended key usage", to_text(free));
    free.ca = true;
    EXPECT_NE("", phone_problem(free));
}

}  // namespace
}  // namespace opencapf::x509
