// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone_log.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <filesystem>
#include <fmt/format.h>

namespace opencapf::phone_sim {
namespace {

struct Describe {
    std::string operator()(const event::Connecting& event) const { return "connecting to " + event.server; }
    std::string operator()(const event::Connected& event) const {
        return "connected, " + event.tls_version + ", server " + event.server_certificate;
    }
    std::string operator()(const event::Received& event) const {
        return "received " + std::string(to_string(event.command));
    }
    std::string operator()(const event::Sent& event) const { return "sent " + std::string(to_string(event.command)); }
    std::string operator()(const event::Ended& event) const {
        return fmt::format("the server ended the session: {} ({})", to_string(event.reason),
                           static_cast<unsigned>(event.reason));
    }
    std::string operator()(const event::Screen& event) const { return "screen: " + event.text; }
    std::string operator()(const event::Finished& event) const {
        return event.outcome + (event.detail.empty() ? "" : ": " + event.detail);
    }
};

std::size_t size_of(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : static_cast<std::size_t>(size);
}

}  // namespace

std::string render(WallTime time, std::string_view phone, const PhoneEvent& event) {
    return fmt::format("{}.{:03} phone {}: {}", format_local(time, "%Y-%m-%d %H:%M:%S"), milliseconds_of(time), phone,
                       printable(std::visit(Describe{}, event)));
}

PhoneLog::PhoneLog(const std::string& path, std::size_t max_bytes, WallClock clock)
    : max_bytes_(max_bytes), clock_(std::move(clock)), file_(path), size_(size_of(path)) {}

void PhoneLog::write(std::string_view phone, const PhoneEvent& event) {
    const std::lock_guard lock(mutex_);
    const std::string line = render(clock_(), phone, event);
    if (size_ > 0 && size_ + line.size() >= max_bytes_) {
        try {
            std::filesystem::rename(file_.path(), file_.path() + ".1");
            file_.reopen();
        } catch (const std::exception& error) {
            log::warn(std::string("the phones' log goes on in the old file: ") + error.what());
        }
        size_ = 0;
    }
    size_ += line.size() + 1;
    file_.write(line);
}

}  // namespace opencapf::phone_sim
