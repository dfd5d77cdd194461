// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/keys.hpp"
#include "phone_sim/phone_store.hpp"

namespace opencapf::phone_sim {

/// A manufacturing CA of the lab, and what it writes into the certificates.
struct Factory {
    x509::Certificate certificate;
    x509::PrivateKey key;
    std::string model = "CP-8865";  ///< CN = MODEL-NAME
    int days = 3650;                ///< a MIC is meant to outlive its phone
};

/// A MIC as phones leave the factory with: for TLS in both directions, signed with SHA-256. Throws std::runtime_error,
/// e.g. for a name that does not fit a CN (64 characters with the model).
x509::Certificate make_mic(const Factory& factory, const std::string& name, const x509::PublicKey& key);

/// Gives each phone without a MIC one, with a key of `pool` or a new one, on all cores; a phone keeps the one it has,
/// as it does for life. Returns how many were made. Throws std::exception that names the file or the phone.
std::size_t make_mics(const Factory& factory, const std::vector<std::string>& names, const std::string& store,
                      const capf_protocol::KeySpec& kind, const std::shared_ptr<KeyPool>& pool);

/// A certificate of the same form that nobody vouches for, for the fault other-certificate.
Credential make_impostor(const std::string& name);

}  // namespace opencapf::phone_sim
