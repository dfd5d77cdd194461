// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/issuer.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/key.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string>

/// Throw-away keys and certificates for the tests of ca-simd.
namespace opencapf::ca_sim::test {

using opencapf::test::TempDir;

/// A self-signed CA certificate that is valid from a day ago for `days` days from now.
inline x509::Certificate make_root(const x509::PrivateKey& key, const std::string& common_name, int days = 3650,
                                   bool is_ca = true) {
    opencapf::test::CertificateSpec spec;
    spec.common_name = common_name;
    spec.ca = is_ca;
    spec.days = days + 1;
    return make_certificate(spec, key.public_key(), key, nullptr);
}

/// Generating RSA keys is the slow part of these tests: two for the whole program.
inline const x509::PrivateKey& ca_key() {
    static const x509::PrivateKey kKey = x509::PrivateKey::generate_rsa(2048);
    return kKey;
}
inline const x509::PrivateKey& phone_key() {
    static const x509::PrivateKey kKey = x509::PrivateKey::generate_rsa(2048);
    return kKey;
}

/// ca.pem and ca.key in `dir`, and the configuration part that names them.
inline CaConfig write_ca(const TempDir& dir, int days = 3650) {
    write_file_atomically(dir.file("ca.pem"), make_root(ca_key(), "LAB-CA", days).pem(), 0600);
    write_file_atomically(dir.file("ca.key"), ca_key().to_pem(), 0600);
    CaConfig config;
    config.certificate_file = dir.file("ca.pem");
    config.private_key = dir.file("ca.key");
    config.crl_urls = {"http://dc.example.test/CertEnroll/LAB-CA.crl"};
    config.aia_urls = {"http://dc.example.test/CertEnroll/dc.example.test_LAB-CA.crt"};
    return config;
}

/// The template the tests use, like Cisco's but end-entity.
inline Template cisco_ra() {
    Template entry;
    entry.name = "CiscoRA";
    entry.display_name = "Cisco <RA>";
    entry.oid = "1.3.6.1.4.1.311.21.8.1.2.3";
    entry.major_version = 100;
    entry.minor_version = 4;
    entry.validity = std::chrono::hours(365 * 24);
    entry.key_usage = {"digitalSignature", "keyEncipherment"};
    entry.eku = {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.5"};
    entry.enroll = {"ciscora"};
    return entry;
}

/// PKCS#10 of phone_key() without attributes.
inline x509::CertificateRequest phone_request(const std::string& name = "SEP001122334455") {
    return x509::make_request({{"C", "US"}, {"O", "OpenCAPF"}, {"CN", name}}, phone_key());
}

/// phone_request() with one extension asked for: dotted OID and DER value.
inline x509::CertificateRequest request_with_extension(const std::string& oid, const Bytes& value) {
    x509::Handle<X509_REQ> request(X509_REQ_dup(phone_request().native()));
    ASN1_OBJECT* object = OBJ_txt2obj(oid.c_str(), 1);
    ASN1_OCTET_STRING* octets = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(octets, value.data(), static_cast<int>(value.size()));
    STACK_OF(X509_EXTENSION)* list = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(list, X509_EXTENSION_create_by_OBJ(nullptr, object, 0, octets));
    X509_REQ_add_extensions(request.get(), list);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    ASN1_OCTET_STRING_free(octets);
    ASN1_OBJECT_free(object);
    X509_REQ_sign(request.get(), phone_key().native(), EVP_sha256());
    unsigned char* encoded = nullptr;
    const int length = i2d_X509_REQ(request.get(), &encoded);
    const Bytes der(encoded, encoded + length);
    OPENSSL_free(encoded);
    return x509::CertificateRequest::from_der(der).value();
}

/// A request of phone_key() without proof of possession (RFC 5272 appendix C.1).
inline x509::CertificateRequest unsigned_request() {
    const Bytes info = x509::make_request_info({{"CN", "CSFPHONE"}}, phone_key().public_key().spki_der()).value();
    return x509::CertificateRequest::from_der(x509::assemble_unsigned_request(info)).value();
}

}  // namespace opencapf::ca_sim::test
