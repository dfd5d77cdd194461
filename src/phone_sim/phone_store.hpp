// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <string>

namespace opencapf::phone_sim {

/// A certificate and its key: what a phone can prove its identity with.
struct Credential {
    x509::PrivateKey key;
    x509::Certificate certificate;
};

/// A phone's flash memory, files of one directory:
///   NAME.key, NAME.lsc.pem, NAME.lsc.der   the LSC and its key (PKCS#8 PEM, 0600)
///   NAME.mic.key, NAME.mic.pem             the MIC and its key, from the factory
///   NAME.pending.key                       a key whose certificate has not come yet
///   NAME.itl                               the trust list in force
/// Every file is replaced atomically. All calls block on the disk: use a WorkPool. Errors are std::system_error or
/// std::runtime_error that name the file.
class PhoneStore {
public:
    /// Makes `directory` when it is not there. `name` must satisfy is_file_name().
    PhoneStore(std::string directory, std::string name);

    /// Takes the MIC from these files instead.
    void use_mic(std::string certificate, std::string key);

    /// The installed LSC, if there is one.
    [[nodiscard]] std::optional<x509::Certificate> lsc() const;
    /// The LSC with its key; nothing when one of them is missing.
    [[nodiscard]] std::optional<Credential> lsc_credential() const;
    /// Replaces key and LSC; no key waits any more.
    void save(const x509::PrivateKey& key, const x509::Certificate& certificate) const;
    /// Deletes LSC, its key and a waiting key; false when there was no LSC.
    bool remove() const;

    [[nodiscard]] std::optional<x509::Certificate> mic() const;
    [[nodiscard]] std::optional<Credential> mic_credential() const;
    void save_mic(const x509::PrivateKey& key, const x509::Certificate& certificate) const;

    [[nodiscard]] std::optional<x509::PrivateKey> pending_key() const;
    void save_pending_key(const x509::PrivateKey& key) const;

    /// Is there a trust list in force?
    [[nodiscard]] bool has_trust_list() const;
    void save_trust_list(std::string_view file) const;

    [[nodiscard]] std::string key_path() const { return base_ + ".key"; }
    [[nodiscard]] std::string pem_path() const { return base_ + ".lsc.pem"; }
    [[nodiscard]] std::string der_path() const { return base_ + ".lsc.der"; }
    [[nodiscard]] std::string mic_path() const { return mic_path_.empty() ? base_ + ".mic.pem" : mic_path_; }
    [[nodiscard]] std::string mic_key_path() const { return mic_key_.empty() ? base_ + ".mic.key" : mic_key_; }
    [[nodiscard]] std::string pending_key_path() const { return base_ + ".pending.key"; }
    [[nodiscard]] std::string trust_list_path() const { return base_ + ".itl"; }

private:
    std::string base_;
    std::string mic_path_;
    std::string mic_key_;
};

/// Device names that can be file names: letters, digits, dot, dash and underscore, 1 to 128, no leading dot.
bool is_file_name(std::string_view name) noexcept;

}  // namespace opencapf::phone_sim
