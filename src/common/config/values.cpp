// SPDX-License-Identifier: Apache-2.0
#include "opencapf/config/values.hpp"

namespace opencapf::config {

std::vector<Change> changes(const Values& before, const Values& after) {
    std::vector<Change> found;
    for (const auto& [pointer, value] : after) {
        const auto old = before.find(pointer);
        if (old == before.end()) {
            found.push_back({pointer, pointer + ": new, " + value.text, value.live});
        } else if (old->second.text != value.text) {
            found.push_back({pointer, pointer + ": " + old->second.text + " -> " + value.text, value.live});
        } else if (old->second.fingerprint != value.fingerprint) {
            found.push_back({pointer, pointer + ": new content of " + value.text, value.live});
        }
    }
    for (const auto& [pointer, value] : before)
        if (after.find(pointer) == after.end())
            found.push_back({pointer, pointer + ": removed, was " + value.text, value.live});
    return found;
}

Values after_reload(const Values& running, const Values& after) {
    Values result;
    for (const auto& [pointer, value] : running)
        if (!value.live) result.emplace(pointer, value);
    for (const auto& [pointer, value] : after)
        if (value.live) result.insert_or_assign(pointer, value);
    return result;
}

}  // namespace opencapf::config
