// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone_store.hpp"

#include "opencapf/base/text.hpp"
#include "unit/capf_protocol/vectors.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace opencapf::phone_sim {
namespace {

TEST(PhoneStore, FileNames) {
    for (const char* good : {"SEP0123456789AB", "CSF_user-1.x", "a"}) EXPECT_TRUE(is_file_name(good)) << good;
    for (const char* bad : {"", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n", "\xc3\x89"}) {
        EXPECT_FALSE(is_file_name(bad)) << bad;
    }
    EXPECT_TRUE(is_file_name(std::string(128, 'a')));
    EXPECT_FALSE(is_file_name(std::string(129, 'a')));
    EXPECT_THROW(PhoneStore("/tmp", "../a"), std::invalid_argument);
}

TEST(PhoneStore, SavesReplacesAndRemoves) {
    std::string directory = (std::filesystem::temp_directory_path() / "opencapf-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    const PhoneStore store(directory + "/new", "SEP1");
    EXPECT_FALSE(store.lsc());
    EXPECT_FALSE(store.remove());
    const auto lsc = x509::Certificate::from_der(capf_protocol::testing::vector_bytes("v10-certificate")).value();
    const auto key = x509::PrivateKey::generate_ec("P-256");
    store.save(x509::PrivateKey::generate_ec("P-256"), lsc);
    store.save(key, lsc);
    EXPECT_EQ(store.lsc()->der(), lsc.der());
    EXPECT_EQ(read_file(store.key_path()), key.to_pem());
    EXPECT_EQ(read_file(store.der_path()), as_text(lsc.der()));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory + "/new"), {}), 3);
    EXPECT_TRUE(store.remove());
    EXPECT_TRUE(std::filesystem::is_empty(directory + "/new"));
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace opencapf::phone_sim
