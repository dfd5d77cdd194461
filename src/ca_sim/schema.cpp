// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/schema.hpp"

namespace opencapf::ca_sim {

// AUTOINCREMENT keeps SQLite from giving an id out again, even after the newest row was deleted.
const std::vector<std::string>& migrations() {
    static const std::vector<std::string> kMigrations{
        "CREATE TABLE requests ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " submitted TEXT NOT NULL,"
        " requester TEXT NOT NULL,"
        " template TEXT NOT NULL,"
        " disposition TEXT NOT NULL CHECK (disposition IN ('signing','issued','pending','denied','failed')),"
        " message TEXT NOT NULL,"
        " hresult INTEGER NOT NULL,"
        " csr BLOB NOT NULL,"
        " certificate BLOB NOT NULL DEFAULT x'',"
        " serial TEXT NOT NULL DEFAULT '',"
        " not_after TEXT NOT NULL DEFAULT '');"
        "CREATE INDEX requests_unfinished ON requests (disposition) WHERE disposition = 'signing';",

        "ALTER TABLE requests ADD COLUMN subject TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE requests ADD COLUMN key_hash BLOB NOT NULL DEFAULT x'';"
        "ALTER TABLE requests ADD COLUMN names TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE requests ADD COLUMN authority INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE requests ADD COLUMN revoked TEXT NOT NULL DEFAULT '';"
        "ALTER TABLE requests ADD COLUMN revoke_reason INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE requests ADD COLUMN unrevoked TEXT NOT NULL DEFAULT '';"
        "CREATE INDEX requests_serial ON requests (serial) WHERE serial <> '';"
        "CREATE INDEX requests_key ON requests (key_hash) WHERE key_hash <> x'';"
        "CREATE INDEX requests_pending ON requests (id) WHERE disposition = 'pending';"
        "CREATE INDEX requests_denied ON requests (id) WHERE disposition = 'denied';"
        "CREATE INDEX requests_failed ON requests (id) WHERE disposition = 'failed';"
        "CREATE INDEX requests_revoked ON requests (id) WHERE revoked <> '';"
        "CREATE INDEX requests_unrevoked ON requests (id) WHERE unrevoked <> '';"
        // Certificates of the CA beyond the configured one: renewals and imports. The key is empty when the
        // certificate's key is that of an earlier one.
        "CREATE TABLE authorities ("
        " id INTEGER PRIMARY KEY,"
        " key_index INTEGER NOT NULL,"
        " chain TEXT NOT NULL,"
        " private_key TEXT NOT NULL);"
        // The last CRL of each key: base (delta = 0) and delta (delta = 1).
        "CREATE TABLE crls ("
        " key_index INTEGER NOT NULL,"
        " delta INTEGER NOT NULL,"
        " number INTEGER NOT NULL,"
        " published TEXT NOT NULL,"
        " next_publish TEXT NOT NULL,"
        " der BLOB NOT NULL,"
        " PRIMARY KEY (key_index, delta));"
        // What capfctl added to accounts and templates, or changed, or (value empty) removed.
        "CREATE TABLE accounts ("
        " name TEXT PRIMARY KEY COLLATE NOCASE,"
        " nt_hash BLOB NOT NULL,"
        " state TEXT NOT NULL);"
        "CREATE TABLE templates ("
        " name TEXT PRIMARY KEY COLLATE NOCASE,"
        " value TEXT NOT NULL);"};
    return kMigrations;
}

const std::vector<std::string>& restored_tables() {
    static const std::vector<std::string> kTables{"requests", "crls", "accounts", "templates"};
    return kTables;
}

}  // namespace opencapf::ca_sim
