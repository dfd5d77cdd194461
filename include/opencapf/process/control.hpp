// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/process/admin_socket.hpp"
#include "opencapf/process/reload.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace opencapf::process {

/// What a daemon says of itself.
struct Status {
    std::vector<std::string> not_ready;  ///< why it cannot do its work now, a line each; empty = ready
    std::vector<std::pair<std::string, std::string>> facts;  ///< for people, in order: "phones" -> "0.0.0.0:3804"
};

/// What every daemon can be asked at run time: the commands daemon.status, daemon.reload and daemon.log_level of its
/// admin socket (docs/admin-socket.md), and the reload of SIGHUP. Other commands go to the daemon.
class Control {
public:
    struct Hooks {
        std::function<ReloadReport()> reload;  ///< may block; one at a time
        std::function<Status()> status;        ///< called on a loop: must not block
        AdminSocket::Handler command;          ///< empty: there are no other commands
    };
    /// `socket_path` may be empty: no socket then. Throws as AdminSocket. Goes before `loops`.
    Control(net::LoopPool& loops, std::string program, const std::string& socket_path, Hooks hooks);
    ~Control();
    void start();
    void stop();
    /// Runs the reload and tells the daemon's own log what it did. Blocks. Thread-safe.
    ReloadReport reload();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace opencapf::process
