// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opencapf::http {

/// Header fields in order, names compare case-insensitively and are sent in the spelling given (libEST compares them
/// case-sensitively, est.md section 0).
class Headers {
public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// First value, or empty.
    [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
    [[nodiscard]] bool has(std::string_view name) const noexcept;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const noexcept { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
    std::string method;
    std::string target;  ///< as sent
    std::string path;    ///< target up to '?', as sent (not decoded)
    std::string query;   ///< after '?', as sent
    int version = 11;    ///< 10 or 11
    Headers headers;
    std::string body;
};

struct Response {
    unsigned status = 200;
    std::string reason;  ///< empty = the standard phrase
    Headers headers;     ///< Content-Length and Connection are added by the server
    std::string body;
    bool close = false;  ///< close after this answer
};

/// name=value pairs of application/x-www-form-urlencoded text, decoded, in order; empty pairs are dropped. At most
/// `max_pairs` are read, the rest is ignored.
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text, std::size_t max_pairs = 64);
/// First value with this name (ASCII case-insensitive), or empty.
std::string_view form_value(const std::vector<std::pair<std::string, std::string>>& form, std::string_view name);

}  // namespace opencapf::http
