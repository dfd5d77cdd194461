// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/itl.hpp"

#include "support/pki.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf_protocol {
namespace {

const WallTime kMadeAt = std::chrono::system_clock::from_time_t(1'700'000'000);

class ItlTest : public testing::Test {
protected:
    [[nodiscard]] ItlContent content() const {
        ItlContent content;
        content.made_at = kMadeAt;
        content.records = {{ItlFunction::tftp, tftp_.certificate, "tftp.example.test", "192.0.2.1"},
                           {ItlFunction::security_token, token_.certificate, "", ""},
                           {ItlFunction::capf, capf_.certificate, "", ""}};
        return content;
    }
    [[nodiscard]] Bytes file() const { return make_itl(content(), tftp_.certificate, tftp_.key).value(); }

    test::Issued tftp_ = test::make_self_signed({.common_name = "tftp"});
    test::Issued token_ = test::make_self_signed({.common_name = "token"});
    test::Issued capf_ = test::make_self_signed({.common_name = "CAPF-1"});
};

TEST_F(ItlTest, WhatIsWrittenIsRead) {
    const auto itl = read_itl(file());
    ASSERT_TRUE(itl) << itl.error().message;
    EXPECT_EQ(itl->content.file_name, "ITLFile.tlv");
    EXPECT_EQ(itl->content.made_at, kMadeAt);
    EXPECT_EQ(itl->signer_name, "CN=tftp");
    ASSERT_EQ(itl->content.records.size(), 3U);
    EXPECT_EQ(itl->content.records[0].dns_name, "tftp.example.test");
    EXPECT_EQ(itl->content.records[0].ip_address, "192.0.2.1");
    EXPECT_EQ(itl->content.records[2].certificate.der(), capf_.certificate.der());
    ASSERT_EQ(itl->with_function(ItlFunction::capf).size(), 1U);
    EXPECT_EQ(itl->with_function(ItlFunction::capf)[0].der(), capf_.certificate.der());
    EXPECT_TRUE(check_itl_signer(*itl, itl->content.records));
}

TEST_F(ItlTest, BeginsAsShowItlListsIt) {
    // VERSION 1.2, then HEADERLENGTH, then SIGNERID: tags 1, 2, 3, two bytes of length.
    const Bytes bytes = file();
    EXPECT_EQ(to_hex(ByteView(bytes).first(5)), "0100020102");
    EXPECT_EQ(to_hex(ByteView(bytes).subspan(5, 3)), "020002");
    EXPECT_EQ(to_hex(ByteView(bytes).subspan(10, 3)), "030002");
    const std::size_t header = std::size_t{bytes[8]} << 8U | bytes[9];
    EXPECT_EQ(to_hex(ByteView(bytes).subspan(header, 3)), "010002");  // RECORDLENGTH of the first record
}

TEST_F(ItlTest, RsaSignsTooAndOthersMaySignNext) {
    const auto key = x509::PrivateKey::generate_rsa(1024);
    const auto signer = test::make_certificate({.common_name = "rsa"}, key.public_key(), key, nullptr);
    const auto itl = read_itl(make_itl(content(), signer, key).value());
    ASSERT_TRUE(itl);
    const auto nobody = check_itl_signer(*itl, content().records);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Errc::unauthorized);
    for (const auto function : {ItlFunction::security_token, ItlFunction::tftp, ItlFunction::ccm_tftp})
        EXPECT_TRUE(check_itl_signer(*itl, {{function, signer, "", ""}}));
    for (const auto function : {ItlFunction::ccm, ItlFunction::capf, ItlFunction::app_server, ItlFunction::tvs})
        EXPECT_FALSE(check_itl_signer(*itl, {{function, signer, "", ""}}));
}

TEST_F(ItlTest, ASignerOfTheSameNameIsAnotherOne) {
    const auto impostor = test::make_self_signed({.common_name = "tftp"});
    const auto itl = read_itl(make_itl(content(), impostor.certificate, impostor.key).value());
    ASSERT_TRUE(itl);
    EXPECT_FALSE(check_itl_signer(*itl, content().records));
    // The right certificate's name and number with the wrong key's signature.
    const auto forged = read_itl(make_itl(content(), tftp_.certificate, impostor.key).value());
    ASSERT_TRUE(forged);
    EXPECT_FALSE(check_itl_signer(*forged, content().records));
}

TEST_F(ItlTest, EveryTruncationIsRefused) {
    const Bytes whole = file();
    std::size_t shorter_lists = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto itl = read_itl(ByteView(whole).first(size));
        // A list that ends between two records is well-formed: the signature says that something is missing.
        if (!itl) continue;
        ++shorter_lists;
        EXPECT_FALSE(check_itl_signer(*itl, content().records)) << size;
    }
    EXPECT_EQ(shorter_lists, 3U);
}

TEST_F(ItlTest, EveryChangedByteIsRefusedOrBreaksTheSignature) {
    const Bytes whole = file();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes changed = whole;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ (at % 2 == 0 ? 0x01U : 0x80U));
        const auto itl = read_itl(changed);
        if (itl) {
            EXPECT_FALSE(check_itl_signer(*itl, content().records)) << at;
        }
    }
}

TEST_F(ItlTest, SizesAreBounded) {
    const auto too_long = read_itl(Bytes(kMaxItlBytes + 1, 0));
    ASSERT_FALSE(too_long);
    EXPECT_EQ(too_long.error().code, Errc::too_large);
    ItlContent many = content();
    many.records.resize(kMaxItlRecords + 1, many.records[0]);
    EXPECT_FALSE(make_itl(many, tftp_.certificate, tftp_.key));
    Bytes twice = file();
    const Bytes element{14, 0, 0};  // FILENAME a second time, after the header's end
    twice.insert(twice.end(), element.begin(), element.end());
    EXPECT_FALSE(read_itl(twice));
}

}  // namespace
}  // namespace opencapf::capf_protocol
