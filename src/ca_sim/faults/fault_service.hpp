// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/certificate_authority.hpp"
#include "ca_sim/faults/fault_table.hpp"
#include "opencapf/http/message.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// The faults of one running CA: the table, and what needs keys and certificates. Thread-safe; what costs time runs on
/// `pool`. All references must outlive it.
class FaultService {
public:
    FaultService(const Config& config, const CertificateAuthority& ca, net::WorkPool& pool, WallClock clock);

    /// Switches one on; the certificate of a TLS fault is made before. Errors: see FaultTable::add, crypto.
    Task<Result<FaultTable::Entry>> set(FaultSpec spec);
    /// Makes what configured faults need, for FaultTable::replace_configured. Blocks. Throws std::runtime_error.
    [[nodiscard]] std::vector<PreparedFault> prepare(const std::vector<FaultSpec>& specs) const;
    [[nodiscard]] FaultTable& table() noexcept { return table_; }
    [[nodiscard]] const FaultTable& table() const noexcept { return table_; }

    /// What the faults leave of an answer. `path` as sent.
    Task<http::Response> spoiled(MetFaults faults, std::string path, http::Response response);

private:
    [[nodiscard]] Result<PreparedFault> prepare_one(FaultSpec spec) const;
    /// `body`, a certificate in DER or PEM, for another key; as it is when it is none.
    [[nodiscard]] std::string with_wrong_key(const std::string& body);
    Task<> run(std::function<void()> job);

    const Config& config_;
    const CertificateAuthority& ca_;
    net::WorkPool& pool_;
    const WallClock clock_;
    FaultTable table_;
    std::mutex mutex_;
    std::optional<x509::PrivateKey> other_key_;  ///< made when first needed
};

}  // namespace opencapf::ca_sim
