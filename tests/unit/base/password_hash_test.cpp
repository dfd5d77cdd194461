// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/password_hash.hpp"

#include <gtest/gtest.h>

namespace opencapf {
namespace {

TEST(PasswordHash, IsSaltedAndMatchesOnlyItsPassword) {
    const auto hash = hash_password(Secret("sesame"));
    EXPECT_NE(hash, hash_password(Secret("sesame")));
    EXPECT_TRUE(check_password_hash(hash));
    EXPECT_TRUE(password_matches(Secret("sesame"), hash));
    EXPECT_FALSE(password_matches(Secret("sesam"), hash));
    EXPECT_FALSE(password_matches(Secret(""), hash));
}

TEST(PasswordHash, IsScryptAsOthersComputeIt) {
    // hashlib.scrypt(b"password", salt=b"NaClNaCl", n=1024, r=8, p=4, dklen=32) of Python.
    EXPECT_TRUE(password_matches(
        Secret("password"),
        "scrypt$10$8$4$4e61436c4e61436c$0f95c3faf1e98e05cce8f8b7941b5ea0e42317c9ec50f60f85153dc39733d48b"));
}

TEST(PasswordHash, RefusesWhatIsNoHashOrCostsTooMuch) {
    const std::string salt = "$4e61436c4e61436c$", key(64, '0');
    EXPECT_TRUE(check_password_hash("scrypt$14$8$1" + salt + key));
    for (const auto& wrong :
         {std::string(), std::string("sesame"), "bcrypt$14$8$1" + salt + key, "scrypt$18$8$1" + salt + key,
          "scrypt$9$8$1" + salt + key, "scrypt$14$17$1" + salt + key, "scrypt$14$8$5" + salt + key,
          "scrypt$14$8$0" + salt + key, "scrypt$+14$8$1" + salt + key, "scrypt$14x$8$1" + salt + key,
          "scrypt$14$8$1" + salt + key + "00", "scrypt$14$8$1" + salt + key + "$", "scrypt$14$8$1$$" + key,
          "scrypt$14$8$1" + salt + key.substr(1)}) {
        const auto checked = check_password_hash(wrong);
        ASSERT_FALSE(checked) << wrong;
        EXPECT_EQ(checked.error().code, Errc::malformed);
        EXPECT_FALSE(password_matches(Secret("sesame"), wrong)) << wrong;
    }
}

}  // namespace
}  // namespace opencapf
