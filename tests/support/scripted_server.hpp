// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/http/server.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace opencapf::test {

/// Root, server certificate and password, on disk as the programs want them.
struct LabPki {
    explicit LabPki(const TempDir& dir);
    Issued root;
    Issued server;  ///< name "localhost", used by the program under test and by the scripted server alike
};

/// A TLS server in process whose answers a test scripts.
class ScriptedServer {
public:
    using Answer = std::function<Task<http::Response>(net::Loop&, const http::Request&)>;
    /// `answer` runs on a loop's thread.
    ScriptedServer(const TempDir& dir, Answer answer);
    ~ScriptedServer();
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] std::size_t connections() const { return connections_; }
    void stop();

private:
    Answer answer_;
    std::atomic<std::size_t> connections_{0};
    bool stopped_ = false;
    std::unique_ptr<net::LoopPool> loops_;
    std::unique_ptr<net::Listener> listener_;
};

}  // namespace opencapf::test
