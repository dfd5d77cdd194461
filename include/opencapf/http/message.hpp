// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <optional>
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
    /// The first field of this name gets `value`; without one it is added.
    void set(std::string_view name, std::string value);
    /// How many fields have this name.
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
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

inline constexpr std::chrono::seconds kMaxTransferDelay{600};

/// How an answer leaves when it shall not simply be sent: for a server that misbehaves on purpose. Waiting blocks no
/// loop; it is over at once when the server drains, and ends the connection when the peer goes away. Longer delays than
/// kMaxTransferDelay are cut to it.
struct Transfer {
    enum class End {
        normal,
        close,  ///< an orderly end of the connection: close_notify and FIN
        reset,  ///< TCP reset
    };
    std::chrono::milliseconds delay{0};       ///< before the first byte
    std::chrono::milliseconds body_delay{0};  ///< after the head and `body_bytes` of the body
    End end = End::normal;                    ///< how the connection ends after the head and `body_bytes` of the body
    /// Missing: half of the body for `body_delay`; for `end` not even the head is sent.
    std::optional<std::size_t> body_bytes{};
};

struct Response {
    unsigned status = 200;
    std::string reason;  ///< empty = the standard phrase
    Headers headers;     ///< Content-Length and Connection are added by the server
    std::string body;
    bool close = false;                  ///< close after this answer
    bool sensitive = false;              ///< the body holds a secret: the server wipes it once it is sent
    std::optional<Transfer> transfer{};  ///< missing: sent at once, in one write
};

/// name=value pairs of application/x-www-form-urlencoded text, decoded, in order; empty pairs are dropped. At most
/// `max_pairs` are read, the rest is ignored.
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text, std::size_t max_pairs = 64);
/// The date of a header in one of the three forms of RFC 9110 section 5.6.7; a recipient must know the obsolete two as
/// well.
std::optional<std::time_t> parse_date(std::string_view text);

/// First value with this name (ASCII case-insensitive), or empty.
std::string_view form_value(const std::vector<std::pair<std::string, std::string>>& form, std::string_view name);

}  // namespace opencapf::http
