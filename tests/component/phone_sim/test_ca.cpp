// SPDX-License-Identifier: Apache-2.0
#include "component/phone_sim/test_ca.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace opencapf::phone_sim::testing {

namespace {

void require(bool good) {
    if (!good) throw std::runtime_error("OpenSSL: " + x509::drain_errors());
}

x509::Certificate make(const std::string& subject, const std::string& issuer, EVP_PKEY* key, EVP_PKEY* signer) {
    x509::Handle<X509> cert(X509_new());
    require(cert != nullptr);
    const auto set_name = [](X509_NAME* name, const std::string& cn) {
        const Bytes text(cn.begin(), cn.end());
        require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text.data(), static_cast<int>(text.size()), -1,
                                           0) == 1);
    };
    require(X509_set_version(cert.get(), 2) == 1);
    require(ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 4711) == 1);
    set_name(X509_get_subject_name(cert.get()), subject);
    x509::Handle<X509_NAME> issuer_name(X509_NAME_new());
    set_name(issuer_name.get(), issuer);
    require(X509_set_issuer_name(cert.get(), issuer_name.get()) == 1);
    require(X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600) != nullptr);
    require(X509_gmtime_adj(X509_getm_notAfter(cert.get()), 86400) != nullptr);
    require(X509_set_pubkey(cert.get(), key) == 1);
    require(X509_sign(cert.get(), signer, EVP_sha256()) > 0);
    return x509::Certificate::adopt(std::move(cert));
}

}  // namespace

TestCa::TestCa(const std::string& common_name)
    : key_(x509::PrivateKey::generate_ec("P-256")),
      certificate_(make(common_name, common_name, key_.native(), key_.native())) {}

x509::Certificate TestCa::issue(const std::string& common_name, const x509::PublicKey& key) const {
    return make(common_name, certificate_.common_name(), key.native(), key_.native());
}

}  // namespace opencapf::phone_sim::testing
