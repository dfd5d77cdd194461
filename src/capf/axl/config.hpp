// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/net/listener.hpp"

#include <string>

namespace opencapf::capf::axl {

/// "axl" of capfd.json: the endpoint for scripts that speak CUCM's AXL. Off unless it is switched on.
struct Config {
    bool enabled = false;
    net::ListenerConfig listen{"127.0.0.1", 8443, 128, 64};
    std::string certificate;  ///< file
    SecretSource private_key, accounts;
    http::ServerLimits limits;
};

void read_config(config::Reader& reader, Config& target);

}  // namespace opencapf::capf::axl
