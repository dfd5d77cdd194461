// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <string>

namespace opencapf::phone_sim {

/// A phone's flash memory: NAME.key (PKCS#8 PEM, 0600), NAME.lsc.pem and NAME.lsc.der in one directory. Every file is
/// replaced atomically. All calls block on the disk: use a WorkPool. Errors are std::system_error or std::runtime_error
/// that name the file.
class PhoneStore {
public:
    /// Makes `directory` when it is not there. `name` must satisfy is_file_name().
    PhoneStore(std::string directory, std::string name);

    /// The installed LSC, if there is one.
    [[nodiscard]] std::optional<x509::Certificate> lsc() const;
    /// Replaces key and LSC.
    void save(const x509::PrivateKey& key, const x509::Certificate& certificate) const;
    /// Deletes key and LSC; false when there was no LSC.
    bool remove() const;

    [[nodiscard]] std::string key_path() const { return base_ + ".key"; }
    [[nodiscard]] std::string pem_path() const { return base_ + ".lsc.pem"; }
    [[nodiscard]] std::string der_path() const { return base_ + ".lsc.der"; }

private:
    std::string base_;
};

/// Device names that can be file names: letters, digits, dot, dash and underscore, 1 to 128, no leading dot.
bool is_file_name(std::string_view name) noexcept;

}  // namespace opencapf::phone_sim
