// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/policy.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/storage/database.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// One row of the CA's database. Times are UTC, "YYYY-MM-DD HH:MM:SS"; text of this form compares as time does.
struct StoredRequest {
    std::int64_t id = 0;
    std::string submitted;
    std::string requester;      ///< "DOMAIN\\user"
    std::string template_name;  ///< empty when none was named
    Disposition disposition = Disposition::failed;
    std::string message;
    Hresult code = hresult::kSuccess;
    Bytes csr;           ///< DER; empty when the request could not be decoded
    Bytes certificate;   ///< DER; empty unless issued
    std::string serial;  ///< hexadecimal, as Certificate::serial_hex()
    std::string not_after;
    std::string subject;    ///< RFC 2253, of the request or, when issued, of the certificate
    Bytes key_hash;         ///< SHA-256 of the public key; empty when the request could not be decoded
    std::string names;      ///< value of the SAN attribute, when the CA honours it
    int authority = 0;      ///< index of the CA certificate that signed it
    std::string revoked;    ///< since when; empty = not revoked
    int revoke_reason = 0;  ///< RFC 5280 section 5.3.1
    std::string unrevoked;  ///< when a hold was lifted last
};

/// The outcome of what was signing, pending or new.
struct StoredOutcome {
    Disposition disposition = Disposition::failed;
    std::string message;
    Hresult code = hresult::kSuccess;
    Bytes certificate;
    std::string serial;
    std::string not_after;
    std::string subject;  ///< empty = as it was
    int authority = 0;
    std::string supersedes;  ///< when older certificates for the key are revoked, with this one; empty = they are not
};

/// What became of a new request.
struct AddedRequest {
    std::int64_t id = 0;
    std::int64_t duplicate = 0;  ///< the request that has a certificate for this key, or will have; 0 = none
};

/// What a list of requests is narrowed to; empty members narrow nothing.
struct RequestFilter {
    std::optional<Disposition> disposition;
    std::optional<bool> revoked;
    std::string requester;      ///< exactly, without regard to case
    std::string template_name;  ///< the same
    std::string subject;        ///< part of the subject
    std::int64_t before = 0;    ///< ids below this one only; 0 = from the newest on
    std::size_t limit = 100;
};

/// One entry of a CRL.
struct RevokedCertificate {
    std::string serial;
    std::string when;
    int reason = 0;
};

/// Requests, ids, dispositions and certificates in SQLite. Ids rise from 1 and are never reused. What a task returned
/// survives kill -9. Thread-safe; SQLite errors come as exceptions (SQLite::Exception).
class RequestStore {
public:
    /// `database` must outlive the store and have migrations() applied.
    explicit RequestStore(storage::Database& database);

    /// Writes a request under a new id; `id` of `request` is ignored. With `when_duplicate` that outcome is written
    /// instead when the key has a valid certificate at the time it was submitted, or one is being made.
    Task<AddedRequest> add(StoredRequest request, std::optional<StoredOutcome> when_duplicate = std::nullopt);
    /// Writes the outcome of `id`, which is signing: nothing else is ever overwritten. Throws when it is not.
    Task<> finish(std::int64_t id, StoredOutcome outcome);
    /// Replaces it if the request is `from` now; false, and nothing changed, when it is not.
    Task<bool> resolve(std::int64_t id, Disposition from, StoredOutcome outcome);
    Task<std::optional<StoredRequest>> find(std::int64_t id);
    Task<std::optional<StoredRequest>> find_serial(std::string serial);
    /// Newest first, without CSRs and certificates.
    Task<std::vector<StoredRequest>> list(RequestFilter filter);
    /// The newest other request than `id` with a valid certificate for this public key at `now`, or one that is being
    /// made; 0 when there is none.
    Task<std::int64_t> duplicate_of(std::int64_t id, Bytes key_hash, std::string now);
    /// False when `id` has no certificate, or it is revoked already with a reason other than certificateHold.
    Task<bool> revoke(std::int64_t id, std::string when, int reason);
    /// False unless `id` is on hold.
    Task<bool> unrevoke(std::int64_t id, std::string when);
    /// Certificates of these CA certificates that are revoked and not expired at `now`; with `since` only those revoked
    /// since then, and those whose hold was lifted since then with the reason removeFromCRL (8).
    Task<std::vector<RevokedCertificate>> revoked(std::vector<int> authorities, std::string now, std::string since);
    /// Throws when the database takes no transaction.
    Task<> ping();

    /// Requests in the database, and jobs that wait for it. Thread-safe, do not wait.
    [[nodiscard]] std::size_t stored() const noexcept { return stored_; }
    [[nodiscard]] std::size_t queued() const { return database_.queued(); }
    /// Counts again, after the content was replaced. Blocks.
    void recount();

    /// What a crash left in signing, by id. Blocks; for the start.
    std::vector<StoredRequest> interrupted();
    /// The blocking forms of add() and finish(), for the start and tests.
    std::int64_t add_blocking(const StoredRequest& request);
    void finish_blocking(std::int64_t id, const StoredOutcome& outcome);
    /// For work that is on a pool already. Blocks.
    /// Did this CA issue exactly this certificate, and is it not revoked?
    bool is_valid_blocking(const std::string& serial, const Bytes& certificate);

private:
    storage::Database& database_;
    std::atomic<std::size_t> stored_{0};
};

}  // namespace opencapf::ca_sim
