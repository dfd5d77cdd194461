// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/issuer.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/key.hpp"

#include <cstdlib>
#include <filesystem>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>
#include <utility>

/// Throw-away keys and certificates for the tests of ca-simd.
namespace opencapf::ca_sim::test {

/// A directory that goes with the object.
class TempDir {
public:
    TempDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "ca_sim_test_XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed for " + pattern);
        path_ = pattern;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// A self-signed CA certificate that is valid from a day ago for `days` days from now.
inline x509::Certificate make_root(const x509::PrivateKey& key, const std::string& common_name, int days = 3650,
                                   bool is_ca = true) {
    x509::Handle<X509> certificate(X509_new());
    X509* raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), 4711);
    X509_gmtime_adj(X509_getm_notBefore(raw), -86400);
    X509_gmtime_adj(X509_getm_notAfter(raw), 86400L * days);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(raw, X509_get_subject_name(raw));
    X509_set_pubkey(raw, key.native());
    X509V3_CTX context;
    X509V3_set_ctx(&context, raw, raw, nullptr, nullptr, 0);
    for (const auto& [nid, value] : {std::pair(NID_basic_constraints, is_ca ? "critical,CA:TRUE" : "CA:FALSE"),
                                     std::pair(NID_subject_key_identifier, "hash")}) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
        if (extension == nullptr) throw std::runtime_error("cannot make an extension");
        X509_add_ext(raw, extension, -1);
        X509_EXTENSION_free(extension);
    }
    if (X509_sign(raw, key.native(), EVP_sha256()) <= 0) throw std::runtime_error("cannot sign");
    return x509::Certificate::adopt(std::move(certificate));
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
    config.private_key_file = dir.file("ca.key");
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
