// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/request_id.hpp"

#include "opencapf/base/bytes.hpp"

#include <algorithm>

namespace opencapf::http {

std::string new_request_id() { return to_hex(random_bytes(16)); }

bool is_request_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
               c == '-';
    });
}

}  // namespace opencapf::http
