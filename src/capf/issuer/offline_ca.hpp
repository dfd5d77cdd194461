// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/issuer/issuer.hpp"
#include "capf/service.hpp"

namespace opencapf::capf {

/// The Offline CA: requests wait in the spool for an administrator (`capfctl csr dump`, `capfctl cert import`), and
/// certificates in the database for their phone.
class OfflineCa final : public Issuer {
public:
    explicit OfflineCa(Service& service) : Issuer(service) {}

    [[nodiscard]] bool needs_request() const override { return true; }
    /// Always pending.
    Task<tl::expected<Issued, IssueFailure>> issue(IssueRequest request) override;
    Task<Collected> collect(event::Phone phone, Device device, int descriptor) override;
};

inline constexpr std::string_view kOfflineMark = "offline";

/// Takes one certificate that an administrator brings, under the file's name without ".der". All or nothing, and may be
/// repeated. Gives the device's name. Errors: not_found (no such device, or no request of it waits), malformed,
/// rejected (expired, not yet valid, a CA's, or of another key).
Task<Result<std::string>> import_certificate(Service& service, std::string name, Bytes der);

}  // namespace opencapf::capf
