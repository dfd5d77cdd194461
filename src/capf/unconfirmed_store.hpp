// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/cluster/claim.hpp"
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
    std::string reason;          ///< why it stays; empty = it is on its way to the phone
};

/// Certificates between the issuer and the phone's confirmation. A row is there before the certificate leaves for the
/// phone and goes in the transaction that makes it the device's LSC, so whatever stops the session leaves a stale LSC
/// on record ("utils capf stale-lsc", cucm-capf.md 2.3). Thread-safe; tasks resume after the commit.
class UnconfirmedStore {
public:
    explicit UnconfirmedStore(storage::Database& database) : database_(database) {}

    /// At the start of a capfd that is alone, when no session runs: what is on its way was interrupted. Blocks.
    void explain_interrupted();
    /// The new row's id. It is stale from the beginning when the session's claim on the device is lost.
    Task<std::int64_t> add(std::string device, Bytes der, std::int64_t now, cluster::Claim claim = {});
    /// Rows with an id above `after`, in the order of their ids.
    Task<std::vector<UnconfirmedLsc>> list(std::int64_t after, std::size_t limit);
    /// The row of a device that holds this certificate; 0 = there is none.
    Task<std::int64_t> find(std::string device, Bytes der);
    /// Says why a certificate stays without confirmation.
    Task<> explain(std::int64_t id, std::string reason);
    /// Deletes those that are not on their way; gives how many. `device` empty = of every device.
    Task<std::size_t> remove_stale(std::string device);

private:
    storage::Database& database_;
};

// For transactions that touch the device too.
void remove_unconfirmed(SQLite::Database& db, std::int64_t id);
void explain_unconfirmed(SQLite::Database& db, std::int64_t id, const std::string& reason);

}  // namespace opencapf::capf
