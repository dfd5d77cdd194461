// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/config.hpp"

#include "opencapf/process/server_config.hpp"

namespace opencapf::capf::axl {

void read_config(config::Reader& reader, Config& target) {
    reader.live({"certificate", "private_key", "accounts"});
    reader.boolean("enabled", target.enabled, "serve POST /axl/ over HTTPS");
    if (target.enabled)
        for (const auto* key : {"certificate", "private_key", "accounts"}) reader.require(key);
    reader.object(
        "listen", [&](config::Reader& listen) { process::read_listener(listen, target.listen); },
        "where AXL scripts connect");
    reader.content("certificate", target.certificate, "PEM, leaf first, then the chain to send");
    reader.secret("private_key", target.private_key, "PEM, not readable by others");
    reader.secret("accounts", target.accounts,
                  "file with a line USER:HASH for each account, as `capfctl axl hash` makes them; not readable by "
                  "others");
    reader.object(
        "http", [&](config::Reader& http) { process::read_http_limits(http, target.limits); }, "bounds of HTTP");
}

}  // namespace opencapf::capf::axl
