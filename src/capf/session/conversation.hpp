// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/ending.hpp"
#include "capf/service.hpp"
#include "opencapf/capf_protocol/server_session.hpp"

#include <array>
#include <optional>

namespace opencapf::capf {

/// One connection with a phone: frames in and out with their deadlines and trace lines, and what is known about the
/// phone so far. The steps of an operation (operations.hpp) work on it. Lives on its loop.
class Conversation {
public:
    Conversation(Service& service, LoopState& loop, std::unique_ptr<net::Stream> stream);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// Sends what starts a step and waits for the phone's answer.
    Task<Step<capf_protocol::ServerEvent>> ask(capf_protocol::Frame frame, net::Duration timeout);
    /// Waits for one more frame.
    Task<Step<capf_protocol::ServerEvent>> answer(net::Duration timeout);
    /// END_SESSION if the phone can still hear it, then the end of the connection.
    Task<> end(capf_protocol::Reason reason);
    /// Puts a certificate on record before it leaves for the phone: from then on it is the phone's LSC or a stale one.
    Task<> record_delivery(Bytes der);
    /// Runs file or key work on the pool and resumes here.
    Task<> work(std::function<void()> job);

    /// The device is this session's from now on; an older session of it, at whichever instance, ends without touching
    /// the row. False when this instance may claim nothing at the moment.
    Task<bool> claim(event::Phone phone);
    /// superseded() as the database sees it; asks it only when there are other instances.
    Task<bool> still_claimed();
    /// The session has done what it could. Never fails: a claim that stays is replaced by the next.
    Task<> release();
    [[nodiscard]] cluster::Claim claim_held() const noexcept { return claim_; }
    /// Nothing of the device is this session's any more, neither row nor spool.
    [[nodiscard]] tl::unexpected<Ending> taken_over();
    [[nodiscard]] bool claimed() const noexcept { return hold_ != nullptr; }
    [[nodiscard]] bool superseded() const noexcept { return hold_ && hold_->superseded(); }

    /// The phone broke the protocol or went away. Once the device is claimed that is a communication failure, and the
    /// operation stays armed: the phone comes back three times (cucm-capf.md 4.3).
    [[nodiscard]] tl::unexpected<Ending> lost(const Error& error);
    /// The operation is over, and failed.
    [[nodiscard]] static tl::unexpected<Ending> fails(OperationResult result, std::string why) {
        return stop({capf_protocol::Reason::refused, result, false, std::move(why)});
    }

    /// The trace is inside Select(<DEV>) from the first to the second.
    void enter_select(const Device& row);
    void leave_select();
    template <class Event>
    void trace(Event event) {
        service.trace.emit(std::move(event));
    }
    /// Whether the phone is one of those that know our invented messages (invented.hpp).
    [[nodiscard]] bool knows_inventions() const;
    [[nodiscard]] int descriptor() const noexcept { return stream_->descriptor(); }
    [[nodiscard]] const net::Endpoint& remote() const noexcept { return stream_->remote(); }
    [[nodiscard]] const ProtocolConfig& limits() const noexcept { return config->protocol; }

    Service& service;
    LoopState& loop;
    const std::shared_ptr<const Config> config;
    capf_protocol::ServerSession protocol;
    event::Phone phone;               ///< session 0 until the phone is authenticated
    std::optional<Device> device;     ///< the row as the session found it
    std::int64_t unconfirmed_id = 0;  ///< of the certificate that is on its way to the phone, 0 = none
    metrics::Stopwatch watch;

private:
    Task<Result<void>> send(capf_protocol::Frame frame);
    Task<Result<capf_protocol::Frame>> read_frame(net::Duration timeout);

    std::unique_ptr<net::Stream> stream_;
    capf_protocol::FrameReader reader_;
    std::array<std::uint8_t, 4096> buffer_{};
    std::size_t frames_ = 0, progress_ = 0;
    bool connected_ = true;
    bool in_select_ = false;
    std::unique_ptr<ActiveDevices::Hold> hold_;
    cluster::Claim claim_;
};

}  // namespace opencapf::capf
