// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/renewal/plan.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/storage/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::capf::renewal {

/// Where a page of subjects begins: those that end first come first.
struct Cursor {
    std::int64_t valid_until = 0;
    std::string device;
};

/// What a renewal asks of the device.
struct RenewalArming {
    AuthMode auth = AuthMode::existing_lsc;
    std::string finish_by;
    std::int64_t now = 0;
};

/// How an armed renewal ended.
struct Settled {
    enum class Kind { renewed, failed, overtaken };  ///< overtaken: somebody armed the device again
    std::string device;
    Kind kind = Kind::renewed;
    CertificateStatus status = 0;
    int failures = 0;
    std::int64_t next_try = 0;     ///< after a failure, or after a success that gained nothing; 0 = as it is due
    std::int64_t valid_until = 0;  ///< of the LSC it has now
};

/// An operation that was ended because its deadline passed.
struct Swept {
    std::string device;
    Operation operation = Operation::install;
    CertificateStatus status = 0;
};
template <class T>
struct Page {
    std::vector<T> found;
    std::optional<std::string> next;  ///< the device the next page begins after; empty = there is none
};

struct Figures {
    std::size_t armed = 0, failing = 0, excluded = 0;
    std::size_t patient = 0;  ///< of those armed, the ones that count in max_armed
};

/// A page of subjects, which are phones only: CAPF profiles cannot be renewed without a string. It comes from an index:
/// a look at all devices must not read their certificates (a test asks SQLite).
extern const char* const kSubjectsSql;

/// The monitor's memory in the table Renewal. A row and the device's row change in one transaction, so that a kill
/// between two steps loses nothing. Thread-safe; tasks resume after the commit.
class Store {
public:
    explicit Store(storage::Database& database) : database_(database) {}

    /// Devices with an LSC, by its end.
    Task<std::vector<Subject>> subjects(Cursor after, std::size_t limit);
    /// Arms those that are still as they were read: nothing pending, not armed since, not excluded. Gives their names.
    Task<std::vector<std::string>> arm(std::vector<Subject> subjects, RenewalArming arming);
    /// The same at an administrator's wish, all or nothing. Errors not_found and conflict name the device.
    Task<Result<void>> arm_now(std::vector<std::string> devices, RenewalArming arming);
    /// Looks what became of armed renewals, in the order of their names.
    Task<Page<Settled>> settle(std::string after, Settings settings, std::int64_t now, std::size_t limit);
    /// Forgets failures and pauses of devices that have got another LSC since, or none.
    Task<> forget_failures();
    /// All or nothing; error not_found names the device. An armed renewal stays armed.
    Task<Result<void>> exclude(std::vector<std::string> devices, bool excluded);
    /// Ends operations whose deadline is before `before`; looks at `limit` armed devices.
    Task<Page<Swept>> sweep(std::string after, WallTime before, std::size_t limit);
    /// `patient` are those armed after `patient_since`.
    Task<Figures> figures(std::int64_t patient_since);

private:
    storage::Database& database_;
};

}  // namespace opencapf::capf::renewal
