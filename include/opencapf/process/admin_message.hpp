// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/check.hpp"
#include "opencapf/base/result.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace opencapf::process {

/// The messages of the admin socket (docs/admin-socket.md). Include it where messages are made only: it brings the JSON
/// library with it.
using AdminJson = nlohmann::ordered_json;

inline constexpr int kAdminVersion = 1;

/// The request of one line. Its "version" is ours and its "command" a string; error malformed otherwise.
Result<AdminJson> parse_admin_request(const std::string& line);
/// Members of a request; error malformed names the member. Without a fallback it must be there.
Result<std::string> text_of(const AdminJson& request, const char* key, const char* fallback = nullptr);
Result<std::int64_t> number_of(const AdminJson& request, const char* key, std::int64_t low, std::int64_t high,
                               std::optional<std::int64_t> fallback = std::nullopt);
Result<bool> flag_of(const AdminJson& request, const char* key, bool fallback);

/// Array of {"group","what","state","found"}, for the commands that try the running chain.
AdminJson checks_json(const Checks& checks);

/// One line: {"version":1,"ok":true, ...} or {"version":1,"ok":false,"error":{"code","message"}}.
std::string admin_answer(const Result<AdminJson>& answer);

}  // namespace opencapf::process
