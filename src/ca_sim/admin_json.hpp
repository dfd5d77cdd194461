// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/admin.hpp"
#include "opencapf/process/admin_message.hpp"

#include <string_view>

/// Private to the admin commands: it brings the JSON library with it.
namespace opencapf::ca_sim::admin {

using Json = process::AdminJson;
using Answer = Result<Json>;

using process::flag_of;
using process::number_of;
using process::text_of;

struct Command {
    std::string_view name;
    Task<Answer> (*run)(Admin&, Json);
};
std::span<const Command> request_commands();
std::span<const Command> authority_commands();
std::span<const Command> override_commands();

/// A template as the configuration writes it.
Json template_json(const Template& entry);

}  // namespace opencapf::ca_sim::admin
