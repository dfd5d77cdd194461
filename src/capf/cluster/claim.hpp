// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/storage/database.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace opencapf::capf::cluster {

/// A session's right to a device among all instances. The newest session has it: its token replaces the one before.
/// Without a cluster it is empty, and counts as held: there is one process, and it knows by itself.
struct Claim {
    std::int64_t instance = 0;  ///< Instance.id
    std::int64_t token = 0;     ///< rises with each claim, whoever makes it
};

// The tables Instance and SessionClaim, for transactions. An instance whose lease has ended keeps what it has until
// another one takes it away (reap): from then on nothing it writes with an old claim counts.

/// Whether the session may still change the device: for the transaction that changes it.
bool holds(SQLite::Database& db, const std::string& device, const Claim& claim);

/// What another instance's death left.
struct Reaped {
    std::string name;
    std::size_t interrupted = 0;  ///< certificates that were on their way to phones
};

/// Sign of life of one instance, and what it found.
struct Beat {
    std::int64_t instance = 0;
    bool rejoined = false;  ///< others had given it up: none of its claims counts any more
    bool leads = false;     ///< renewal, alarms and bulk jobs are its business
    std::vector<Reaped> reaped;
    std::vector<std::string> others;              ///< names of the other living instances
    std::map<std::string, std::int64_t> claimed;  ///< token by device in lower case
    std::int64_t last_token = 0;                  ///< of all instances; later ones are missing in `claimed`
};

/// At start: the name is ours (a lock says so), so whoever had it is dead. Also takes over what one that ran alone left
/// behind. Gives the new instance's id. `now` and `lease` in milliseconds, since 1970 and as a length.
std::int64_t join(SQLite::Database& db, const std::string& name, std::int64_t now, std::int64_t lease);
/// Prolongs the lease, takes away what dead instances have, and leads when nobody does.
Beat beat(SQLite::Database& db, std::int64_t instance, const std::string& name, std::int64_t now, std::int64_t lease);
/// An orderly end: others lead at once. Its sessions have ended.
void leave(SQLite::Database& db, std::int64_t instance);
/// At the start of one that runs alone.
void forget_all(SQLite::Database& db);

/// An empty token: the instance has lost its lease and may claim nothing before its next sign of life.
Claim take(SQLite::Database& db, const std::string& device, std::int64_t instance);
void release(SQLite::Database& db, const std::string& device, const Claim& claim);

}  // namespace opencapf::capf::cluster
