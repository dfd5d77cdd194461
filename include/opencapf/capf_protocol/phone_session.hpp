// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/identity.hpp"

#include <variant>

namespace opencapf::capf_protocol {

/// How one generation of clients speaks (reference/capf-protocol.md 3.6, 7.2).
struct PhoneProfile {
    std::string_view name;
    std::uint8_t version;
    ElementOrder order;
    bool sends_password;  ///< an empty PASSWORD for the null string; else none at all
    bool announces_rsa;   ///< REQUEST_IN_PROGRESS before an RSA key
    bool can_sign;        ///< knows the invented sign exchange
    bool knows_ec;
    std::uint16_t largest_rsa;  ///< bits
    std::uint8_t highest_tag;   ///< elements above it are an error
};

/// "v3": 8800-like. "jabber": version 2 as captured. "7900": version 2, old phones.
inline constexpr PhoneProfile kProfileV3{"v3", 3, ElementOrder::ascending, true, true, true, true, 4096, 20};
inline constexpr PhoneProfile kProfileJabber{"jabber", 2, ElementOrder::jabber, false, false, false, false, 4096, 16};
inline constexpr PhoneProfile kProfile7900{"7900", 2, ElementOrder::ascending, true, true, false, false, 2048, 16};

/// Nothing when there is no such profile.
std::optional<PhoneProfile> find_profile(std::string_view name) noexcept;

// What CAPF's frame asks of the phone.
struct AuthAsked {
    std::uint8_t version = 0;
    std::optional<std::uint8_t> auth_type;
};
struct KeyAsked {
    KeySpec key;
};
struct SignAsked {
    HashCode digest;
    Bytes request_info;
};
struct StoreAsked {
    CertificateType type;
    /// DER as sent: the caller checks it against the key of this session, or, when none was asked for, against the one
    /// that an earlier session left waiting for its certificate.
    Bytes certificate;
};
struct FetchAsked {
    CertificateType type = CertificateType::lsc;
};
struct DeleteAsked {};
struct Ended {
    Reason reason;
};

using PhoneEvent = std::variant<AuthAsked, KeyAsked, SignAsked, StoreAsked, FetchAsked, DeleteAsked, Ended>;

/// The phone's side of one connection, without I/O: receive() says what CAPF wants, the other methods make the answer.
/// The session id is CAPF's, adopted from its first frame. END_SESSION is accepted at any time. Not thread-safe.
///
/// Answering what was not asked is a programmer's error: std::logic_error.
class PhoneSession {
public:
    /// `password` is the authentication string; nothing or empty for the null string. Throws std::invalid_argument when
    /// the device name is empty, too long or not printable.
    PhoneSession(PhoneProfile profile, std::string device_name, std::optional<Secret> password = std::nullopt);

    /// Errors: protocol (other session id, command out of order, or one this phone does not know), malformed.
    Result<PhoneEvent> receive(const Frame& frame);

    /// `proof` was made with this session's id and the profile's version.
    [[nodiscard]] Frame authenticate(const std::optional<IdentityProof>& proof = std::nullopt);
    /// Does this phone send REQUEST_IN_PROGRESS before it makes such a key?
    [[nodiscard]] bool announces(const KeySpec& key) const noexcept;
    /// Can this phone make such a key?
    [[nodiscard]] bool supports(const KeySpec& key) const noexcept;
    [[nodiscard]] Frame in_progress();
    [[nodiscard]] Frame key(ByteView spki);
    [[nodiscard]] Frame key_failed(Reason reason = Reason::refused);
    [[nodiscard]] Frame signature(ByteView signature);
    [[nodiscard]] Frame sign_failed(Reason reason = Reason::refused);
    [[nodiscard]] Frame stored(Reason reason = Reason::success);
    [[nodiscard]] Frame fetched(const std::optional<Bytes>& certificate_der);  ///< reason 7 without a certificate
    [[nodiscard]] Frame deleted(Reason reason = Reason::success);

    [[nodiscard]] std::uint32_t session_id() const noexcept { return session_id_; }
    [[nodiscard]] const PhoneProfile& profile() const noexcept { return profile_; }

private:
    /// What may come, or what the phone owes CAPF.
    enum class State {
        await_auth,
        auth_asked,
        await_operation,
        key_asked,
        await_certificate,
        sign_asked,
        store_asked,
        fetch_asked,
        delete_asked,
        await_next_fetch,
        await_next_key,
        await_end,
        ended,
    };
    Result<PhoneEvent> dispatch(const Frame& frame, const DecodeOptions& options);
    Frame answer(State asked, State next, Frame frame);

    PhoneProfile profile_;
    std::string device_name_;
    std::optional<Secret> password_;
    State state_ = State::await_auth;
    std::uint32_t session_id_ = 0;
    int fetches_ = 0;
    int key_refusals_ = 0;
};

}  // namespace opencapf::capf_protocol
