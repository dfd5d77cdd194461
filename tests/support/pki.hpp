// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <string>

/// Throw-away certificates (P-256, quick to make).
namespace opencapf::test {

struct CertificateSpec {
    std::string common_name;
    std::string dns_name = {};  ///< subjectAltName, when not empty
    bool ca = false;
    int days_from = -1;          ///< notBefore, in days from now
    int days = 365;              ///< validity in days
    std::string key_usage = {};  ///< as in openssl.cnf, when not empty
    std::string extended_key_usage = {};
};

struct Issued {
    x509::PrivateKey key;
    x509::Certificate certificate;
};

/// `issuer` nullptr = self-signed.
x509::Certificate make_certificate(const CertificateSpec& spec, const x509::PublicKey& key,
                                   const x509::PrivateKey& signer, const x509::Certificate* issuer);
Issued make_self_signed(const CertificateSpec& spec);
Issued make_root(const std::string& common_name);
Issued issue(const CertificateSpec& spec, const Issued& issuer);

}  // namespace opencapf::test
