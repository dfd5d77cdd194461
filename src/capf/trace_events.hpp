// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/config.hpp"
#include "capf/device.hpp"

#include <string>
#include <variant>
#include <vector>

namespace opencapf::capf::event {

// What capfd has to say, as types; trace_renderer.cpp turns them into the SDI grammar. Peers' text is escaped there.

/// The session a line belongs to: the trace prints it as "<number>:<DEVICE>:".
struct Phone {
    std::uint32_t session = 0;
    std::string device;
};

// --- Start-up ---
struct ServiceParametersRead {
    CertificateIssuer issuer = CertificateIssuer::online;
    OnlineCaType online_ca_type = OnlineCaType::microsoft;
    std::string ca_hostname;
    unsigned ca_port = 0;
    std::string ca_template, profile_label;
};
struct EstClientReady {
    std::size_t trust_length = 0;  ///< bytes of the trust file
};

// --- A connection before its device is known ---
struct ConnectionOpened {
    int descriptor = 0;
    std::string address, tls_version;
};
struct HandshakeFailed {
    std::string address, reason;
};
struct ConnectionRefused {
    std::string address;
};
struct Ipv6Refused {
    std::string address;
};
/// A frame went out or came in: "MsgType : CAPF_MSG_...".
struct Message {
    std::string_view name;
};
struct ProtocolError {
    std::uint32_t session = 0;
    std::string device;  ///< empty while unknown
    std::string what, answer;
};
struct UnknownDevice {
    std::uint32_t session = 0;
    std::string name;
};

// --- A phone's operation ---
struct DeviceSelected {
    Device device;
    AuthMode mode_before;  ///< "BEFORE DB query": what was known before this read
};
/// The phone's answer came: the product leaves Select() here, see the tech note.
struct SelectLeft {
    std::string device;
};
struct NothingPending {
    Phone phone;
};
struct Refused {
    Phone phone;
    std::string why;
};
struct StateEvent {
    Phone phone;
    std::string_view event, state;
};
struct KeyRequested {
    Phone phone;
    std::string size;  ///< trace_key_size() or trace_ec_key_size()
};
/// The phone showed an existing certificate and proved that it has its key.
struct IdentityProven {
    Phone phone;
    std::string subject, issuer;
};
struct DeletionRequested {
    Phone phone;
};
/// Troubleshoot asks for the LSC or the MIC.
struct FetchRequested {
    Phone phone;
    std::string_view kind;
};
struct NothingFetched {
    Phone phone;
    std::string_view kind;
};
struct CertificateFetched {
    Phone phone;
    std::string_view kind;
    std::string subject, issuer, serial;
    WallTime not_before, not_after;
    std::string verdict, path;
};
struct KeyReceived {
    Phone phone;
    std::size_t length = 0;
};
struct RequestBuilt {
    Phone phone;
    bool signed_by_phone = false;
    std::string path;
};
struct EnrollmentStarted {
    Phone phone;
    std::string csr_path;
};
struct RequestRead {
    Phone phone;
};
struct EnrollmentAnswered {
    Phone phone;
    int rv = 0;
    std::string_view rv_name;
    std::size_t pkcs7_length = 0;
};
struct CertificateWritten {
    Phone phone;
    std::string directory;
};
struct EnrollmentSucceeded {
    Phone phone;
    int descriptor = 0;
};
struct EnrollmentFailed {
    Phone phone;
    int rv = 0;
    std::string detail;
    int descriptor = 0;
};
/// The session ends without a certificate, and the operation goes on.
struct RequestWaits {
    Phone phone;
    std::string what;
};
/// A request of an earlier session was answered.
struct CertificateCollected {
    Phone phone;
    std::string serial;
};
/// CAPF signs by itself.
struct LscSigning {
    Phone phone;
};
struct LscSigned {
    Phone phone;
    std::string serial;
};
struct LscNotSigned {
    Phone phone;
    std::string why;
};
struct CertificateReady {
    Phone phone;
    std::string_view event, state;
    std::string der_path;
};
struct CertificateVerified {
    Phone phone;
    std::string csr_path;
};
struct CertificateUnusable {
    Phone phone;
    std::string why;
};
struct StoreSent {
    Phone phone;
};
struct OperationEnded {
    std::string device;
    Operation operation = Operation::install;
    OperationResult result = OperationResult::success;
    CertificateStatus status = kStatusUpgradeSuccess;
    Operation operation_after = Operation::none;
};
struct PublicKeyStored {
    Phone phone;
    Bytes key;
};

// --- Renewal by itself: beyond the product, so the texts are ours ---
struct RenewalArmed {
    std::string device, finish_by;
    WallTime lsc_ends;
};
struct RenewalFailed {
    std::string device;
    CertificateStatus status = 0;
    int failures = 0;
    WallTime next_try;
};
struct AlarmRaised {
    std::string device;
    std::string_view alarm;
    std::string detail;
};
struct AlarmCleared {
    std::string device;
    std::string_view alarm;
};

using Any =
    std::variant<ServiceParametersRead, EstClientReady, ConnectionOpened, HandshakeFailed, ConnectionRefused, Message,
                 ProtocolError, UnknownDevice, DeviceSelected, SelectLeft, IdentityProven, DeletionRequested,
                 FetchRequested, NothingFetched, CertificateFetched, NothingPending, Refused, StateEvent, KeyRequested,
                 KeyReceived, RequestBuilt, EnrollmentStarted, RequestRead, EnrollmentAnswered, CertificateWritten,
                 EnrollmentSucceeded, EnrollmentFailed, LscSigning, LscSigned, LscNotSigned, CertificateReady,
                 CertificateVerified, CertificateUnusable, StoreSent, OperationEnded, PublicKeyStored, Ipv6Refused,
                 RequestWaits, CertificateCollected, RenewalArmed, RenewalFailed, AlarmRaised, AlarmCleared>;

}  // namespace opencapf::capf::event

namespace opencapf::capf {

/// The lines of one event in the CAPF SDI grammar (cucm-capf.md 5.1 and 5.3): local time with milliseconds, "debug"
/// sandwiches, labels clipped at 77 characters, the product's spelling. Pure.
std::vector<std::string> render_trace(const event::Any& event, WallTime time);

}  // namespace opencapf::capf
