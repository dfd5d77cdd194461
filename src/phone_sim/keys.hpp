// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/messages.hpp"
#include "opencapf/x509/key.hpp"

#include <map>
#include <mutex>

namespace opencapf::phone_sim {

/// Makes a key as asked for. CPU heavy: on a pool. Throws std::runtime_error.
x509::PrivateKey generate_key(const capf_protocol::KeySpec& spec);

/// "rsa-2048", "ec-256": how kinds of keys are called on the command line and in file names.
std::string kind_name(const capf_protocol::KeySpec& spec);
std::optional<capf_protocol::KeySpec> find_kind(std::string_view name);
std::vector<std::string> kind_names();
/// "RSA 2048", "EC P-256": for people.
std::string describe(const capf_protocol::KeySpec& spec);

/// Keys made once and used by many phones, because a large fleet would spend its time on RSA otherwise. Thread-safe.
class KeyPool {
public:
    /// All keys of a PEM file, or of every *.pem in a directory. Throws std::exception that names the file when it is
    /// unreadable, readable by others, or holds something else.
    static std::shared_ptr<KeyPool> load(const std::string& path);

    /// The next key of this kind in turn; nothing when the pool has none. After the last one it begins again: with as
    /// many keys as requests no key is used twice.
    std::optional<x509::PrivateKey> take(const capf_protocol::KeySpec& spec);
    [[nodiscard]] std::size_t size() const;

private:
    struct Kind {
        std::vector<x509::PrivateKey> keys;
        std::size_t next = 0;
    };
    void add(x509::PrivateKey key, const std::string& path);
    mutable std::mutex mutex_;  // guards kinds_
    std::map<std::string, Kind> kinds_;
};

/// Makes `count` keys on all cores. Throws std::runtime_error.
std::vector<x509::PrivateKey> make_keys(const capf_protocol::KeySpec& spec, std::size_t count);

/// Writes them as DIRECTORY/KIND.pem, mode 0600, and gives the path.
std::string write_keys(const std::vector<x509::PrivateKey>& keys, const capf_protocol::KeySpec& spec,
                       const std::string& directory);

}  // namespace opencapf::phone_sim
