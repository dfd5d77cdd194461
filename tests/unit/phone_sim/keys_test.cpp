// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/keys.hpp"

#include "opencapf/base/text.hpp"
#include "phone_sim/options.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <set>

namespace opencapf::phone_sim {
namespace {

TEST(Keys, KindsHaveNames) {
    for (const auto& name : kind_names()) EXPECT_EQ(kind_name(find_kind(name).value()), name);
    EXPECT_EQ(kind_names().size(), 8U);
    EXPECT_FALSE(find_kind("rsa-2047"));
    EXPECT_EQ(describe(*find_kind("ec-384")), "EC P-384");
}

TEST(Keys, AKeyIsOfTheKindAskedFor) {
    for (const char* name : {"rsa-512", "rsa-1024", "ec-256", "ec-384", "ec-521"}) {
        const auto key = generate_key(find_kind(name).value());
        const bool ec = std::string_view(name).starts_with("ec");
        EXPECT_EQ(key.public_key().type(), ec ? x509::KeyType::ec : x509::KeyType::rsa) << name;
        EXPECT_EQ(std::to_string(key.public_key().bits()), std::string(name).substr(ec ? 3 : 4));
    }
}

TEST(Keys, APoolGivesEachInTurnAndThenAgain) {
    const test::TempDir directory;
    const auto ec = *find_kind("ec-256");
    const auto rsa = *find_kind("rsa-512");
    write_keys(make_keys(ec, 3), ec, directory.file("keys"));
    const auto path = write_keys(make_keys(rsa, 1), rsa, directory.file("keys"));
    const auto pool = KeyPool::load(directory.file("keys"));
    EXPECT_EQ(pool->size(), 4U);
    std::vector<Bytes> taken;
    for (int i = 0; i < 6; ++i) taken.push_back(pool->take(ec)->public_key().spki_der());
    EXPECT_EQ(std::set<Bytes>(taken.begin(), taken.end()).size(), 3U);
    EXPECT_EQ(taken[0], taken[3]);
    EXPECT_FALSE(pool->take(*find_kind("rsa-1024")));
    EXPECT_EQ(KeyPool::load(path)->size(), 1U);
}

TEST(Keys, APoolSaysWhatIsWrongWithAFile) {
    const test::TempDir directory;
    const auto load = [&](const std::string& text, unsigned mode) {
        write_file_atomically(directory.file("k.pem"), text, mode);
        return KeyPool::load(directory.file("k.pem"));
    };
    const auto good = generate_key(*find_kind("ec-256")).to_pem();
    EXPECT_THROW(load(good, 0644), std::runtime_error) << "readable by others";
    EXPECT_THROW(load("", 0600), std::runtime_error);
    EXPECT_THROW(load(good + "x", 0600), std::runtime_error);
    EXPECT_THROW(load(good.substr(20), 0600), std::runtime_error);
    EXPECT_EQ(load(good + "\n", 0600)->size(), 1U);
}

TEST(KeyDelay, IsSpreadOverItsRangeAndTheSameEachTime) {
    PhoneOptions options;
    options.key_delay = net::Duration(1000);
    options.name = "SEP000000000001";
    EXPECT_EQ(key_delay_of(options), net::Duration(1000));
    options.key_delay_spread = net::Duration(9000);
    std::set<std::int64_t> thirds;
    for (int i = 0; i < 64; ++i) {
        options.name = "SEP0000000000" + std::to_string(10 + i);
        const auto delay = key_delay_of(options);
        EXPECT_GE(delay, net::Duration(1000));
        EXPECT_LE(delay, net::Duration(10'000));
        EXPECT_EQ(delay, key_delay_of(options));
        thirds.insert((delay.count() - 1000) / 3001);
    }
    EXPECT_EQ(thirds.size(), 3U) << "phones whose names differ in the last digits only are spread too";
}

}  // namespace
}  // namespace opencapf::phone_sim
