// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/messages.hpp"

#include <variant>

namespace opencapf::capf_protocol {

struct ServerOptions {
    std::uint8_t announced_version = kNewestVersion;
    std::optional<std::uint8_t> auth_type;     ///< AUTH_TYPE hint in AUTH_REQUEST; CUCM sends none
    Reason nothing_pending = Reason::refused;  ///< 7 like CUCM, 0 like usecallmanager's capfd (3.3)
    UnknownTag unknown_tag = UnknownTag::refuse;
};

// What a phone's frame meant.
struct AuthReceived {
    AuthResponse response;
    std::uint8_t version = 0;  ///< the version of the session: min(announced, phone's)
};
struct KeyInProgress {};  ///< restart the key-generation timer; any number may come
struct KeyGenerated {
    Bytes spki;  ///< DER as sent, not empty, not parsed: the caller checks it against the KeySpec
};
struct KeyGenerationFailed {
    Reason reason;
};
struct Signed {
    Bytes signature;  ///< not verified: the caller checks it with the phone's key
};
struct SignRefused {
    Reason reason;
};
struct Stored {};
struct StoreRefused {
    Reason reason;
};
struct Fetched {
    Bytes certificate;  ///< DER as sent
};
struct FetchRefused {
    Reason reason;
};
struct Deleted {};
struct DeleteRefused {
    Reason reason;
};

using ServerEvent = std::variant<AuthReceived, KeyInProgress, KeyGenerated, KeyGenerationFailed, Signed, SignRefused,
                                 Stored, StoreRefused, Fetched, FetchRefused, Deleted, DeleteRefused>;

/// Where a session stands. Names in the trace: trace_name().
enum class ServerState {
    idle,             ///< nothing sent yet
    await_auth,       ///< AUTH_REQUEST sent
    auth_received,    ///< the server decides: request_key, request_fetch, request_delete, store or end
    await_key,        ///< KEY_GENERATE_REQUEST sent
    key_refused,      ///< the phone could not make that key: request_key for another one, or end
    await_ca_cert,    ///< has the key: request_signature or store
    await_signature,  ///< SIGN_CERTIFICATE_REQUEST sent; its answer leads back to await_ca_cert
    await_store,      ///< STORE_CERTIFICATE_REQUEST sent
    await_fetch,
    await_delete,
    finished,  ///< the operation ended, well or not: end; after a fetch also request_fetch
    failed,    ///< the phone broke the protocol: end(Reason::refused)
    ended,     ///< END_SESSION made
};

/// Names for "Rcvd Event: <EV> in State: <STATE>" (invented but for two, see invented.hpp).
std::string_view trace_name(ServerState state) noexcept;
std::string_view trace_name(const ServerEvent& event) noexcept;

/// CAPF's side of one connection, without I/O: methods make the frame to send and advance the state, receive() takes
/// the phone's frame and says what it meant. One operation per session. Not thread-safe.
///
/// Calling a frame-making method in a state that does not allow it is a programmer's error: std::logic_error. Only
/// end() is allowed always (once).
class ServerSession {
public:
    /// `session_id` must not be 0. Throws std::invalid_argument.
    explicit ServerSession(std::uint32_t session_id, ServerOptions options = {});

    [[nodiscard]] Frame start();
    /// Adapted to the phone's version: no KEY_TYPE for versions up to 2, always KEY_TYPE for 3. Error rejected: an EC
    /// key from a phone of version 2 or lower; the state stays.
    [[nodiscard]] Result<Frame> request_key(const KeySpec& key);
    /// INVENTED exchange: only for phones whose configuration says they can. Errors:
    /// rejected (version 2 or lower), too_large.
    [[nodiscard]] Result<Frame> request_signature(ByteView request_info, HashCode digest = HashCode::sha256);
    /// For the key of this session; INVENTED: right after authentication for the key of an earlier one (Offline CA),
    /// see invented.hpp. Error too_large: the certificate does not fit a frame.
    [[nodiscard]] Result<Frame> store(ByteView certificate_der);
    /// Without a type the phone shows its LSC. INVENTED: a type, only if may_name_certificate() and configuration allow
    /// it, and a second fetch after the answer to the first, well or not.
    [[nodiscard]] Frame request_fetch(std::optional<CertificateType> type = std::nullopt);
    [[nodiscard]] Frame request_delete();
    [[nodiscard]] Frame end(Reason reason);
    /// end() with the reason configured for "no operation is pending".
    [[nodiscard]] Frame end_nothing_pending() { return end(options_.nothing_pending); }

    /// Checks session id, command against the state, and the elements. An error puts the session into `failed`: answer
    /// with end(reason_for(error)) and close.
    Result<ServerEvent> receive(const Frame& frame);

    [[nodiscard]] ServerState state() const noexcept { return state_; }
    [[nodiscard]] std::uint32_t session_id() const noexcept { return session_id_; }
    /// 0 before AuthReceived.
    [[nodiscard]] std::uint8_t version() const noexcept { return version_; }
    /// Whether an EC key may be asked for.
    [[nodiscard]] bool knows_ec() const noexcept { return version_ >= 3; }
    [[nodiscard]] bool may_request_signature() const noexcept { return version_ >= 3; }
    [[nodiscard]] bool may_name_certificate() const noexcept { return version_ >= 3; }

private:
    Result<ServerEvent> dispatch(const Frame& frame);
    Result<ServerEvent> on_auth(const Frame& frame);
    Result<ServerEvent> on_key(const Frame& frame);
    Result<ServerEvent> on_signature(const Frame& frame);
    Result<ServerEvent> on_store(const Frame& frame);
    Result<ServerEvent> on_fetch(const Frame& frame);
    Result<ServerEvent> on_delete(const Frame& frame);
    void expect(ServerState state, const char* what) const { expect(state_ == state, what); }
    void expect(bool allowed, const char* what) const;
    [[nodiscard]] DecodeOptions decode_options() const noexcept;

    std::uint32_t session_id_;
    ServerOptions options_;
    ServerState state_ = ServerState::idle;
    std::uint8_t version_ = 0;
    bool fetch_answered_ = false;  // another fetch may follow
};

/// The reason a server ends a session with after `error` of receive() or FrameReader (4.6): always refused (7) today,
/// here so that it is decided in one place.
Reason reason_for(const Error& error) noexcept;

}  // namespace opencapf::capf_protocol
