// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace opencapf::config {

/// The value in force of one key, whether it came from a file, the environment or the built-in default.
struct Value {
    std::string text;         ///< as JSON; of a secret only where it comes from
    std::string fingerprint;  ///< of what stands in the file a path names, when the daemon reads it; else empty
    bool live = false;        ///< a reload applies a change; otherwise it needs a restart
};

/// Every key of one configuration by its JSON pointer; elements of an array of named objects stand under their names.
using Values = std::map<std::string, Value>;

/// Where a configuration came from.
struct Source {
    std::string file;  ///< empty when it was not read from a file: there is nothing to read again
    Values values{};
};

/// One difference between two readings of a configuration.
struct Change {
    std::string pointer;
    std::string text;  ///< for the operator: "/log_level: "info" -> "debug""; never holds a secret
    bool live = false;
};

/// What changed from `before` to `after`, in the order of the pointers.
std::vector<Change> changes(const Values& before, const Values& after);

/// `running` with the live values of `after`: what is in force once a reload has applied them. Changes that wait for a
/// restart therefore show again at the next reload.
Values after_reload(const Values& running, const Values& after);

}  // namespace opencapf::config
