// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/cluster/claim.hpp"
#include "capf/device.hpp"
#include "capf/metrics.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/storage/database.hpp"
#include "opencapf/x509/certificate.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace opencapf::capf {

/// What `arm` sets on a device.
struct Arming {
    Operation operation = Operation::install;
    AuthMode auth_mode = AuthMode::null_string;
    Secret auth_string;
    std::string finish_by;
    int rsa_bits = 2048;
    KeyOrder key_order = KeyOrder::rsa_only;
    int ec_bits = 256;
};

/// A certificate the phone has confirmed.
struct ConfirmedLsc {
    Bytes der;
    Bytes public_key;  ///< PKCS#1, or the EC point
    std::string serial, issuer_name;
    std::int64_t valid_from = 0, valid_until = 0, issuer_valid_until = 0;
    std::int64_t unconfirmed_id = 0;  ///< its row of UnconfirmedStore, which goes
};
/// Of a certificate and the row of UnconfirmedStore it had.
ConfirmedLsc confirmed_lsc(const x509::Certificate& certificate, std::int64_t unconfirmed_id,
                           std::int64_t issuer_valid_until = 0);

/// The phone has no LSC any more.
struct LscDeleted {};
/// What a troubleshoot brought; empty = the phone has no such certificate, or was not asked for it.
struct Fetched {
    Bytes lsc, mic;
    std::int64_t at = 0;  ///< Unix seconds
};

/// How an operation ended: one transaction, so that the status never speaks of a certificate that is not there.
struct Finish {
    std::int64_t arm_count = 0;
    CertificateStatus status = kStatusNone;
    bool keep_armed = false;
    bool succeeded = false;
    std::variant<std::monostate, ConfirmedLsc, LscDeleted, Fetched> found;
    std::int64_t unconfirmed_id = 0;  ///< a certificate that was issued and stays without confirmation
    std::string why;                  ///< ... because of this
    cluster::Claim claim{};           ///< of the session: without it nothing is written
};

/// So many wrong authentication strings lock a device until then.
struct Lockout {
    int tries = 10;
    std::int64_t now = 0, until = 0;  ///< Unix seconds
};
enum class StringVerdict {
    right,
    wrong,
    locked,   ///< nothing is compared
    changed,  ///< the operation ended, or another one was armed
};

/// Counts the devices, ?1 is now: one row for each status. It must not read their certificates (a test asks SQLite).
extern const char* const kFiguresSql;

/// For transactions that touch more than the device: arms it as DeviceStore::arm does. Gives the row's new arm_count;
/// nothing when there is no such device.
std::optional<std::int64_t> arm_device(SQLite::Database& db, const std::string& name, const Arming& arming);

/// The device table in SQLite. Names compare case-insensitively (my_lower in CUCM). Every task resumes after the
/// commit. Thread-safe.
class DeviceStore {
public:
    /// `database` has the tables of schema.hpp and outlives the store.
    explicit DeviceStore(storage::Database& database) : database_(database) {}

    /// All or nothing. Error conflict names the first device that is already there.
    Task<Result<void>> add(std::vector<std::string> names, std::string model);
    /// Phones by name, those after `after` (empty: from the first), at most `limit`.
    Task<std::vector<Device>> list(std::string after, std::size_t limit);
    Task<std::optional<Device>> find(std::string name);
    Task<Result<void>> remove(std::string name);
    /// All or nothing; status becomes 2 (Operation Pending), or 1 when the operation is none. Errors not_found, and
    /// conflict when a CAPF profile shall do more than install by authentication string.
    Task<Result<void>> arm(std::vector<std::string> names, Arming arming);
    /// The same with an arming of its own for each.
    Task<Result<void>> arm_each(std::vector<std::pair<std::string, Arming>> armings);
    /// Arms the device as `decide` says who sees it as it is; leaves it alone when that gives nothing. One transaction.
    /// Gives whether it was armed. Errors as arm(), and those of `decide`, which runs on the database's thread.
    using Decide = std::function<Result<std::optional<Arming>>(const Device& device)>;
    Task<Result<bool>> arm_as(std::string name, Decide decide);
    /// A failure counts for an operation that is still pending only. It is cleared unless it is kept armed, or unless
    /// the device was armed again since `arm_count`: then only what was found counts. The one-time string goes with the
    /// operation. False, and nothing is written, when the session's claim on the device is lost.
    Task<bool> finish(std::string name, Finish finish);
    /// A certificate that the phone turned out to have; the operation stays as it is.
    Task<> confirm(std::string name, ConfirmedLsc lsc);
    /// Compares an authentication string with the device's, in constant time, and counts a wrong one; the last allowed
    /// one locks the device. One transaction: however many guesses come at once, only so many are compared.
    Task<StringVerdict> check_string(std::string name, std::int64_t arm_count, Secret typed, Lockout lockout);

    /// Counts all devices from an index; `now` in Unix seconds.
    Task<DeviceFigures> figures(std::int64_t now);
    /// Throws SQLite::Exception when the database takes no transaction.
    Task<> ping();
    /// Jobs that wait for the database. Thread-safe, does not wait.
    [[nodiscard]] std::size_t queued() const { return database_.queued(); }

private:
    storage::Database& database_;
};

}  // namespace opencapf::capf
