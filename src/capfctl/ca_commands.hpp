// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl ca ...`: the certificate manager's side of ca-simd. `connection` must outlive the parsing of `cli`.
void add_ca_commands(CLI::App& cli, const Connection& connection);

// Its parts, each for one subject.
void add_ca_request_commands(CLI::App& ca, const Connection& connection);
void add_ca_authority_commands(CLI::App& ca, const Connection& connection);
void add_ca_override_commands(CLI::App& ca, const Connection& connection);

inline constexpr const char* kCaDaemon = "ca-simd";

}  // namespace opencapf::capfctl
