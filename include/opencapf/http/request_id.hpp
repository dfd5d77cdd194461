// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace opencapf::http {

/// The header that carries the id of a request from one daemon to the next, so that one search finds it in every log.
/// No standard names it; this is the name NGINX' documentation and most proxies use.
inline constexpr std::string_view kRequestIdHeader = "X-Request-ID";

/// 16 random bytes as hex. Thread-safe. Throws std::runtime_error when there are no random bytes.
std::string new_request_id();

/// Is a peer's id safe to log and to pass on: 1 to 64 letters, digits, '.', '_' and '-'?
bool is_request_id(std::string_view text) noexcept;

}  // namespace opencapf::http
