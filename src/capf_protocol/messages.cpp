// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/messages.hpp"

#include "opencapf/capf_protocol/invented.hpp"

#include <algorithm>

namespace opencapf::capf_protocol {

namespace {

Bytes copy(ByteView view) { return {view.begin(), view.end()}; }

Error missing(Command command, Tag tag) {
    return {Errc::protocol, std::string(to_string(command)) + " without element " + std::string(to_string(tag))};
}

/// The elements of `frame`, which must be a `command`.
Result<Elements> open(const Frame& frame, Command command, const DecodeOptions& options) {
    if (frame.command != command) {
        return fail(Errc::protocol, "expected " + std::string(to_string(command)) + ", got command " +
                                        std::to_string(static_cast<unsigned>(frame.command)));
    }
    auto elements = Elements::parse(frame.body, options);
    if (!elements) return fail(elements.error().with(to_string(command)));
    return elements;
}

Result<std::optional<Reason>> find_reason(const Elements& elements) {
    return elements.find_u8(Tag::reason).map([](std::optional<std::uint8_t> value) {
        return value ? std::optional(static_cast<Reason>(*value)) : std::nullopt;
    });
}

/// A message that is nothing but a REASON.
template <class Message>
Result<Message> decode_reason_only(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, Message::kCommand, options);
    if (!elements) return fail(elements.error());
    const auto reason = find_reason(*elements);
    if (!reason) return fail(reason.error());
    if (!*reason) return fail(missing(Message::kCommand, Tag::reason));
    Message message;
    message.reason = **reason;
    return message;
}

template <class Message>
Result<Message> decode_empty(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, Message::kCommand, options);
    if (!elements) return fail(elements.error());
    return Message{};
}

/// A message that holds either a result or the reason why there is none.
Result<std::optional<Bytes>> find_result(const Elements& elements, Command command, Tag tag) {
    const auto value = elements.find(tag);
    const auto reason = find_reason(elements);
    if (!reason) return fail(reason.error());
    if (!value && !*reason) return fail(missing(command, tag));
    if (!value) return std::nullopt;
    if (value->empty()) return fail(Errc::malformed, "element " + std::string(to_string(tag)) + " is empty");
    return copy(*value);
}

Frame reason_only(Command command, std::uint32_t session_id, Reason reason) {
    return {command, session_id, ElementWriter().u8(Tag::reason, static_cast<std::uint8_t>(reason)).take()};
}

Bytes encode_result(Tag tag, const std::optional<Bytes>& value, const std::optional<Reason>& reason) {
    ElementWriter writer;
    if (reason) writer.u8(Tag::reason, static_cast<std::uint8_t>(*reason));
    if (value) writer.bytes(tag, *value);
    return writer.take();
}

bool is_device_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxDeviceName &&
           std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

Result<HashedSignature> decode_sha2(ByteView value) {
    // hash u8, len u16, signature[len]
    constexpr std::size_t kPrefix = 3;
    if (value.size() < kPrefix) return fail(Errc::malformed, "SHA2_SIGNED_DATA is shorter than its header");
    const std::size_t length = static_cast<std::size_t>(value[1]) << 8U | value[2];
    if (length != value.size() - kPrefix) {
        return fail(Errc::malformed, "the length inside SHA2_SIGNED_DATA does not fit the element");
    }
    return HashedSignature{static_cast<HashCode>(value[0]), copy(value.subspan(kPrefix))};
}

Bytes encode_sha2(const HashedSignature& signed_hash) {
    const auto& signature = signed_hash.signature;
    Bytes value{static_cast<std::uint8_t>(signed_hash.hash), static_cast<std::uint8_t>(signature.size() >> 8U & 0xffU),
                static_cast<std::uint8_t>(signature.size() & 0xffU)};
    value.insert(value.end(), signature.begin(), signature.end());
    return value;
}

Result<void> decode_proofs(const Elements& elements, AuthResponse& message) {
    if (const auto value = elements.find(Tag::certificate)) {
        auto der = first_certificate(*value);
        if (!der) return fail(der.error());
        message.certificate = *std::move(der);
    }
    if (const auto value = elements.find(Tag::signed_data)) message.signed_data = copy(*value);
    if (const auto value = elements.find(Tag::sudi_data)) message.sudi_data = copy(*value);
    if (const auto value = elements.find(Tag::sha2_signed_data)) {
        auto sha2 = decode_sha2(*value);
        if (!sha2) return fail(sha2.error());
        message.sha2_signed_data = *std::move(sha2);
    }
    return {};
}

}  // namespace

Result<AuthRequest> AuthRequest::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    const auto version = elements->find_u8(Tag::version);
    if (!version) return fail(version.error());
    if (!*version) return fail(missing(kCommand, Tag::version));
    const auto auth_type = elements->find_u8(Tag::auth_type);
    if (!auth_type) return fail(auth_type.error());
    return AuthRequest{**version, *auth_type};
}

Frame AuthRequest::encode(std::uint32_t session_id) const {
    ElementWriter writer;
    writer.u8(Tag::version, version);
    if (auth_type) writer.u8(Tag::auth_type, *auth_type);
    return {kCommand, session_id, writer.take()};
}

Result<AuthResponse> AuthResponse::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    AuthResponse message;
    const auto name = elements->find_text(Tag::device_name);
    if (!name) return fail(missing(kCommand, Tag::device_name));
    if (!is_device_name(*name)) {
        return fail(Errc::protocol, "device name is empty, longer than 128 characters or not printable");
    }
    message.device_name = *name;
    const auto version = elements->find_u8(Tag::version);
    if (!version) return fail(version.error());
    if (!*version) return fail(missing(kCommand, Tag::version));
    message.version = **version;
    if (message.version < 1 || message.version > kNewestVersion) {
        return fail(Errc::protocol, "protocol version " + std::to_string(message.version) + " is not supported");
    }
    const auto reason = find_reason(*elements);
    if (!reason) return fail(reason.error());
    message.reason = *reason;
    if (const auto text = elements->find_text(Tag::password)) message.password = Secret(std::string(*text));
    if (const auto proofs = decode_proofs(*elements, message); !proofs) return fail(proofs.error());
    return message;
}

Frame AuthResponse::encode(std::uint32_t session_id, ElementOrder order) const {
    ElementWriter writer;
    const auto put_reason = [&] {
        if (reason) writer.u8(Tag::reason, static_cast<std::uint8_t>(*reason));
    };
    const auto put_identity = [&] {
        if (certificate) writer.certificate(*certificate);
        if (signed_data) writer.bytes(Tag::signed_data, *signed_data);
    };
    const auto put_newer = [&] {
        if (sudi_data) writer.bytes(Tag::sudi_data, *sudi_data);
        if (sha2_signed_data) writer.bytes(Tag::sha2_signed_data, encode_sha2(*sha2_signed_data));
    };
    if (order == ElementOrder::jabber) {
        writer.u8(Tag::version, version).text(Tag::device_name, device_name);
        put_reason();
        if (password) writer.text(Tag::password, password->reveal());
        put_identity();
        put_newer();
        return {kCommand, session_id, writer.take()};
    }
    put_reason();
    put_identity();
    writer.u8(Tag::version, version);
    if (password) writer.text(Tag::password, password->reveal());
    writer.text(Tag::device_name, device_name);
    put_newer();
    return {kCommand, session_id, writer.take()};
}

Result<KeyGenerateRequest> KeyGenerateRequest::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    const auto type = elements->find_u8(Tag::key_type);
    if (!type) return fail(type.error());
    KeyGenerateRequest message;
    message.with_key_type = type->has_value();
    const std::uint8_t type_code = type->value_or(static_cast<std::uint8_t>(KeyType::rsa));
    if (type_code > static_cast<std::uint8_t>(KeyType::ec)) {
        return fail(Errc::protocol, "key type " + std::to_string(type_code) + " is not known");
    }
    message.key.type = static_cast<KeyType>(type_code);
    if (message.key.type == KeyType::rsa) {
        const auto size = elements->find_u16(Tag::key_size);
        if (!size) return fail(size.error());
        if (!*size) return fail(missing(kCommand, Tag::key_size));
        message.key.rsa_bits = **size;
        return message;
    }
    const auto curve = elements->find_u8(Tag::curve);
    if (!curve) return fail(curve.error());
    if (!*curve) return fail(missing(kCommand, Tag::curve));
    if (**curve > static_cast<std::uint8_t>(Curve::p521)) {
        return fail(Errc::protocol, "curve " + std::to_string(**curve) + " is not known");
    }
    message.key.curve = static_cast<Curve>(**curve);
    return message;
}

Frame KeyGenerateRequest::encode(std::uint32_t session_id) const {
    ElementWriter writer;
    if (key.type == KeyType::rsa) writer.u16(Tag::key_size, key.rsa_bits);
    if (with_key_type || key.type == KeyType::ec) writer.u8(Tag::key_type, static_cast<std::uint8_t>(key.type));
    if (key.type == KeyType::ec) writer.u8(Tag::curve, static_cast<std::uint8_t>(key.curve));
    return {kCommand, session_id, writer.take()};
}

Result<KeyGenerateResponse> KeyGenerateResponse::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    auto key = find_result(*elements, kCommand, Tag::public_key);
    if (!key) return fail(key.error());
    return KeyGenerateResponse{*std::move(key), find_reason(*elements).value()};
}

Frame KeyGenerateResponse::encode(std::uint32_t session_id) const {
    return {kCommand, session_id, encode_result(Tag::public_key, public_key, reason)};
}

Result<InProgress> InProgress::decode(const Frame& frame, const DecodeOptions& options) {
    return decode_empty<InProgress>(frame, options);
}

Frame InProgress::encode(std::uint32_t session_id) const { return {kCommand, session_id, {}}; }

Result<StoreCertificateRequest> StoreCertificateRequest::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    const auto type = elements->find_u8(Tag::certificate_type);
    if (!type) return fail(type.error());
    const auto value = elements->find(Tag::certificate);
    if (!value) return fail(missing(kCommand, Tag::certificate));
    auto der = first_certificate(*value);
    if (!der) return fail(der.error());
    const auto lsc = static_cast<std::uint8_t>(CertificateType::lsc);
    return StoreCertificateRequest{static_cast<CertificateType>(type->value_or(lsc)), *std::move(der)};
}

Frame StoreCertificateRequest::encode(std::uint32_t session_id) const {
    ElementWriter writer;
    writer.u8(Tag::certificate_type, static_cast<std::uint8_t>(type)).certificate(certificate);
    return {kCommand, session_id, writer.take()};
}

Result<StoreCertificateResponse> StoreCertificateResponse::decode(const Frame& frame, const DecodeOptions& options) {
    return decode_reason_only<StoreCertificateResponse>(frame, options);
}

Frame StoreCertificateResponse::encode(std::uint32_t session_id) const {
    return reason_only(kCommand, session_id, reason);
}

Result<FetchCertificateRequest> FetchCertificateRequest::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    const auto type = elements->find_u8(invented::kFetchType);
    if (!type) return fail(type.error());
    FetchCertificateRequest message;
    if (!*type) return message;
    message.type = static_cast<CertificateType>(**type);
    if (message.type != CertificateType::lsc && message.type != CertificateType::mic) {
        return fail(Errc::protocol, "certificate type " + std::to_string(**type) + " is not known");
    }
    return message;
}

Frame FetchCertificateRequest::encode(std::uint32_t session_id) const {
    ElementWriter writer;
    if (type) writer.u8(invented::kFetchType, static_cast<std::uint8_t>(*type));
    return {kCommand, session_id, writer.take()};
}

Result<FetchCertificateResponse> FetchCertificateResponse::decode(const Frame& frame, const DecodeOptions& options) {
    auto message = decode_reason_only<FetchCertificateResponse>(frame, options);
    if (!message) return message;
    const auto elements = Elements::parse(frame.body, options);
    if (const auto value = elements->find(Tag::certificate)) {
        auto der = first_certificate(*value);
        if (!der) return fail(der.error());
        message->certificate = *std::move(der);
    }
    if (message->reason == Reason::success && !message->certificate) {
        return fail(missing(kCommand, Tag::certificate));
    }
    return message;
}

Frame FetchCertificateResponse::encode(std::uint32_t session_id) const {
    ElementWriter writer;
    writer.u8(Tag::reason, static_cast<std::uint8_t>(reason));
    if (certificate) writer.certificate(*certificate);
    return {kCommand, session_id, writer.take()};
}

Result<DeleteCertificateRequest> DeleteCertificateRequest::decode(const Frame& frame, const DecodeOptions& options) {
    return decode_empty<DeleteCertificateRequest>(frame, options);
}

Frame DeleteCertificateRequest::encode(std::uint32_t session_id) const { return {kCommand, session_id, {}}; }

Result<DeleteCertificateResponse> DeleteCertificateResponse::decode(const Frame& frame, const DecodeOptions& options) {
    return decode_reason_only<DeleteCertificateResponse>(frame, options);
}

Frame DeleteCertificateResponse::encode(std::uint32_t session_id) const {
    return reason_only(kCommand, session_id, reason);
}

Result<EndSession> EndSession::decode(const Frame& frame, const DecodeOptions& options) {
    return decode_reason_only<EndSession>(frame, options);
}

Frame EndSession::encode(std::uint32_t session_id) const { return reason_only(kCommand, session_id, reason); }

Result<SignCertificateRequest> SignCertificateRequest::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    const auto digest = elements->find_u8(invented::kSignDigest);
    if (!digest) return fail(digest.error());
    if (!*digest) return fail(missing(kCommand, invented::kSignDigest));
    if (**digest < static_cast<std::uint8_t>(HashCode::sha1) ||
        **digest > static_cast<std::uint8_t>(HashCode::sha512)) {
        return fail(Errc::protocol, "digest " + std::to_string(**digest) + " is not known");
    }
    const auto info = elements->find(invented::kSignRequestInfo);
    if (!info) return fail(missing(kCommand, invented::kSignRequestInfo));
    return SignCertificateRequest{static_cast<HashCode>(**digest), copy(*info)};
}

Frame SignCertificateRequest::encode(std::uint32_t session_id) const {
    ElementWriter writer;
    writer.bytes(invented::kSignRequestInfo, request_info);
    writer.u8(invented::kSignDigest, static_cast<std::uint8_t>(digest));
    return {kCommand, session_id, writer.take()};
}

Result<SignCertificateResponse> SignCertificateResponse::decode(const Frame& frame, const DecodeOptions& options) {
    const auto elements = open(frame, kCommand, options);
    if (!elements) return fail(elements.error());
    auto signature = find_result(*elements, kCommand, invented::kSignSignature);
    if (!signature) return fail(signature.error());
    return SignCertificateResponse{*std::move(signature), find_reason(*elements).value()};
}

Frame SignCertificateResponse::encode(std::uint32_t session_id) const {
    return {kCommand, session_id, encode_result(invented::kSignSignature, signature, reason)};
}

}  // namespace opencapf::capf_protocol
