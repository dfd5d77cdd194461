// SPDX-License-Identifier: Apache-2.0
// Feeds hostile bytes to both ends of the CAPF protocol. The first byte chooses the role and what the server asks for,
// the rest is the peer's stream. Built as a libFuzzer target (OPENCAPF_FUZZ) and replayed over the corpus by gtest.
#include "opencapf/capf_protocol/identity.hpp"
#include "opencapf/capf_protocol/phone_session.hpp"
#include "opencapf/capf_protocol/server_session.hpp"

#include <cstdlib>
#include <type_traits>

namespace {

using namespace opencapf;
using namespace opencapf::capf_protocol;

[[noreturn]] void broken() { std::abort(); }

/// All frames of `stream` fed in pieces of `step` bytes; whatever was taken must encode to the very bytes again.
std::vector<Frame> frames_of(ByteView stream, std::size_t step) {
    FrameReader reader(16384);
    std::vector<Frame> frames;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        reader.feed(stream.subspan(at, std::min(step, stream.size() - at)));
        while (true) {
            auto frame = reader.next();
            if (!frame) return frames;
            if (!*frame) break;
            frames.push_back(**std::move(frame));
        }
    }
    return frames;
}

void act_as_server(const std::vector<Frame>& frames, std::uint8_t choice) {
    ServerSession session(1);
    if (session.start().session_id != 1) broken();
    for (const Frame& frame : frames) {
        const auto event = session.receive(frame);
        if (!event) {
            if (session.state() != ServerState::failed) broken();
            continue;
        }
        if (const auto* auth = std::get_if<AuthReceived>(&*event)) {
            const auto proven = verify_identity(auth->response, 1, auth->version);
            if (proven && proven->certificate.der().empty()) broken();
            if (choice == 1) {
                (void)session.request_fetch();
            } else if (choice == 5) {
                if (!session.store(Bytes(100, 0x30))) broken();
            } else if (choice == 2) {
                (void)session.request_delete();
            } else if (!session.request_key(KeySpec{})) {
                broken();  // an RSA key can be asked of every version
            }
        } else if (std::holds_alternative<KeyGenerated>(*event)) {
            const bool sign = choice == 4 && session.may_request_signature();
            const Bytes payload(100, 0x30);
            if (!(sign ? session.request_signature(payload) : session.store(payload))) broken();
        } else if (std::holds_alternative<Signed>(*event)) {
            if (!session.store(Bytes(100, 0x30))) broken();
        }
    }
    if (session.end(Reason::refused).command != Command::end_session) broken();
}

void act_as_phone(const std::vector<Frame>& frames) {
    PhoneSession session(kProfileV3, "SEP000000000001");
    for (const Frame& frame : frames) {
        const auto event = session.receive(frame);
        if (!event) return;
        std::visit(
            [&session](const auto& asked) {
                using T = std::decay_t<decltype(asked)>;
                if constexpr (std::is_same_v<T, AuthAsked>) (void)session.authenticate();
                if constexpr (std::is_same_v<T, KeyAsked>) (void)session.key(Bytes(94, 0x30));
                if constexpr (std::is_same_v<T, SignAsked>) (void)session.signature(Bytes(64, 1));
                if constexpr (std::is_same_v<T, StoreAsked>) (void)session.stored();
                if constexpr (std::is_same_v<T, FetchAsked>) (void)session.fetched(std::nullopt);
                if constexpr (std::is_same_v<T, DeleteAsked>) (void)session.deleted();
            },
            *event);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView stream(data + 1, size - 1);
    const auto frames = frames_of(stream, stream.size() + 1);
    if (frames != frames_of(stream, 1)) broken();
    std::size_t at = 0;
    for (const Frame& frame : frames) {
        const Bytes wire = encode(frame);
        if (!std::equal(wire.begin(), wire.end(), stream.begin() + static_cast<std::ptrdiff_t>(at))) broken();
        at += wire.size();
    }
    if (data[0] == 3) {
        act_as_phone(frames);
    } else {
        act_as_server(frames, data[0]);
    }
    return 0;
}
