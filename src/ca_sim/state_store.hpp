// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/storage/database.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// A CA certificate beyond the configured one.
struct StoredAuthority {
    int index = 0;
    int key_index = 0;
    std::string chain;   ///< PEM, the CA certificate first
    Secret private_key;  ///< PEM; empty when it is the key of `key_index`
};

/// What capfctl made of an account; it counts before the configuration's.
struct StoredAccount {
    std::string name;
    Bytes nt_hash;      ///< 16 bytes; empty = the configured password
    std::string state;  ///< "enabled", "disabled", "locked" or "removed"; empty = as it was, or as configured
};

/// The same for templates.
struct StoredTemplate {
    std::string name;
    std::string value;  ///< JSON object with the keys that differ from the configuration; empty = removed
};

/// A CRL as it was published.
struct StoredCrl {
    int key_index = 0;
    bool delta = false;
    std::int64_t number = 0;
    std::string published;     ///< UTC, "YYYY-MM-DD HH:MM:SS"
    std::string next_publish;  ///< the same
    Bytes der;
};

/// What the CA keeps beside its requests: certificates of its own, CRLs, and what capfctl changed. Thread-safe; SQLite
/// errors come as exceptions. Functions without Task block: for the start, and for threads that are no loop.
class StateStore {
public:
    /// `database` must outlive the store and have migrations() applied.
    explicit StateStore(storage::Database& database) : database_(database) {}

    std::vector<StoredAuthority> authorities();
    Task<> add(StoredAuthority authority);
    std::vector<StoredAccount> accounts();
    Task<> put(StoredAccount account);
    std::vector<StoredTemplate> templates();
    Task<> put(StoredTemplate entry);
    std::vector<StoredCrl> crls();
    /// All of them in one transaction.
    Task<> put(std::vector<StoredCrl> crls);

    /// An account or template counts as the configuration has it again.
    Task<> forget_account(std::string name);
    Task<> forget_template(std::string name);

    /// Looks at what a restore would bring; an exception refuses it. Called on the writer.
    using Check = std::function<void(const std::vector<StoredAuthority>&, const std::vector<StoredAccount>&,
                                     const std::vector<StoredTemplate>&)>;
    /// Replaces everything by what a backup holds, in one transaction. Ids given out since the backup are not given out
    /// again, and numbers of CRLs go on rising: publish new ones, for those restored are older than their numbers.
    /// CA
    /// certificates since the backup stay. Throws std::exception, and changes nothing, when `path` is no backup of this
    /// version and CA, or `check` throws.
    Task<> restore(std::string path, Check check);

private:
    storage::Database& database_;
};

/// Writes what is committed in `database` into the new file `target` (mode 0600) over a connection of its own. Blocks
/// for as long as the copy takes; the daemon goes on meanwhile. Throws std::exception when `target` exists or cannot be
/// written; nothing is left of it then.
void back_up(const std::string& database, const std::string& target);

}  // namespace opencapf::ca_sim
