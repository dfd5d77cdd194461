// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/storage/database.hpp"

#include <string>
#include <vector>

namespace opencapf::capf {

/// A certificate that was issued for a phone, and of which the phone has not said that it stored it.
struct UnconfirmedLsc {
    std::int64_t id = 0;
    std::string device;
    Bytes der;
    std::int64_t issued_at = 0;  ///< Unix seconds; 0 = before this was recorded
    std::string reason;          ///< why it stays; empty = the session runs, or capfd was stopped under it
};

/// Certificates between the issuer and the phone's confirmation. A row is there before the certificate leaves for the
/// phone and goes in the transaction that makes it the device's LSC, so whatever stops the session leaves a stale LSC
/// on record ("utils capf stale-lsc", cucm-capf.md 2.3). Thread-safe; tasks resume after the commit.
class UnconfirmedStore {
public:
    explicit UnconfirmedStore(storage::Database& database) : database_(database) {}

    /// The new row's id.
    Task<std::int64_t> add(std::string device, Bytes der, std::int64_t now);
    /// Rows with an id above `after`, in the order of their ids.
    Task<std::vector<UnconfirmedLsc>> list(std::int64_t after, std::size_t limit);
    /// Of one device, newest first.
    Task<std::vector<UnconfirmedLsc>> of(std::string device);
    /// Says why a certificate stays without confirmation.
    Task<> explain(std::int64_t id, std::string reason);
    /// Deletes all rows but those in `keep`; gives how many went. `device` empty = of every device.
    Task<std::size_t> remove_all(std::string device, std::vector<std::int64_t> keep);

private:
    storage::Database& database_;
};

// For transactions that touch the device too.
void remove_unconfirmed(SQLite::Database& db, std::int64_t id);
void explain_unconfirmed(SQLite::Database& db, std::int64_t id, const std::string& reason);

}  // namespace opencapf::capf
