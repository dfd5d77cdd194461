// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone_store.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace opencapf::phone_sim {

namespace fs = std::filesystem;

bool is_file_name(std::string_view name) noexcept {
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
               c == '_';
    };
    return !name.empty() && name.size() <= 128 && name.front() != '.' && std::all_of(name.begin(), name.end(), allowed);
}

PhoneStore::PhoneStore(std::string directory, std::string name) {
    if (!is_file_name(name)) throw std::invalid_argument("'" + printable(name) + "' cannot be a file name");
    fs::create_directories(directory);
    base_ = (fs::path(std::move(directory)) / std::move(name)).string();
}

std::optional<x509::Certificate> PhoneStore::lsc() const {
    if (!fs::exists(pem_path())) return std::nullopt;
    return x509::Certificate::load(pem_path());
}

void PhoneStore::save(const x509::PrivateKey& key, const x509::Certificate& certificate) const {
    // The key goes first: a stop in between leaves an LSC without its key, which the next enrolment heals, never a new
    // LSC whose key is lost.
    write_file_atomically(key_path(), key.to_pem(), 0600);
    write_file_atomically(der_path(), as_text(certificate.der()), 0644);
    write_file_atomically(pem_path(), certificate.pem(), 0644);
}

bool PhoneStore::remove() const {
    const bool had_lsc = fs::remove(pem_path());
    fs::remove(der_path());
    fs::remove(key_path());
    return had_lsc;
}

}  // namespace opencapf::phone_sim
