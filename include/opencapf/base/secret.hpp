// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

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

}  // namespace opencapf
