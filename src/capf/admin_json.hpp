// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"
#include "opencapf/process/admin_message.hpp"

#include <span>
#include <string_view>

/// Private to the admin commands: it brings the JSON library with it.
namespace opencapf::capf::admin {

using Json = process::AdminJson;
using Answer = Result<Json>;

using process::flag_of;
using process::number_of;
using process::text_of;

struct Command {
    std::string_view name;
    Task<Answer> (*run)(Service&, Json);
};
// One table for each subject; admin.cpp asks them in turn.
std::span<const Command> device_commands();

}  // namespace opencapf::capf::admin
