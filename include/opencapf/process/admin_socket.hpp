// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/net/loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace opencapf::process {

/// Unix domain socket, mode 0660, one JSON object per line each way (texts here, so that no header drags in the JSON
/// library). Requests are {"version":1,"command":"...", ...}; answers {"ok":true,...} or {"ok":false,"error":...}.
/// Lines above 64 KiB and silent clients (30 s) are dropped.
class AdminSocket {
public:
    using Handler = std::function<Task<std::string>(std::string line)>;
    /// Replaces a stale socket file; throws std::system_error when another process still answers on it.
    AdminSocket(net::Loop& loop, std::string path, Handler handler);
    ~AdminSocket();
    void start();
    void stop();  ///< thread-safe; removes the file

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Client side, blocking: sends one line, returns the answer line. Errors: unreachable (with what to do), closed,
/// timeout (no byte came for `patience`).
Result<std::string> admin_request(const std::string& socket_path, const std::string& line,
                                  std::chrono::seconds patience = std::chrono::seconds(60));

}  // namespace opencapf::process
