// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::config {

std::string shown(const Json& value) {
    std::string text = value.dump();
    return printable(text, 60);
}

std::string kind(const Json& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    return shown(value);
}

std::string pointer_token(std::string_view key) {
    std::string token;
    for (char c : key) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

}  // namespace opencapf::config
