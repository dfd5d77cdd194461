// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <string>
#include <vector>

namespace opencapf::x509 {

/// What a certificate may be used for; nothing in it says whose it is.
struct Usage {
    bool ca = false;
    KeyType key_type = KeyType::other;
    bool restricted = false;              ///< there is a key usage extension; without one every use is allowed
    std::vector<std::string> key_usages;  ///< RFC 5280's names of the bits that are set, in their order
    std::vector<std::string> purposes;    ///< extended key usage: OpenSSL's names, else dotted; at most 32
};

// All functions are thread-safe.
Usage usage_of(const Certificate& certificate);

/// Empty when a phone can work with it; else what is missing or too much. A phone signs (digitalSignature) and, with an
/// RSA key, is sent encrypted configuration files and keys (keyEncipherment); it is no CA.
std::string phone_problem(const Usage& usage);

/// "key usages digitalSignature, keyEncipherment; extended: serverAuth" for people.
std::string to_text(const Usage& usage);

}  // namespace opencapf::x509
