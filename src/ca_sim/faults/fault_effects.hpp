// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/faults/fault_table.hpp"
#include "ca_sim/responses.hpp"
#include "opencapf/net/listener.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What faults make of an answer or a connection. Pure.
namespace opencapf::ca_sim {

/// 403, 500 or 503 as IIS answers them.
http::Response refusal_response(const ServerHeaders& server, FaultKind kind);

/// Page faults, wrong content types, a truncated PKCS#7, then delays and ends of the transfer. `path` as sent.
void spoil(const MetFaults& faults, std::string_view path, http::Response& response);

/// How a connection that met these begins.
net::Opening opening_of(const MetFaults& faults);

/// Half of the page, cut within a tag; ids of elements and of requests are gone.
std::string malformed(std::string_view page);
/// The texts of a German Windows; ids, URLs, numbers and the CA's messages stay (certsrv.md 0, item 4).
std::string in_german(std::string_view page);

}  // namespace opencapf::ca_sim
