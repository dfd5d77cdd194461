// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/log/events.hpp"

#include <string>
#include <vector>

/// Pure renderers of the two legacy grammars. Text that a peer chose is escaped: no event can forge a line.
namespace opencapf::ces {

struct RenderOptions {
    int pid = 0;
    std::string server;                ///< "0.0.0.0:8084", the listening socket as configured
    bool classic_access_lines = true;  ///< libEST's log_access quirks (est.md 4.2)
};

/// Which connection an event belongs to.
struct ConnectionInfo {
    unsigned long number = 0;  ///< NGINX's "*2"
    std::string client;        ///< address
};

/// Lines for the CiscoRA start-up log: what a starting NGINX says on its standard error, warnings and worse only.
std::vector<std::string> render_ciscora(const Event& event);

/// Lines for error.log of an event that belongs to no connection. libEST's own lines go to the CiscoRA log then.
std::vector<std::string> render_error_log(const TimedEvent& event, const RenderOptions& options);

/// Lines for error.log of an event of an EST connection.
std::vector<std::string> render_error_log(const TimedEvent& event, const RenderOptions& options,
                                          const ConnectionInfo& connection);

/// The request's line for access.log: NGINX's "combined" format, then rid=<id of the request> and rt=<seconds>.
std::string render_access_log(const Access& access);

}  // namespace opencapf::ces
