// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/server_session.hpp"

#include "opencapf/capf_protocol/invented.hpp"

#include <algorithm>
#include <stdexcept>

namespace opencapf::capf_protocol {

namespace {

// KEY_TYPE, CURVE and the other elements above 16 came with version 3 (3.6).
constexpr std::uint8_t kVersionWithKeyType = 3;
// CERTIFICATE_TYPE, and the nesting around the DER.
constexpr std::size_t kStoreOverhead = 4 + 3 + 5;
// DIGEST_TYPE, and the header of the request info's element.
constexpr std::size_t kSignOverhead = 4 + 3;

std::string number(Command command) { return std::to_string(static_cast<unsigned>(command)); }

}  // namespace

std::string_view trace_name(ServerState state) noexcept {
    switch (state) {
        case ServerState::idle:
            return invented::kStateIdle;
        case ServerState::await_auth:
            return invented::kStateAwaitAuth;
        case ServerState::auth_received:
            return invented::kStateAuthReceived;
        case ServerState::await_key:
            return invented::kStateAwaitKey;
        case ServerState::key_refused:
            return invented::kStateKeyRefused;
        case ServerState::await_ca_cert:
            return invented::kStateAwaitCaCert;
        case ServerState::await_signature:
            return invented::kStateAwaitSignature;
        case ServerState::await_store:
            return invented::kStateAwaitStore;
        case ServerState::await_fetch:
            return invented::kStateAwaitFetch;
        case ServerState::await_delete:
            return invented::kStateAwaitDelete;
        case ServerState::finished:
            return invented::kStateFinished;
        case ServerState::failed:
            return invented::kStateFailed;
        case ServerState::ended:
            return invented::kStateEnded;
    }
    return invented::kStateFailed;
}

std::string_view trace_name(const ServerEvent& event) noexcept {
    struct Name {
        std::string_view operator()(const AuthReceived&) const { return invented::kEventAuth; }
        std::string_view operator()(const KeyInProgress&) const { return invented::kEventInProgress; }
        std::string_view operator()(const KeyGenerated&) const { return invented::kEventKey; }
        std::string_view operator()(const KeyGenerationFailed&) const { return invented::kEventKey; }
        std::string_view operator()(const Signed&) const { return invented::kEventSigned; }
        std::string_view operator()(const SignRefused&) const { return invented::kEventSigned; }
        std::string_view operator()(const Stored&) const { return invented::kEventStored; }
        std::string_view operator()(const StoreRefused&) const { return invented::kEventStored; }
        std::string_view operator()(const Fetched&) const { return invented::kEventFetched; }
        std::string_view operator()(const FetchRefused&) const { return invented::kEventFetched; }
        std::string_view operator()(const Deleted&) const { return invented::kEventDeleted; }
        std::string_view operator()(const DeleteRefused&) const { return invented::kEventDeleted; }
    };
    return std::visit(Name{}, event);
}

ServerSession::ServerSession(std::uint32_t session_id, ServerOptions options)
    : session_id_(session_id), options_(options) {
    if (session_id == 0) throw std::invalid_argument("a CAPF session id must not be 0");
}

void ServerSession::expect(bool allowed, const char* what) const {
    if (!allowed) {
        throw std::logic_error(std::string(what) + " is not allowed in " + std::string(trace_name(state_)));
    }
}

DecodeOptions ServerSession::decode_options() const noexcept { return {options_.unknown_tag, 255}; }

Frame ServerSession::start() {
    expect(ServerState::idle, "start");
    state_ = ServerState::await_auth;
    return AuthRequest{options_.announced_version, options_.auth_type}.encode(session_id_);
}

Result<Frame> ServerSession::request_key(const KeySpec& key) {
    if (state_ != ServerState::key_refused) expect(ServerState::auth_received, "request_key");
    const bool with_type = version_ >= kVersionWithKeyType;
    if (key.type == KeyType::ec && !with_type) {
        return fail(Errc::rejected, "the phone speaks CAPF version " + std::to_string(version_) +
                                        ", which cannot be asked for an EC key");
    }
    state_ = ServerState::await_key;
    return KeyGenerateRequest{key, with_type}.encode(session_id_);
}

Result<Frame> ServerSession::request_signature(ByteView request_info, HashCode digest) {
    expect(ServerState::await_ca_cert, "request_signature");
    if (!may_request_signature()) {
        return fail(Errc::rejected, "the phone speaks CAPF version " + std::to_string(version_) +
                                        ", which cannot be asked for a signature");
    }
    if (request_info.size() > kMaxBody - kSignOverhead) {
        return fail(Errc::too_large, "a request info of " + std::to_string(request_info.size()) +
                                         " bytes does not fit into a CAPF frame");
    }
    state_ = ServerState::await_signature;
    return SignCertificateRequest{digest, Bytes(request_info.begin(), request_info.end())}.encode(session_id_);
}

Result<Frame> ServerSession::store(ByteView certificate_der) {
    expect(state_ == ServerState::await_ca_cert || state_ == ServerState::auth_received, "store");
    if (certificate_der.size() > kMaxBody - kStoreOverhead) {
        return fail(Errc::too_large, "a certificate of " + std::to_string(certificate_der.size()) +
                                         " bytes does not fit into a CAPF frame");
    }
    state_ = ServerState::await_store;
    const Bytes der(certificate_der.begin(), certificate_der.end());
    return StoreCertificateRequest{CertificateType::lsc, der}.encode(session_id_);
}

Frame ServerSession::request_fetch(std::optional<CertificateType> type) {
    const bool again = state_ == ServerState::finished && fetch_answered_;
    expect(again || state_ == ServerState::auth_received, "request_fetch");
    expect(!type || may_name_certificate(), "request_fetch with a type");
    state_ = ServerState::await_fetch;
    return FetchCertificateRequest{type}.encode(session_id_);
}

Frame ServerSession::request_delete() {
    expect(ServerState::auth_received, "request_delete");
    state_ = ServerState::await_delete;
    return DeleteCertificateRequest{}.encode(session_id_);
}

Frame ServerSession::end(Reason reason) {
    if (state_ == ServerState::ended) throw std::logic_error("the CAPF session was ended already");
    state_ = ServerState::ended;
    return EndSession{reason}.encode(session_id_);
}

Result<ServerEvent> ServerSession::receive(const Frame& frame) {
    if (frame.session_id != session_id_) {
        state_ = ServerState::failed;
        return fail(Errc::protocol,
                    "session id " + std::to_string(frame.session_id) + " instead of " + std::to_string(session_id_));
    }
    auto event = dispatch(frame);
    if (!event) state_ = ServerState::failed;
    return event;
}

Result<ServerEvent> ServerSession::dispatch(const Frame& frame) {
    switch (state_) {
        case ServerState::await_auth:
            return on_auth(frame);
        case ServerState::await_key:
            return on_key(frame);
        case ServerState::await_signature:
            return on_signature(frame);
        case ServerState::await_store:
            return on_store(frame);
        case ServerState::await_fetch:
            return on_fetch(frame);
        case ServerState::await_delete:
            return on_delete(frame);
        case ServerState::idle:
        case ServerState::auth_received:
        case ServerState::key_refused:
        case ServerState::await_ca_cert:
        case ServerState::finished:
        case ServerState::failed:
        case ServerState::ended:
            break;
    }
    return fail(Errc::protocol,
                "command " + number(frame.command) + " out of turn in " + std::string(trace_name(state_)));
}

Result<ServerEvent> ServerSession::on_auth(const Frame& frame) {
    auto message = AuthResponse::decode(frame, decode_options());
    if (!message) return fail(message.error());
    version_ = std::min(options_.announced_version, message->version);
    state_ = ServerState::auth_received;
    return AuthReceived{*std::move(message), version_};
}

Result<ServerEvent> ServerSession::on_key(const Frame& frame) {
    if (frame.command == Command::request_in_progress) {
        const auto message = InProgress::decode(frame, decode_options());
        if (!message) return fail(message.error());
        return KeyInProgress{};
    }
    auto message = KeyGenerateResponse::decode(frame, decode_options());
    if (!message) return fail(message.error());
    if (!message->public_key) {
        state_ = ServerState::key_refused;
        return KeyGenerationFailed{*message->reason};
    }
    state_ = ServerState::await_ca_cert;
    return KeyGenerated{*std::move(message->public_key)};
}

Result<ServerEvent> ServerSession::on_signature(const Frame& frame) {
    auto message = SignCertificateResponse::decode(frame, decode_options());
    if (!message) return fail(message.error());
    if (!message->signature) {
        state_ = ServerState::finished;
        return SignRefused{*message->reason};
    }
    state_ = ServerState::await_ca_cert;
    return Signed{*std::move(message->signature)};
}

Result<ServerEvent> ServerSession::on_store(const Frame& frame) {
    const auto message = StoreCertificateResponse::decode(frame, decode_options());
    if (!message) return fail(message.error());
    state_ = ServerState::finished;
    if (message->reason == Reason::success) return Stored{};
    return StoreRefused{message->reason};
}

Result<ServerEvent> ServerSession::on_fetch(const Frame& frame) {
    auto message = FetchCertificateResponse::decode(frame, decode_options());
    if (!message) return fail(message.error());
    state_ = ServerState::finished;
    fetch_answered_ = true;
    if (message->reason == Reason::success) return Fetched{*std::move(message->certificate)};
    return FetchRefused{message->reason};
}

Result<ServerEvent> ServerSession::on_delete(const Frame& frame) {
    const auto message = DeleteCertificateResponse::decode(frame, decode_options());
    if (!message) return fail(message.error());
    state_ = ServerState::finished;
    if (message->reason == Reason::success) return Deleted{};
    return DeleteRefused{message->reason};
}

Reason reason_for(const Error& /*error*/) noexcept { return Reason::refused; }

}  // namespace opencapf::capf_protocol
