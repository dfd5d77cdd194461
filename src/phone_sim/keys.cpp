// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/keys.hpp"

#include "opencapf/base/text.hpp"
#include "phone_sim/parallel.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

namespace opencapf::phone_sim {

namespace fs = std::filesystem;
using namespace capf_protocol;

namespace {

struct Kind {
    std::string_view name;
    KeySpec spec;
};

constexpr std::array kKinds{
    Kind{"rsa-512", {KeyType::rsa, 512, Curve::p256}},   Kind{"rsa-1024", {KeyType::rsa, 1024, Curve::p256}},
    Kind{"rsa-2048", {KeyType::rsa, 2048, Curve::p256}}, Kind{"rsa-3072", {KeyType::rsa, 3072, Curve::p256}},
    Kind{"rsa-4096", {KeyType::rsa, 4096, Curve::p256}}, Kind{"ec-256", {KeyType::ec, 2048, Curve::p256}},
    Kind{"ec-384", {KeyType::ec, 2048, Curve::p384}},    Kind{"ec-521", {KeyType::ec, 2048, Curve::p521}},
};

// A million RSA 4096 keys would not be a pool any more.
constexpr std::size_t kMaxPoolFile = 1024UL * 1024 * 1024;
constexpr std::string_view kEndOfPem = "-----END PRIVATE KEY-----";

int curve_bits(Curve curve) {
    switch (curve) {
        case Curve::p256:
            return 256;
        case Curve::p384:
            return 384;
        case Curve::p521:
            return 521;
    }
    return 0;
}

std::string kind_name(const x509::PublicKey& key) {
    return (key.type() == x509::KeyType::ec ? "ec-" : "rsa-") + std::to_string(key.bits());
}

}  // namespace

x509::PrivateKey generate_key(const KeySpec& spec) {
    return spec.type == KeyType::ec ? x509::PrivateKey::generate_ec(std::string(to_string(spec.curve)))
                                    : x509::PrivateKey::generate_rsa(spec.rsa_bits);
}

std::string kind_name(const KeySpec& spec) {
    if (spec.type == KeyType::ec) return "ec-" + std::to_string(curve_bits(spec.curve));
    return "rsa-" + std::to_string(spec.rsa_bits);
}

std::optional<KeySpec> find_kind(std::string_view name) {
    const auto* kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.name == name; });
    return kind == kKinds.end() ? std::nullopt : std::optional(kind->spec);
}

std::vector<std::string> kind_names() {
    std::vector<std::string> names;
    for (const auto& kind : kKinds) names.emplace_back(kind.name);
    return names;
}

std::string describe(const KeySpec& spec) {
    if (spec.type == KeyType::ec) return "EC " + std::string(to_string(spec.curve));
    return "RSA " + std::to_string(spec.rsa_bits);
}

std::shared_ptr<KeyPool> KeyPool::load(const std::string& path) {
    std::vector<std::string> files;
    if (fs::is_directory(path)) {
        for (const auto& entry : fs::directory_iterator(path)) {
            if (entry.path().extension() == ".pem") files.push_back(entry.path().string());
        }
        std::sort(files.begin(), files.end());
    } else {
        files.push_back(path);
    }
    auto pool = std::make_shared<KeyPool>();
    for (const auto& file : files) {
        require_private(file);
        const auto text = read_file(file, kMaxPoolFile);
        std::string_view rest = text;
        for (auto end = rest.find(kEndOfPem); end != std::string_view::npos; end = rest.find(kEndOfPem)) {
            auto key = x509::PrivateKey::from_pem(rest.substr(0, end + kEndOfPem.size()));
            if (!key) throw std::runtime_error(file + ": " + key.error().message);
            pool->add(*std::move(key), file);
            rest.remove_prefix(end + kEndOfPem.size());
        }
        if (!trim(rest).empty()) throw std::runtime_error(file + " holds something that is no PKCS#8 private key");
    }
    if (pool->size() == 0) throw std::runtime_error(path + " holds no keys; make some with: phone-sim keys");
    return pool;
}

void KeyPool::add(x509::PrivateKey key, const std::string& path) {
    const auto kind = kind_name(key.public_key());
    if (!find_kind(kind)) throw std::runtime_error(path + " holds a key that no phone makes (" + kind + ")");
    kinds_[kind].keys.push_back(std::move(key));
}

std::optional<x509::PrivateKey> KeyPool::take(const KeySpec& spec) {
    const std::lock_guard lock(mutex_);
    const auto found = kinds_.find(kind_name(spec));
    if (found == kinds_.end()) return std::nullopt;
    auto& kind = found->second;
    return kind.keys[kind.next++ % kind.keys.size()];
}

std::size_t KeyPool::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [name, kind] : kinds_) count += kind.keys.size();
    return count;
}

std::vector<x509::PrivateKey> make_keys(const KeySpec& spec, std::size_t count) {
    std::vector<std::optional<x509::PrivateKey>> keys(count);
    const auto work = [&](std::size_t i) { keys[i] = generate_key(spec); };
    on_all_cores(count, work);
    std::vector<x509::PrivateKey> result;
    result.reserve(count);
    for (auto& key : keys) result.push_back(*std::move(key));
    return result;
}

std::string write_keys(const std::vector<x509::PrivateKey>& keys, const KeySpec& spec, const std::string& directory) {
    fs::create_directories(directory);
    std::string text;
    for (const auto& key : keys) text += key.to_pem();
    const auto path = (fs::path(directory) / (kind_name(spec) + ".pem")).string();
    write_file_atomically(path, text, 0600);
    return path;
}

}  // namespace opencapf::phone_sim
