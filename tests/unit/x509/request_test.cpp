// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/request.hpp"

#include "opencapf/base/text.hpp"
#include "support/error_queue.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <cstdlib>
#include <gmock/gmock.h>

namespace opencapf::x509 {
namespace {

class RequestTest : public test::ErrorQueueTest {};

/// Bytes of tests/data/capf/<name>.hex, which come from capf-protocol.md section 6.
Bytes vector_bytes(const std::string& name) {
    std::string hex;
    for (const auto& line : split(read_file(OPENCAPF_TEST_DATA "/capf/" + name + ".hex"), '\n'))
        if (!line.starts_with('#')) hex += line;
    return from_hex(hex).value();
}

/// The RSA-1024 test key of V10.
// git keeps no mode 0600, so not by PrivateKey::load.
PrivateKey v10_key() { return PrivateKey::from_pem(read_file(OPENCAPF_TEST_DATA "/x509/v10-key.pem")).value(); }

const PrivateKey& ec_key() {
    static const PrivateKey kKey = PrivateKey::generate_ec("P-256");
    return kKey;
}

Bytes v11_request_info() { return make_request_info({{"CN", "SEP0123456789AB"}}, vector_bytes("v11-spki")).value(); }

TEST_F(RequestTest, V11RequestInfoIsExactlyTheVector) {
    EXPECT_EQ(v10_key().public_key().spki_der(), vector_bytes("v11-spki"));
    EXPECT_EQ(v11_request_info(), vector_bytes("v11-request-info"));
}

TEST_F(RequestTest, V11DigestInfoSignatureAndRequestAreTheVectors) {
    const auto key = v10_key();
    const Bytes digest_info = make_digest_info_sha256(v11_request_info());
    EXPECT_EQ(digest_info, vector_bytes("v11-digest-info"));
    EXPECT_EQ(digest_info.size(), 51U);
    const auto signature = key.encrypt_type1(digest_info);
    ASSERT_TRUE(signature);
    EXPECT_EQ(*signature, vector_bytes("v11-signature"));
    EXPECT_EQ(assemble_request(v11_request_info(), KeyType::rsa, *signature), vector_bytes("v11-pkcs10"));
}

TEST_F(RequestTest, V11SignatureOpensToTheDigestInfoAndTheRequestVerifies) {
    const auto request = CertificateRequest::from_der(vector_bytes("v11-pkcs10"));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->common_name(), "SEP0123456789AB");
    EXPECT_EQ(request->subject_rfc2253(), "CN=SEP0123456789AB");
    EXPECT_TRUE(request->verify_signature());
    EXPECT_FALSE(request->is_unsigned());
    EXPECT_EQ(request->public_key().recover(vector_bytes("v11-signature")), vector_bytes("v11-digest-info"));
}

TEST_F(RequestTest, OpensslReqVerifyAcceptsV11) {
    const test::TempDir dir;
    const auto request = CertificateRequest::from_der(vector_bytes("v11-pkcs10"));
    ASSERT_TRUE(request);
    write_file_atomically(dir.file("v11.pem"), request->pem(), 0600, Durability::survives_process);
    const std::string command = "openssl req -verify -noout -in " + dir.file("v11.pem") + " >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(RequestTest, OtherBlocksDoNotFitTheKey) {
    const auto key = v10_key();
    EXPECT_TRUE(key.encrypt_type1(Bytes(117, 1)));  // 128 - 11
    const auto refused = key.encrypt_type1(Bytes(118, 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::crypto);
    EXPECT_FALSE(key.public_key().recover(Bytes(128, 7)));
    EXPECT_FALSE(ec_key().public_key().recover(Bytes(64, 7)));
}

TEST_F(RequestTest, ChangedRequestDoesNotVerify) {
    Bytes der = vector_bytes("v11-pkcs10");
    der.back() ^= 1;
    const auto request = CertificateRequest::from_der(der);
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->verify_signature());
}

TEST_F(RequestTest, MakesRequestsWithEcKeysAndSeveralNames) {
    const auto request = make_request({{"C", "US"}, {"O", "R\xc3\xa9sum\xc3\xa9"}, {"CN", "a"}, {"CN", "b"}}, ec_key());
    EXPECT_TRUE(request.verify_signature());
    EXPECT_EQ(request.common_name(), "b");
    EXPECT_EQ(request.subject_rfc2253(), "CN=b,CN=a,O=R\xc3\xa9sum\xc3\xa9,C=US");
    EXPECT_EQ(request.public_key(), ec_key().public_key());
}

TEST_F(RequestTest, RefusesNamesThatCannotBe) {
    for (const NameEntry& entry : {NameEntry{"NOSUCHTYPE", "x"}, NameEntry{"C", "USA"}, NameEntry{"CN", "\xff\xfe"},
                                   NameEntry{"CN", std::string(65, 'x')}}) {
        const auto info = make_request_info({entry}, ec_key().public_key().spki_der());
        ASSERT_FALSE(info) << entry.type;
        EXPECT_EQ(info.error().code, Errc::malformed);
    }
}

TEST_F(RequestTest, UnsignedRequestCarriesTheHashOfRfc5272) {
    const auto request = CertificateRequest::from_der(assemble_unsigned_request(v11_request_info()));
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->is_unsigned());
    EXPECT_TRUE(request->verify_no_signature_hash());
    EXPECT_FALSE(request->verify_signature());
    EXPECT_EQ(request->common_name(), "SEP0123456789AB");
    EXPECT_EQ(request->public_key().spki_der(), vector_bytes("v11-spki"));
}

TEST_F(RequestTest, UnsignedRequestWithAnotherHashIsNoticed) {
    Bytes der = assemble_unsigned_request(v11_request_info());
    der.back() ^= 1;
    const auto request = CertificateRequest::from_der(der);
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->is_unsigned());
    EXPECT_FALSE(request->verify_no_signature_hash());
    EXPECT_FALSE(make_request({{"CN", "x"}}, ec_key()).verify_no_signature_hash());
}

TEST_F(RequestTest, UnsignedRequestMayCarrySha256) {
    const Bytes digest_info = make_digest_info_sha256(v11_request_info());
    Bytes der = assemble_unsigned_request(v11_request_info());
    // The last 20 bytes are the SHA-1; 12 more make three lengths grow (outer, bit string) by 12.
    der.resize(der.size() - 20);
    der.insert(der.end(), digest_info.end() - 32, digest_info.end());
    der[2] = static_cast<std::uint8_t>(der[2] + 12);
    der[der.size() - 34] = 33;
    const auto request = CertificateRequest::from_der(der);
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_TRUE(request->verify_no_signature_hash());
}

std::string with_label(std::string text, const std::string& label) {
    const std::string usual = "CERTIFICATE REQUEST";
    for (std::size_t at = 0; (at = text.find(usual, at)) != std::string::npos; at += label.size())
        text.replace(at, usual.size(), label);
    return text;
}

std::string without(std::string text, char dropped) {
    std::erase(text, dropped);
    return text;
}

TEST_F(RequestTest, TakesEveryTextFormOfCertsrv12) {
    const Bytes der = vector_bytes("v11-pkcs10");
    const std::string pem = CertificateRequest::from_der(der)->pem();
    std::string crlf;
    for (char c : pem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    std::string blanks;
    for (char c : to_base64(der, 64)) blanks += c == '\n' ? ' ' : c;
    for (const auto& text : {pem, crlf, without(pem, '\n'), with_label(pem, "NEW CERTIFICATE REQUEST"), to_base64(der),
                             to_base64(der, 76, "\r\n"), blanks, "Attributes before\n" + pem + "and text after\n"}) {
        const auto request = CertificateRequest::from_text(text);
        ASSERT_TRUE(request) << text << request.error().message;
        EXPECT_EQ(request->der(), der);
    }
}

TEST_F(RequestTest, RefusesGarbageText) {
    const Bytes der = vector_bytes("v11-pkcs10");
    const std::string pem = CertificateRequest::from_der(der)->pem();
    std::string plus_lost = to_base64(der);
    const auto plus = plus_lost.find('+');
    ASSERT_NE(plus, std::string::npos);
    plus_lost[plus] = ' ';  // an unescaped '+' in a form: certsrv.md 1.2 says real AD CS refuses it too
    for (const auto& text : {std::string(), std::string("garbage!"), std::string("AAAA"), plus_lost,
                             with_label(pem, "CERTIFICATE"), pem.substr(0, pem.size() / 2), "-----BEGIN " + pem,
                             to_base64(der) + "AAAA", pem.substr(0, 40) + "*" + pem.substr(41)}) {
        const auto request = CertificateRequest::from_text(text);
        ASSERT_FALSE(request) << text;
        EXPECT_EQ(request.error().code, Errc::malformed);
    }
}

TEST_F(RequestTest, RefusesTrailingBytesAndEveryCut) {
    Bytes der = vector_bytes("v11-pkcs10");
    for (std::size_t length = 0; length < der.size(); ++length)
        ASSERT_FALSE(CertificateRequest::from_der(ByteView(der).first(length))) << length;
    der.push_back(0);
    EXPECT_FALSE(CertificateRequest::from_der(der));
}

TEST_F(RequestTest, RefusesAKeyItCannotUse) {
    Bytes der = vector_bytes("v11-pkcs10");
    const Bytes rsa_oid = from_hex("2a864886f70d010101").value();
    const auto at = std::search(der.begin(), der.end(), rsa_oid.begin(), rsa_oid.end());
    ASSERT_NE(at, der.end());
    *(at + 8) = 0x63;  // an algorithm nobody has
    const auto request = CertificateRequest::from_der(der);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, Errc::malformed);
}

}  // namespace
}  // namespace opencapf::x509
