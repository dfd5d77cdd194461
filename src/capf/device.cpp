// SPDX-License-Identifier: Apache-2.0
#include "capf/device.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace opencapf::capf {

std::string certificate_name(const Device& device) {
    return device.model.empty() ? device.name : device.model + '-' + device.name;
}

std::optional<WallTime> parse_finish_time(const std::string& text) {
    std::tm parts{};
    int used = 0;
    const int fields = std::sscanf(text.c_str(), "%4d:%2d:%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                                   &parts.tm_hour, &parts.tm_min, &used);
    if (fields != 5 || used != static_cast<int>(text.size()) || parts.tm_year < 1970) return std::nullopt;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    parts.tm_isdst = -1;
    const std::tm asked = parts;
    const std::time_t seconds = std::mktime(&parts);
    // mktime turns the 31st of February into a day of March: not what was asked.
    const bool same = asked.tm_mon == parts.tm_mon && asked.tm_mday == parts.tm_mday && asked.tm_min == parts.tm_min;
    if (seconds == -1 || !same) return std::nullopt;
    return std::chrono::system_clock::from_time_t(seconds);
}

bool is_valid_device_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
               c == '_';
    };
    return !name.empty() && name.size() <= 128 && name.front() != '.' && std::all_of(name.begin(), name.end(), allowed);
}

bool is_auth_string(std::string_view text) {
    return text.size() >= 4 && text.size() <= 10 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string random_auth_string() {
    constexpr std::size_t kGeneratedDigits = 8;
    std::string digits;
    while (digits.size() < kGeneratedDigits) {
        for (const auto byte : random_bytes(kGeneratedDigits)) {
            // 250 is the last multiple of ten: every digit is as likely as the others.
            if (byte < 250 && digits.size() < kGeneratedDigits) digits += static_cast<char>('0' + byte % 10);
        }
    }
    return digits;
}

}  // namespace opencapf::capf
