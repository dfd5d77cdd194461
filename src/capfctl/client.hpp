// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace opencapf::capfctl {

using Json = nlohmann::ordered_json;

inline constexpr const char* kCapfDaemon = "capfd";

/// What stands before every command.
struct Connection {
    std::string socket;  ///< --socket; empty: see socket_of()
    bool json = false;
};

/// Ends the program with this code after its message was printed.
struct Exit {
    int code;
};

/// The admin socket of a daemon: --socket, or the variable CAPF_ADMIN_SOCKET, CES_ADMIN_SOCKET or CA_ADMIN_SOCKET, or
/// the place where the package has it.
std::string socket_of(const Connection& connection, const std::string& daemon);

/// The answer of `daemon` to `request`, waited for so long. Errors: unreachable, closed, timeout; what the daemon says
/// when it says no; malformed, when that is not understood.
Result<Json> try_ask(const Connection& connection, const std::string& daemon, const Json& request,
                     std::chrono::seconds patience);

/// The answer of `daemon` to `request`; throws Exit when there is none, or it says no.
Json ask(const Connection& connection, const std::string& daemon, const Json& request);

}  // namespace opencapf::capfctl
