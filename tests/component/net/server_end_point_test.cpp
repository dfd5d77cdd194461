// SPDX-License-Identifier: Apache-2.0
#include "common/net/server_end_point.hpp"

#include "opencapf/x509/handle.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace opencapf::net {
namespace {

using Pkey = x509::Handle<EVP_PKEY>;
using Certificate = x509::Handle<X509>;

Certificate unsigned_certificate(EVP_PKEY* key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
}

Certificate signed_certificate(EVP_PKEY* key, const EVP_MD* digest) {
    Certificate certificate = unsigned_certificate(key);
    EXPECT_GT(X509_sign(certificate.get(), key, digest), 0);
    return certificate;
}

Bytes hash(const X509* certificate, const EVP_MD* digest) {
    Bytes value(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    EXPECT_EQ(X509_digest(certificate, digest, value.data(), &size), 1);
    value.resize(size);
    return value;
}

const Pkey& rsa_key() {
    static const Pkey key(EVP_RSA_gen(2048));
    return key;
}

TEST(ServerEndPoint, HashOfTheSignatureButNothingOlderThanSha256) {
    struct Row {
        const EVP_MD* signature;
        const EVP_MD* expected;
    };
    for (const Row& row : {Row{EVP_md5(), EVP_sha256()}, Row{EVP_sha1(), EVP_sha256()}, Row{EVP_sha256(), EVP_sha256()},
                           Row{EVP_sha384(), EVP_sha384()}, Row{EVP_sha512(), EVP_sha512()}}) {
        const Certificate certificate = signed_certificate(rsa_key().get(), row.signature);
        EXPECT_EQ(certificate_end_point(certificate.get()), hash(certificate.get(), row.expected))
            << EVP_MD_get0_name(row.signature);
    }
}

TEST(ServerEndPoint, OtherSignatureAlgorithms) {
    const Pkey ec(EVP_EC_gen("P-384"));
    const Certificate ecdsa = signed_certificate(ec.get(), EVP_sha384());
    EXPECT_EQ(certificate_end_point(ecdsa.get()), hash(ecdsa.get(), EVP_sha384()));

    const Pkey ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    const Certificate eddsa = signed_certificate(ed.get(), nullptr);
    EXPECT_EQ(certificate_end_point(eddsa.get()), hash(eddsa.get(), EVP_sha256()));

    // RSA-PSS keeps its hash in the parameters.
    const Certificate pss = unsigned_certificate(rsa_key().get());
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* parameters = nullptr;
    EXPECT_EQ(EVP_DigestSignInit(context, &parameters, EVP_sha512(), nullptr, rsa_key().get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING), 1);
    EXPECT_GT(X509_sign_ctx(pss.get(), context), 0);
    EVP_MD_CTX_free(context);
    EXPECT_EQ(certificate_end_point(pss.get()), hash(pss.get(), EVP_sha512()));
}

TEST(ServerEndPoint, OfTheCertificateAConnectionWasMadeWith) {
    const auto make = [](const X509* certificate, EVP_PKEY* key) {
        x509::Handle<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
        if (certificate != nullptr) {
            SSL_CTX_use_certificate(context.get(), const_cast<X509*>(certificate));
            SSL_CTX_use_PrivateKey(context.get(), key);
        }
        x509::Handle<SSL> ssl(SSL_new(context.get()));
        SSL_set_accept_state(ssl.get());
        return ssl;
    };
    const Certificate certificate = signed_certificate(rsa_key().get(), EVP_sha256());
    EXPECT_EQ(server_end_point(make(certificate.get(), rsa_key().get()).get()), hash(certificate.get(), EVP_sha256()));
    EXPECT_EQ(server_end_point(make(nullptr, nullptr).get()), Bytes{});
    const x509::Handle<SSL_CTX> client(SSL_CTX_new(TLS_client_method()));
    const x509::Handle<SSL> unconnected(SSL_new(client.get()));
    EXPECT_EQ(server_end_point(unconnected.get()), Bytes{});
}

}  // namespace
}  // namespace opencapf::net
