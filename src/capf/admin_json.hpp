// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device_query.hpp"
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
std::span<const Command> renewal_commands();
std::span<const Command> bulk_commands();
std::span<const Command> report_commands();
std::span<const Command> stale_commands();
std::span<const Command> profile_commands();
std::span<const Command> issuer_commands();
std::span<const Command> parameter_commands();

/// A device in a report; no certificate is parsed for it.
Json row_json(const DeviceRow& row, std::int64_t now);

struct PageRequest {
    std::string after;
    std::size_t limit = 0;
};
/// "after" and "limit" (1 to kMaxPage) of a request. Error malformed.
Result<PageRequest> page_request(const Json& request);

/// The conditions in "where" of a request, an array of texts; without it every device.
Result<DeviceQuery> query_of(const Json& request, WallTime now);

}  // namespace opencapf::capf::admin
