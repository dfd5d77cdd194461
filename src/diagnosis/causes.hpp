// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// A known reason why a phone has no certificate. The table is the only place that names them; docs/troubleshooting
/// and the scenarios use the same names.
struct Cause {
    std::string_view name;                ///< an interface: scripts use it
    std::string_view title;               ///< one line
    std::string_view meaning;             ///< what is wrong
    std::string_view cure;                ///< what to do
    std::vector<std::string_view> pages;  ///< files of docs/troubleshooting, without .md, the likeliest first
};

const std::vector<Cause>& causes();

/// Throws std::logic_error for a name that is not in the table.
const Cause& cause(std::string_view name);

}  // namespace opencapf::diagnosis
