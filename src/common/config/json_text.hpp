// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace opencapf::config {

using Json = nlohmann::json;

/// A value as problems and changes show it: short, on one line.
std::string shown(const Json& value);
/// The same, but of objects and arrays only the kind.
std::string kind(const Json& value);
/// `key` as a token of a JSON pointer (RFC 6901).
std::string pointer_token(std::string_view key);

}  // namespace opencapf::config
