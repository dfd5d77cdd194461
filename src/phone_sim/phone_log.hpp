// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/capf_protocol/codes.hpp"
#include "opencapf/log/line_file.hpp"

#include <mutex>
#include <string>
#include <variant>

namespace opencapf::phone_sim {

/// What a phone has to tell, as types; render() turns them into lines.
namespace event {
struct Connecting {
    std::string server;  ///< host:port
};
struct Connected {
    std::string tls_version, server_certificate;  ///< subject
};
struct Received {
    capf_protocol::Command command;
};
/// Told before the bytes leave: the server may have them before the call that writes them returns.
struct Sent {
    capf_protocol::Command command;
};
struct Ended {
    capf_protocol::Reason reason;  ///< of END_SESSION
};
struct Screen {
    std::string text;  ///< what the phone shows
};
struct Finished {
    std::string outcome, detail;  ///< detail: why, when it is not "done"
};
}  // namespace event
using PhoneEvent = std::variant<event::Connecting, event::Connected, event::Received, event::Sent, event::Ended,
                                event::Screen, event::Finished>;

/// "2026-11-28 20:39:56.054 phone SEP001122334455: received CAPF_MSG_AUTH_REQ", local time. What a peer chose is
/// escaped.
std::string render(WallTime time, std::string_view phone, const PhoneEvent& event);

/// The log of one phone or of all of a fleet, appended to one file; capfctl trace reads it. When it has grown to
/// `max_bytes` it becomes FILE.1, in place of an older one, and a new one begins: twice that is the most on disk.
/// Thread-safe. The lines tell no secret.
class PhoneLog {
public:
    /// Throws std::runtime_error naming a file that cannot be opened.
    PhoneLog(const std::string& path, std::size_t max_bytes, WallClock clock = std::chrono::system_clock::now);
    void write(std::string_view phone, const PhoneEvent& event);

private:
    const std::size_t max_bytes_;
    const WallClock clock_;
    std::mutex mutex_;  // guards the order of lines and size_
    log::LineFile file_;
    std::size_t size_ = 0;
};

}  // namespace opencapf::phone_sim
