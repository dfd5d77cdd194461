// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "opencapf/config/reader.hpp"

#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// "ca" and one element of "templates" of the configuration.
void read_ca(config::Reader& reader, CaConfig& ca);
void read_template(config::Reader& reader, std::vector<Template>& templates);

/// {"templates": [...]} as in the configuration, for templates that come from elsewhere. Throws config::ConfigError.
std::vector<Template> parse_templates(std::string_view name, std::string_view text);

/// Names that end up in pages, log lines and option values: nothing that could forge one.
bool plain_name(std::string_view name) noexcept;

}  // namespace opencapf::ca_sim
