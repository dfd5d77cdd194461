// SPDX-License-Identifier: Apache-2.0
#include "capf/session/conversation.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <utility>

namespace opencapf::capf {
namespace {

namespace proto = capf_protocol;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxFrames = 64;  // a session needs six
// A phone that makes a key may say so again and again; each time costs lines of the trace.
constexpr std::size_t kMaxProgress = 1000;
constexpr net::Duration kCloseTimeout{2'000};

proto::ServerOptions options(const ProtocolConfig& config) {
    proto::ServerOptions result;
    result.nothing_pending = static_cast<proto::Reason>(config.nothing_pending_reason);
    return result;
}

}  // namespace

Conversation::Conversation(Service& s, LoopState& l, std::unique_ptr<net::Stream> stream)
    : service(s),
      loop(l),
      config(s.config()),
      protocol(s.next_session++, options(config->protocol)),
      stream_(std::move(stream)),
      reader_(config->protocol.max_frame_bytes) {
    trace(event::ConnectionOpened{stream_->descriptor(), stream_->remote().address, stream_->tls_version()});
}

Task<Result<void>> Conversation::send(proto::Frame frame) {
    trace(event::Message{proto::to_string(frame.command)});
    const Bytes bytes = proto::encode(frame);
    const auto sent = co_await stream_->write(bytes, config->protocol.write_timeout);
    if (!sent) connected_ = false;
    co_return sent;
}

Task<Step<proto::ServerEvent>> Conversation::ask(proto::Frame frame, net::Duration timeout) {
    if (superseded()) co_return taken_over();
    const auto sent = co_await send(std::move(frame));
    if (!sent) co_return lost(sent.error());
    co_return co_await answer(timeout);
}

Task<Step<proto::ServerEvent>> Conversation::answer(net::Duration timeout) {
    const auto frame = co_await read_frame(timeout);
    if (!frame) co_return lost(frame.error());
    trace(event::Message{proto::to_string(frame->command)});
    const auto state = protocol.state();
    auto event = protocol.receive(*frame);
    if (!event) co_return lost(event.error());
    // Time and restarts are what bounds them.
    if (std::holds_alternative<proto::KeyInProgress>(*event) && ++progress_ <= kMaxProgress) --frames_;
    if (phone.session != 0) trace(event::StateEvent{phone, trace_name(*event), trace_name(state)});
    co_return std::move(*event);
}

Task<Result<proto::Frame>> Conversation::read_frame(net::Duration timeout) {
    const auto deadline = Clock::now() + timeout;
    if (++frames_ > kMaxFrames) co_return fail(Errc::protocol, "more messages than any operation needs");
    for (;;) {
        auto frame = reader_.next();
        if (!frame) co_return fail(frame.error());
        if (*frame) co_return std::move(**frame);
        const auto left = std::chrono::duration_cast<net::Duration>(deadline - Clock::now());
        const auto count = co_await stream_->read_some(buffer_, std::max(left, net::Duration(0)));
        if (!count) {
            if (superseded()) co_return fail(Errc::closed, "a newer session of the device has taken over");
            connected_ = count.error().code == Errc::timeout;
            const bool cut = reader_.pending() > 0;
            co_return fail(cut ? count.error().with("in the middle of a frame") : count.error());
        }
        reader_.feed({buffer_.data(), *count});
    }
}

tl::unexpected<Ending> Conversation::lost(const Error& error) {
    const auto reason = proto::reason_for(error);
    const std::string how =
        connected_ ? "END_SESSION reason " + std::to_string(static_cast<int>(reason)) : "by closing";
    trace(event::ProtocolError{protocol.session_id(), phone.device, error.message, how});
    Ending ending{reason, std::nullopt, true, error.message, error.code};
    if (claimed()) ending.result = OperationResult::phone_communication;
    return stop(std::move(ending));
}

Task<> Conversation::end(proto::Reason reason) {
    if (connected_) {
        const auto sent = co_await send(protocol.end(reason));
        connected_ = sent.has_value();
    }
    co_await stream_->close(kCloseTimeout);
}

Task<> Conversation::record_delivery(Bytes der) {
    const auto now = unix_seconds(std::chrono::system_clock::now());
    unconfirmed_id = co_await service.unconfirmed.add(device->name, std::move(der), now, claim_);
    co_await still_claimed();
}

Task<> Conversation::work(std::function<void()> job) { co_await service.workers.run(std::move(job)); }

Task<bool> Conversation::claim(event::Phone who) {
    phone = std::move(who);
    // The older session hears no more from its phone, but its phone still hears that it was refused.
    auto stop_older = [&on = loop.loop, stop = stream_->reading_stopper()] { on.post(stop); };
    hold_ = service.active.acquire(device->name, std::move(stop_older));
    if (!service.member) co_return true;
    // A newer session of this process may have come in between: its claim must not be replaced by this one.
    std::function<bool()> wanted = [this] { return !superseded(); };
    claim_ = co_await service.member->claim(device->name, std::move(wanted));
    hold_->set_token(claim_.token);
    co_return claim_.token != 0 || superseded();
}

Task<bool> Conversation::still_claimed() {
    if (!service.member || superseded()) co_return !superseded();
    const bool held = co_await service.member->holds(device->name, claim_);
    if (!held) hold_->supersede();
    co_return held;
}

Task<> Conversation::release() {
    if (claim_.token == 0) co_return;
    std::string defect;
    try {
        co_await service.member->release(device->name, claim_);
    } catch (const std::exception& error) {
        defect = error.what();
    }
    if (!defect.empty()) log::warn(device->name + ": the session's claim stays: " + defect);
}

tl::unexpected<Ending> Conversation::taken_over() {
    hold_->supersede();
    return lost({Errc::closed, "a newer session of the device has taken over"});
}

void Conversation::enter_select(const Device& row) {
    // What the product's variable holds before the read is the first mode (seen in the tech note).
    trace(event::DeviceSelected{row, AuthMode::string});
    in_select_ = true;
}

void Conversation::leave_select() {
    if (std::exchange(in_select_, false)) trace(event::SelectLeft{device->name});
}

bool Conversation::knows_inventions() const {
    if (!protocol.may_request_signature()) return false;
    for (const auto& prefix : config->signing_phones)
        if (iequals(std::string_view(phone.device).substr(0, prefix.size()), prefix)) return true;
    return false;
}

}  // namespace opencapf::capf
