// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/link.hpp"

#include <array>

namespace opencapf::phone_sim {

using namespace capf_protocol;

namespace {
constexpr net::Duration kCloseTimeout{1000};
}

Task<Result<void>> Link::connect(Server server, const net::TlsClientContext& tls) {
    std::string no_server_name;  // phones trust a role, not a name
    auto connected = co_await net::connect(loop_, std::move(server.host), server.port, tls, std::move(no_server_name),
                                           options_.timeout);
    if (!connected) co_return fail(connected.error());
    stream_ = *std::move(connected);
    const auto chain = stream_->peer_chain();
    options_.tell(event::Connected{stream_->tls_version(), chain.empty() ? "" : chain.front().subject_rfc2253()});
    co_return Result<void>{};
}

Task<Result<Frame>> Link::receive() {
    while (true) {
        auto frame = reader_.next();
        if (!frame) co_return fail(frame.error());
        if (*frame) {
            options_.tell(event::Received{(*frame)->command});
            co_return **std::move(frame);
        }
        std::array<std::uint8_t, 4096> buffer;
        const auto count = co_await stream_->read_some(buffer, options_.timeout);
        if (!count) co_return fail(count.error().with("waiting for the server"));
        reader_.feed(ByteView(buffer).first(*count));
    }
}

Task<Result<void>> Link::send(Frame frame) {
    const bool from_now_on = sent_ >= options_.fault_after;
    if (options_.fault == Fault::disconnect_after && from_now_on) {
        co_return fail(Errc::closed, "left after " + std::to_string(sent_) + " frames, as told by --fault");
    }
    if (options_.fault == Fault::no_answer && from_now_on) co_return Result<void>{};
    if (options_.fault == Fault::slow) co_await loop_.sleep(options_.fault_delay);
    if (options_.fault == Fault::wrong_session) ++frame.session_id;
    ++sent_;
    const Bytes wire = encode(frame);
    options_.tell(event::Sent{frame.command});
    if (options_.fault != Fault::split_records) {
        co_return co_await stream_->write(wire, options_.timeout);
    }
    // The header itself in two records, then the body.
    const ByteView all = wire;
    const std::array<ByteView, 3> pieces{all.first(3), all.subspan(3, kHeaderSize - 3), all.subspan(kHeaderSize)};
    for (const ByteView piece : pieces) {
        if (piece.empty()) continue;
        const auto written = co_await stream_->write(piece, options_.timeout);
        if (!written) co_return written;
    }
    co_return Result<void>{};
}

Task<> Link::close() { co_await stream_->close(kCloseTimeout); }

}  // namespace opencapf::phone_sim
