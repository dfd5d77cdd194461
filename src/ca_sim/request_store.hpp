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

/// One row of the CA's database.
struct StoredRequest {
    std::int64_t id = 0;
    std::string submitted;      ///< UTC, "YYYY-MM-DD HH:MM:SS"
    std::string requester;      ///< "DOMAIN\\user"
    std::string template_name;  ///< empty when none was named
    Disposition disposition = Disposition::failed;
    std::string message;
    Hresult code = hresult::kSuccess;
    Bytes csr;          ///< DER; empty when the request could not be decoded
    Bytes certificate;  ///< DER; empty unless issued
    std::string serial;
    std::string not_after;  ///< UTC; empty unless issued
};

/// The outcome of what was signing, pending or new.
struct StoredOutcome {
    Disposition disposition = Disposition::failed;
    std::string message;
    Hresult code = hresult::kSuccess;
    Bytes certificate;
    std::string serial;
    std::string not_after;
};

/// Requests, ids, dispositions and certificates in SQLite. Ids rise from 1 and are never reused. What a task returned
/// survives kill -9. Thread-safe; SQLite errors come as exceptions (SQLite::Exception).
class RequestStore {
public:
    /// Throws std::runtime_error naming the path.
    explicit RequestStore(const std::string& path);

    /// Writes a request and returns its new id; `id` of `request` is ignored.
    Task<std::int64_t> add(StoredRequest request);
    /// Replaces the outcome of `id`.
    Task<> finish(std::int64_t id, StoredOutcome outcome);
    Task<std::optional<StoredRequest>> find(std::int64_t id);
    /// Throws when the database takes no transaction.
    Task<> ping();

    /// Requests in the database, and jobs that wait for it. Thread-safe, do not wait.
    [[nodiscard]] std::size_t stored() const noexcept { return stored_; }
    [[nodiscard]] std::size_t queued() const { return database_.queued(); }

    /// What a crash left in signing, by id. Blocks; for the start.
    std::vector<StoredRequest> interrupted();
    /// The blocking forms of add() and finish(), for the start and tests.
    std::int64_t add_blocking(const StoredRequest& request);
    void finish_blocking(std::int64_t id, const StoredOutcome& outcome);

private:
    storage::Database database_;
    std::atomic<std::size_t> stored_{0};
};

}  // namespace opencapf::ca_sim
