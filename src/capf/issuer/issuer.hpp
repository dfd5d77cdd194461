// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device.hpp"
#include "capf/spool.hpp"
#include "capf/trace_events.hpp"
#include "opencapf/net/awaitable.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <memory>
#include <optional>
#include <tl/expected.hpp>

namespace opencapf::capf {

struct Service;
struct LoopState;

/// What a session wants a certificate for.
struct IssueRequest {
    event::Phone phone;
    Device device;  ///< as the session read it; its LSC, when it has one, is what is renewed
    x509::PublicKey key;
    /// Of the key, in the spool under the device's name. Missing when the issuer needs none.
    std::optional<x509::CertificateRequest> csr{};
    int descriptor = -1;  ///< of the phone's connection, for the trace
};

/// A certificate that carries the phone's key: checked.
struct Issued {
    x509::Certificate certificate;
    std::int64_t issuer_valid_until = 0;  ///< Unix seconds, 0 = the issuer does not tell
    /// The CA's answer, for the spool; empty when the certificate does not go there.
    std::string pkcs7_base64{};
};

/// Why there is no certificate.
struct IssueFailure {
    /// The request waits at the CA or for an administrator, and so does the operation: the session ends with "success",
    /// the device stays armed, and a later session of the phone finds the certificate with collect().
    bool pending = false;
    OperationResult result = OperationResult::ca_communication;  ///< unless pending
    std::string detail;                                          ///< for the operator
};

/// What a request of an earlier session has become; nothing when none waits.
using Collected = tl::expected<std::optional<Issued>, IssueFailure>;

/// Forgets the request of `device` and the certificate imported for it. Never fails: what the disk or the database has
/// against it goes to the log, and must not turn what is committed already into a failure.
Task<> forget_request(Service& service, std::string device);

/// Makes LSCs: the service parameter "Certificate Issuer to Endpoint" says who. One object for each session; lives on
/// the session's loop. What the disk or the database fails with comes as an exception.
class Issuer {
public:
    explicit Issuer(Service& service) : service_(service) {}
    Issuer(const Issuer&) = delete;
    Issuer& operator=(const Issuer&) = delete;
    virtual ~Issuer() = default;

    /// Whether a PKCS#10 is wanted; otherwise the key alone is enough.
    [[nodiscard]] virtual bool needs_request() const = 0;
    /// Asks for a certificate. Once there is one nothing is done any more that could wait for a network or fail: the
    /// session first puts it on record.
    virtual Task<tl::expected<Issued, IssueFailure>> issue(IssueRequest request) = 0;
    /// The certificate is on record and goes to the phone next: writes it to the spool, asks for its issuer's end.
    virtual Task<Issued> complete(Issued issued, event::Phone phone, int descriptor);
    /// Before a session asks the phone for a key: a certificate that goes to the phone at once, for the key it kept; a
    /// pending failure when the request still waits, and no new key is wanted; or nothing: the phone shall make a key.
    virtual Task<Collected> collect(event::Phone phone, Device device, int descriptor);
    /// The phone has stored the certificate, or has refused it: forgets the request, and what came for it.
    Task<> forget(std::string device) { return forget_request(service_, std::move(device)); }

protected:
    /// The request of `device` that waits for the issuer with this mark. One that is of no use any more is forgotten:
    /// its key is not what the device is armed for now, or the LSC on record is its answer.
    Task<std::optional<WaitingRequest>> waiting_request(Device device, std::string_view mark);

    Service& service_;
};

/// The issuer in force on `loop`; a later reload does not change it. Both outlive it.
std::unique_ptr<Issuer> make_issuer(Service& service, LoopState& loop);

}  // namespace opencapf::capf
