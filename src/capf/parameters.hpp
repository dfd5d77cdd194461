// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::capf {

/// A service or enterprise parameter under the name CUCM's documents give it (cucm-capf.md 2.1, 2.2).
struct Parameter {
    std::string_view name;           ///< "Duration Of Certificate Validity (in days)"
    std::string_view kind;           ///< "service", "enterprise", or "cli" for what CUCM sets with utils capf
    std::string_view pointer;        ///< where capfd.json has it: "/service_parameters/..."
    std::string_view range;          ///< of its values, for people
    std::string_view default_value;  ///< as `value` writes it
    bool default_confirmed = false;  ///< a public document says so; otherwise the default is our choice
    std::string_view help;
    std::string value;  ///< in force
    bool live = true;   ///< a reload applies a change; CUCM wants a restart for each
};

/// All of them with their values in `config`. Passwords are not shown.
std::vector<Parameter> parameters(const Config& config);

}  // namespace opencapf::capf
