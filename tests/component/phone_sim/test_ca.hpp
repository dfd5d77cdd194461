// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

namespace opencapf::phone_sim::testing {

/// A self-signed certificate whose key also signs LSCs, like CAPF's own.
class TestCa {
public:
    explicit TestCa(const std::string& common_name);
    [[nodiscard]] const x509::Certificate& certificate() const { return certificate_; }
    [[nodiscard]] const x509::PrivateKey& key() const { return key_; }
    [[nodiscard]] x509::Certificate issue(const std::string& common_name, const x509::PublicKey& key) const;

private:
    x509::PrivateKey key_;
    x509::Certificate certificate_;
};

}  // namespace opencapf::phone_sim::testing
