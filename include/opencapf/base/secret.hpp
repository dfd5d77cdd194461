// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace opencapf {

/// A password, authentication string or key text. It has no stream or format operator on purpose, so it cannot reach a
/// log by accident, and wipes its memory when it goes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value);
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    [[nodiscard]] std::string_view reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
    /// Compares in time that depends on the lengths only.
    [[nodiscard]] bool equals(std::string_view other) const noexcept;

    /// First line of the file at `path` without its line end. Throws std::system_error when it cannot be read, and
    /// std::runtime_error when it is empty or others may read it (mode & 0007).
    static Secret from_file(const std::string& path);

private:
    std::string value_;
};

/// Where a secret is; read only when it is needed, so that a reload finds a new one. Converts from a path.
struct SecretSource {
    std::string file;
    std::string variable;  ///< environment variable that holds the secret itself; counts before `file`

    SecretSource() = default;
    SecretSource(std::string path) : file(std::move(path)) {}  // NOLINT(google-explicit-constructor)
    SecretSource(const char* path) : file(path) {}             // NOLINT(google-explicit-constructor)

    /// A password: the first line of at most 4 KiB. Throws as Secret::from_file, naming file or variable.
    [[nodiscard]] Secret line() const;
    /// Everything, at most `max_bytes`, e.g. a key in PEM.
    [[nodiscard]] Secret all(std::size_t max_bytes = 1024 * 1024) const;
    /// For messages: the path, or "environment variable NAME".
    [[nodiscard]] std::string origin() const;
};

}  // namespace opencapf
