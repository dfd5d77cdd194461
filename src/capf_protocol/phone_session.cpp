// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/phone_session.hpp"

#include "opencapf/capf_protocol/invented.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace opencapf::capf_protocol {

namespace {

constexpr std::array kProfiles{kProfileV3, kProfileJabber, kProfile7900};
constexpr std::array<std::uint16_t, 5> kRsaSizes{512, 1024, 2048, 3072, 4096};

}  // namespace

std::optional<PhoneProfile> find_profile(std::string_view name) noexcept {
    const auto it = std::find_if(kProfiles.begin(), kProfiles.end(), [&](const auto& p) { return p.name == name; });
    return it == kProfiles.end() ? std::nullopt : std::optional(*it);
}

PhoneSession::PhoneSession(PhoneProfile profile, std::string device_name, std::optional<Secret> password)
    : profile_(profile), device_name_(std::move(device_name)), password_(std::move(password)) {
    const bool printable =
        std::all_of(device_name_.begin(), device_name_.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
    if (device_name_.empty() || device_name_.size() > kMaxDeviceName || !printable) {
        throw std::invalid_argument("a device name has 1 to 128 printable ASCII characters");
    }
}

Result<PhoneEvent> PhoneSession::receive(const Frame& frame) {
    if (session_id_ != 0 && frame.session_id != session_id_) {
        return fail(Errc::protocol,
                    "session id " + std::to_string(frame.session_id) + " instead of " + std::to_string(session_id_));
    }
    if (frame.session_id == 0) return fail(Errc::protocol, "the server chose session id 0");
    if (state_ == State::ended) return fail(Errc::protocol, "a frame after the end of the session");
    DecodeOptions options;
    options.highest_tag = profile_.highest_tag;
    auto event = dispatch(frame, options);
    if (event) session_id_ = frame.session_id;
    return event;
}

Result<PhoneEvent> PhoneSession::dispatch(const Frame& frame, const DecodeOptions& options) {
    if (frame.command == Command::end_session) {
        const auto message = EndSession::decode(frame, options);
        if (!message) return fail(message.error());
        state_ = State::ended;
        return Ended{message->reason};
    }
    if (state_ == State::await_auth && frame.command == Command::auth_request) {
        const auto message = AuthRequest::decode(frame, options);
        if (!message) return fail(message.error());
        state_ = State::auth_asked;
        return AuthAsked{message->version, message->auth_type};
    }
    const bool may_make_key = state_ == State::await_operation || state_ == State::await_next_key;
    if (may_make_key && frame.command == Command::key_generate_request) {
        const auto message = KeyGenerateRequest::decode(frame, options);
        if (!message) return fail(message.error());
        if (profile_.version >= 3 && !message->with_key_type) {
            return fail(Errc::protocol, "KEY_GENERATE_REQUEST without KEY_TYPE for a version 3 phone");
        }
        state_ = State::key_asked;
        return KeyAsked{message->key};
    }
    if (state_ == State::await_certificate && frame.command == Command::sign_certificate_request && profile_.can_sign) {
        auto message = SignCertificateRequest::decode(frame, options);
        if (!message) return fail(message.error());
        state_ = State::sign_asked;
        return SignAsked{message->digest, std::move(message->request_info)};
    }
    const bool may_store = state_ == State::await_certificate || state_ == State::await_operation;
    if (may_store && frame.command == Command::store_certificate_request) {
        auto message = StoreCertificateRequest::decode(frame, options);
        if (!message) return fail(message.error());
        state_ = State::store_asked;
        return StoreAsked{message->type, std::move(message->certificate)};
    }
    const bool may_fetch = state_ == State::await_operation || state_ == State::await_next_fetch;
    if (may_fetch && frame.command == Command::fetch_certificate_request) {
        const auto message = FetchCertificateRequest::decode(frame, options);
        if (!message) return fail(message.error());
        ++fetches_;
        state_ = State::fetch_asked;
        return FetchAsked{message->type.value_or(CertificateType::lsc)};
    }
    if (state_ == State::await_operation && frame.command == Command::delete_certificate_request) {
        const auto message = DeleteCertificateRequest::decode(frame, options);
        if (!message) return fail(message.error());
        state_ = State::delete_asked;
        return DeleteAsked{};
    }
    return fail(Errc::protocol,
                "unexpected command " + std::to_string(static_cast<unsigned>(frame.command)) + " from the server");
}

Frame PhoneSession::answer(State asked, State next, Frame frame) {
    if (state_ != asked) throw std::logic_error("the CAPF server did not ask for this answer");
    state_ = next;
    return frame;
}

Frame PhoneSession::authenticate(const std::optional<IdentityProof>& proof) {
    AuthResponse message;
    message.device_name = device_name_;
    message.version = profile_.version;
    message.reason = Reason::success;
    const bool has_string = password_ && !password_->empty();
    if (has_string) message.password = password_;
    if (!has_string && profile_.sends_password) message.password = Secret();
    if (proof) proof->attach_to(message);
    return answer(State::auth_asked, State::await_operation, message.encode(session_id_, profile_.order));
}

bool PhoneSession::announces(const KeySpec& key) const noexcept {
    return profile_.announces_rsa && key.type == KeyType::rsa;
}

bool PhoneSession::supports(const KeySpec& key) const noexcept {
    if (key.type == KeyType::ec) return profile_.knows_ec;
    const bool known = std::find(kRsaSizes.begin(), kRsaSizes.end(), key.rsa_bits) != kRsaSizes.end();
    return known && key.rsa_bits <= profile_.largest_rsa;
}

Frame PhoneSession::in_progress() {
    return answer(State::key_asked, State::key_asked, InProgress{}.encode(session_id_));
}

Frame PhoneSession::key(ByteView spki) {
    const KeyGenerateResponse message{Bytes(spki.begin(), spki.end()), std::nullopt};
    return answer(State::key_asked, State::await_certificate, message.encode(session_id_));
}

Frame PhoneSession::key_failed(Reason reason) {
    const KeyGenerateResponse message{std::nullopt, reason};
    const State next = ++key_refusals_ < invented::kMaxKeyRequests ? State::await_next_key : State::await_end;
    return answer(State::key_asked, next, message.encode(session_id_));
}

Frame PhoneSession::signature(ByteView signature) {
    const SignCertificateResponse message{Bytes(signature.begin(), signature.end()), std::nullopt};
    return answer(State::sign_asked, State::await_certificate, message.encode(session_id_));
}

Frame PhoneSession::sign_failed(Reason reason) {
    const SignCertificateResponse message{std::nullopt, reason};
    return answer(State::sign_asked, State::await_end, message.encode(session_id_));
}

Frame PhoneSession::stored(Reason reason) {
    return answer(State::store_asked, State::await_end, StoreCertificateResponse{reason}.encode(session_id_));
}

Frame PhoneSession::fetched(const std::optional<Bytes>& certificate_der) {
    const FetchCertificateResponse message{certificate_der ? Reason::success : Reason::refused, certificate_der};
    const State next = fetches_ < invented::kMaxFetches ? State::await_next_fetch : State::await_end;
    return answer(State::fetch_asked, next, message.encode(session_id_));
}

Frame PhoneSession::deleted(Reason reason) {
    return answer(State::delete_asked, State::await_end, DeleteCertificateResponse{reason}.encode(session_id_));
}

}  // namespace opencapf::capf_protocol
