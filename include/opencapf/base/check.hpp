// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opencapf {

/// What a trial of the running chain gave.
enum class CheckState {
    good,
    bad,      ///< somebody has to do something
    unknown,  ///< it could not be tried, or nobody tells; never a guess
};

/// "good", "bad" or "unknown".
constexpr std::string_view to_string(CheckState state) noexcept {
    return state == CheckState::good ? "good" : state == CheckState::bad ? "bad" : "unknown";
}

/// One thing that was tried on the running chain, for `capfctl doctor --live`.
struct Check {
    std::string group{};  ///< heading it stands under: a daemon, a CA, a server
    std::string what{};   ///< the step, the same words whatever came of it
    CheckState state = CheckState::unknown;
    std::string found{};  ///< for people: what it was, or what is wrong and what to do; peers' text is escaped already
};
using Checks = std::vector<Check>;

inline Check good(std::string what, std::string found) {
    return {{}, std::move(what), CheckState::good, std::move(found)};
}
inline Check bad(std::string what, std::string found) {
    return {{}, std::move(what), CheckState::bad, std::move(found)};
}
inline Check unknown(std::string what, std::string found) {
    return {{}, std::move(what), CheckState::unknown, std::move(found)};
}

/// Puts `more` under the heading `group` of `all`.
inline void append_checks(Checks& all, const std::string& group, Checks more) {
    for (auto& one : more) {
        one.group = group;
        all.push_back(std::move(one));
    }
}

}  // namespace opencapf
