// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/enums.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/storage/database.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace opencapf::capf {

/// Which devices: conditions as CUCM's Find and List has them (cucm-capf.md 2.4), all of which must hold. A condition
/// is one line of text, the same for a person and for the admin socket: "FIELD OPERATOR [VALUE]".
///
///   name, model, lsc-issuer, pkid      begins, contains, ends, is TEXT; empty; not-empty
///   lsc-expires, lsc-issuer-expires    before, is, after DATE; empty; not-empty
///   status (also lsc-status)           is, is-not NUMBER or TEXT; begins, contains, ends TEXT
///   lsc                                is, is-not valid, expired, na, unknown
///   operation, auth, key-order, key-type, fetched   is, is-not one of their values
///   auth-string                        empty, not-empty
///   kind                               is, is-not phone, application, end-user, profile (the last two), any
///
/// DATE is 2027-01-31, "2027-01-31 18:00", 2027:01:31:18:00, now, or from now 30d, 12h, 2w, -7d; local time. "is" a
/// day means within that day. Texts compare without regard to ASCII case. What is compared with a date has one: a
/// device without LSC does not expire before anything. Without a condition on the kind only phones match: what arms
/// many must not arm CAPF profiles, which know one way to authenticate.
class DeviceQuery {
public:
    /// Matches every phone.
    DeviceQuery() = default;
    /// At most 32 conditions of 512 bytes. `now` is what relative dates count from. Error malformed names the condition
    /// and what would be right.
    static Result<DeviceQuery> parse(const std::vector<std::string>& conditions, WallTime now);

    /// An SQL expression over the columns of Device; every value is a parameter "?".
    [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
    /// Binds the values to the parameters from number `first` on; gives the number after the last.
    int bind(SQLite::Statement& statement, int first) const;

private:
    using Value = std::variant<std::int64_t, std::string>;
    friend class ConditionParser;
    std::string sql_ = "kind = 0";
    std::vector<Value> values_;
};

/// What a moment of a condition means: [from, until) in Unix seconds. A day is a day long, all others a second or a
/// minute.
struct DateRange {
    std::int64_t from = 0, until = 0;
};
/// The DATE above; nothing when it is none.
std::optional<DateRange> parse_date(const std::string& text, WallTime now);

enum class LscState { valid, expired, na, unknown };
std::string_view to_string(LscState state);  ///< "valid", ...

/// What a row of the device table is.
enum class DeviceKind : int { phone = 0, application = 1, end_user = 2 };

/// What reports show of a device; no certificate is read for it.
struct DeviceRow {
    std::string name, model;
    DeviceKind kind = DeviceKind::phone;
    std::string pkid;                            ///< UUID in lower case, as AXL names it
    std::string profile_user, profile_instance;  ///< empty unless it is a profile
    Operation operation = Operation::none;
    CertificateStatus status = kStatusNone;
    AuthMode auth_mode = AuthMode::null_string;
    bool auth_string_set = false;
    std::string finish_by;
    KeyOrder key_order = KeyOrder::rsa_only;
    int rsa_bits = 0, ec_bits = 0;
    bool has_lsc = false;
    std::string key_type;  ///< of the LSC: "rsa", "ec", or empty
    std::string lsc_serial, lsc_issuer;
    std::int64_t lsc_valid_from = 0, lsc_valid_until = 0, lsc_issuer_valid_until = 0;  ///< Unix seconds, 0 = none

    /// na: there is none. unknown: there is one, but it came before its dates were recorded.
    [[nodiscard]] LscState lsc_state(std::int64_t now) const noexcept;
};

struct DevicePage {
    std::vector<DeviceRow> rows;  ///< by name
    bool more = false;            ///< ask again after the last name
};

inline constexpr std::size_t kMaxPage = 500;

/// The devices that match, with a name after `after` (empty: from the first), at most `limit` (1 to kMaxPage).
Task<DevicePage> find_devices(storage::Database& database, DeviceQuery query, std::string after, std::size_t limit);
/// The same within a job of the database.
DevicePage find_devices(SQLite::Database& db, const DeviceQuery& query, const std::string& after, std::size_t limit);
Task<std::size_t> count_devices(storage::Database& database, DeviceQuery query);

/// Counts of the devices that match, in one look at the table.
struct LscSummary {
    struct Issuer {
        std::string name;  ///< empty: not recorded
        std::size_t lscs = 0;
        std::int64_t valid_until =
            0;  ///< of the issuer, Unix seconds; the earliest when there are several; 0 = unknown
    };
    std::size_t devices = 0, pending = 0;  ///< pending: an operation waits for the phone
    std::size_t valid = 0, expired = 0, na = 0, unknown = 0;
    std::vector<std::pair<int, std::size_t>>
        expiring;  ///< within so many days, valid still; each counts the ones before
    std::vector<std::pair<CertificateStatus, std::size_t>> by_status;  ///< by number, those that occur
    std::vector<Issuer> by_issuer;  ///< most LSCs first, at most 100; the rest in the last one, "(others)"
};
/// `now` in Unix seconds.
Task<LscSummary> summarize_lscs(storage::Database& database, DeviceQuery query, std::int64_t now);

}  // namespace opencapf::capf
