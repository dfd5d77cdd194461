// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/storage/database.hpp"
#include "opencapf/x509/usage.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace opencapf::ces {

/// The last certificate that came of a template: what it may be used for, not whose it is.
struct IssuedFacts {
    std::string serial;  ///< hex
    WallTime when;
    x509::Usage usage;
};

/// What each CA's templates gave last, because the CA's pages do not tell it. With a database it survives a restart,
/// though the last ten minutes' serials may be missing: what an enrolment costs counts more. Thread-safe; nothing but
/// open() blocks.
class IssuedRecord {
public:
    /// Table of `database`, a migration of its owner.
    static constexpr const char* kMigration =
        "CREATE TABLE LastIssued (Ca TEXT NOT NULL, Template TEXT NOT NULL, Serial TEXT NOT NULL, Issued INTEGER NOT "
        "NULL, IsCa INTEGER NOT NULL, KeyType INTEGER NOT NULL, KeyUsages TEXT, Purposes TEXT NOT NULL, PRIMARY KEY "
        "(Ca, Template)) WITHOUT ROWID";

    /// Reads what an earlier process left, and writes there from now on; null: memory only. `database` outlives this
    /// object. Blocks. Throws SQLite::Exception.
    void open(storage::Database* database);
    void note(const std::string& ca, const std::string& template_name, const x509::Certificate& certificate,
              WallTime now);
    [[nodiscard]] std::optional<IssuedFacts> last(const std::string& ca, const std::string& template_name) const;

private:
    using Key = std::pair<std::string, std::string>;
    struct Entry {
        IssuedFacts facts;
        WallTime saved{};  ///< when the disk was last told
    };
    void save(const Key& key, const IssuedFacts& facts);

    mutable std::mutex mutex_;
    std::map<Key, Entry> entries_;  // as many as CAs and templates were configured
    storage::Database* database_ = nullptr;
};

}  // namespace opencapf::ces
