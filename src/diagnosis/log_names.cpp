// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/log_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <tuple>

namespace opencapf::diagnosis {
namespace {

constexpr std::string_view kDigits = "0123456789";

struct Name {
    std::string_view base;
    std::int64_t age = 0;  ///< 0: being written; the smaller, the older
};

std::int64_t number(std::string_view digits) {
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// What logrotate puts behind a name: a dot and how many files ago, or a dash and the date.
Name name_of(std::string_view path) {
    for (const std::string_view packed : {".gz", ".gzo", ".bz2", ".xz", ".zst"})
        if (path.ends_with(packed)) path.remove_suffix(packed.size());
    const auto last = path.find_last_not_of(kDigits);
    if (last == std::string_view::npos || last + 1 == path.size() || last == 0) return {path, 0};
    const auto digits = path.substr(last + 1);
    if (path[last] == '.' && digits.size() <= 4) return {path.substr(0, last), -number(digits)};
    constexpr std::int64_t kLongAgo = 1'000'000'000'000'000;
    if (path[last] == '-' && digits.size() >= 8 && digits.size() <= 14)
        return {path.substr(0, last), number(digits) - kLongAgo};
    return {path, 0};
}

/// Less than, equal or greater: -1, 0, 1. Runs of digits compare as numbers.
int compare(std::string_view one, std::string_view other) {
    while (!one.empty() && !other.empty()) {
        const auto run = [](std::string_view text) {
            return text.substr(0, std::min(text.find_first_not_of(kDigits), text.size()));
        };
        auto left = run(one), right = run(other);
        if (left.empty() || right.empty()) {
            if (one.front() != other.front()) return one.front() < other.front() ? -1 : 1;
            one.remove_prefix(1);
            other.remove_prefix(1);
            continue;
        }
        one.remove_prefix(left.size());
        other.remove_prefix(right.size());
        left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
        right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
        if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
        if (left != right) return left < right ? -1 : 1;
    }
    return one.empty() ? (other.empty() ? 0 : -1) : 1;
}

}  // namespace

bool is_older_name(std::string_view one, std::string_view other) {
    const Name left = name_of(one), right = name_of(other);
    const int bases = compare(left.base, right.base);
    if (bases != 0) return bases < 0;
    return std::tie(left.age, one) < std::tie(right.age, other);
}

}  // namespace opencapf::diagnosis
