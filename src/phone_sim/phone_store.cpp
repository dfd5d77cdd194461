// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone_store.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace opencapf::phone_sim {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kPrivate = 0600;
constexpr unsigned kPublic = 0644;

// A simulated phone need not survive the power loss of its host, and a fleet would wait for nothing but the disk.
void write(const std::string& path, std::string_view content, unsigned mode) {
    write_file_atomically(path, content, mode, Durability::survives_process);
}

std::optional<x509::Certificate> load_certificate(const std::string& path) {
    if (!fs::exists(path)) return std::nullopt;
    return x509::Certificate::load(path);
}

std::optional<x509::PrivateKey> load_key(const std::string& path) {
    if (!fs::exists(path)) return std::nullopt;
    return x509::PrivateKey::load(path);
}

std::optional<Credential> load_credential(const std::string& certificate_path, const std::string& key_path) {
    auto certificate = load_certificate(certificate_path);
    if (!certificate) return std::nullopt;
    auto key = load_key(key_path);
    if (!key) return std::nullopt;
    return Credential{*std::move(key), *std::move(certificate)};
}

}  // namespace

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

void PhoneStore::use_mic(std::string certificate, std::string key) {
    mic_path_ = std::move(certificate);
    mic_key_ = std::move(key);
}

std::optional<x509::Certificate> PhoneStore::lsc() const { return load_certificate(pem_path()); }

std::optional<Credential> PhoneStore::lsc_credential() const { return load_credential(pem_path(), key_path()); }

void PhoneStore::save(const x509::PrivateKey& key, const x509::Certificate& certificate) const {
    // The key goes first: a stop in between leaves an LSC without its key, which the next enrolment heals, never a new
    // LSC whose key is lost.
    write(key_path(), key.to_pem(), kPrivate);
    write(der_path(), as_text(certificate.der()), kPublic);
    write(pem_path(), certificate.pem(), kPublic);
    fs::remove(pending_key_path());
}

bool PhoneStore::remove() const {
    const bool had_lsc = fs::remove(pem_path());
    for (const auto& path : {der_path(), key_path(), pending_key_path()}) fs::remove(path);
    return had_lsc;
}

std::optional<x509::Certificate> PhoneStore::mic() const { return load_certificate(mic_path()); }

std::optional<Credential> PhoneStore::mic_credential() const { return load_credential(mic_path(), mic_key_path()); }

void PhoneStore::save_mic(const x509::PrivateKey& key, const x509::Certificate& certificate) const {
    write(mic_key_path(), key.to_pem(), kPrivate);
    write(mic_path(), certificate.pem(), kPublic);
}

std::optional<x509::PrivateKey> PhoneStore::pending_key() const { return load_key(pending_key_path()); }

void PhoneStore::save_pending_key(const x509::PrivateKey& key) const {
    write(pending_key_path(), key.to_pem(), kPrivate);
}

bool PhoneStore::has_trust_list() const { return fs::exists(trust_list_path()); }

void PhoneStore::save_trust_list(std::string_view file) const { write(trust_list_path(), file, kPublic); }

}  // namespace opencapf::phone_sim
