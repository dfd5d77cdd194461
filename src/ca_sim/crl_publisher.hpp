// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/certificate_authority.hpp"
#include "opencapf/base/current.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace opencapf::ca_sim {

/// Publishes a base and a delta CRL for each key of the CA, when they are due or when somebody asks. What is served is
/// what is on disk. Thread-safe; publishing is one at a time.
class CrlPublisher {
public:
    /// Reads what was published before. Blocks; throws std::exception. `ca` must outlive it.
    explicit CrlPublisher(CertificateAuthority& ca);

    /// A new base CRL and delta CRL of every key, or with `delta_only` deltas where there is a base. Errors: crypto,
    /// unavailable.
    Task<Result<void>> publish(bool delta_only);
    /// The same for what is due by now, and for keys that have none yet. Called every minute or so.
    Task<Result<void>> publish_due();

    /// All published CRLs.
    [[nodiscard]] std::shared_ptr<const std::vector<StoredCrl>> published() const { return published_.get(); }
    /// The one of a key; nothing when there is none.
    [[nodiscard]] std::optional<StoredCrl> find(int key_index, bool delta) const;
    /// After the database's content was replaced. Blocks.
    void reload();
    /// Waits for a publication at work and lets none begin any more. Blocks; call it before the loops stop, from a
    /// thread that is no loop.
    void close();

private:
    enum class Scope { due, all, deltas };
    Task<Result<void>> run(Scope scope);
    [[nodiscard]] bool begin();
    [[nodiscard]] std::int64_t last_number(int key_index) const;
    void end();
    Task<Result<void>> publish_key(int key_index, Scope scope);
    Task<Result<StoredCrl>> build(std::shared_ptr<const Issuer> issuer, std::int64_t number,
                                  std::optional<StoredCrl> base);
    Task<Result<void>> store(std::vector<StoredCrl> fresh);
    [[nodiscard]] bool due(const std::optional<StoredCrl>& crl) const;

    CertificateAuthority& ca_;
    Current<std::vector<StoredCrl>> published_;
    // CRL numbers must rise: two publications at a time would give one out twice.
    std::mutex mutex_;
    std::condition_variable idle_;
    bool busy_ = false;
    bool closed_ = false;
};

}  // namespace opencapf::ca_sim
