// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device.hpp"
#include "capf/renewal/settings.hpp"
#include "opencapf/base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// When to renew, as pure functions. Times are Unix seconds.
namespace opencapf::capf::renewal {

/// A device with an LSC, and what the monitor remembers of it. Times are Unix seconds.
struct Subject {
    std::string device;
    std::int64_t valid_from = 0, valid_until = 0;  ///< of its LSC
    bool pending = false;                          ///< some operation is armed
    bool armed = false;                            ///< it is a renewal
    bool excluded = false;
    std::int64_t armed_at = 0;     ///< of the last renewal
    int failures = 0;              ///< in a row
    std::int64_t next_try = 0;     ///< not before, after a failure
    int generation = 0;            ///< renewals that succeeded
    CertificateStatus status = 0;  ///< how the last renewal ended; 0 = none yet
    std::int64_t arm_count = 0;    ///< of the device row
};

/// The same number in [0, 1) for a name at all times and on all machines, whatever the case of its letters; spread
/// evenly also for names that differ in one letter.
double spread(std::string_view name);

/// Length of the renewal window in seconds. `valid_from` 0 = unknown: a year of validity is assumed.
std::int64_t window(const Settings& settings, std::int64_t valid_from, std::int64_t valid_until);

/// When the device's renewal is due: in the window, the jitter after its beginning.
std::int64_t due_at(const Settings& settings, std::string_view name, std::int64_t valid_from, std::int64_t valid_until);

/// When to try again after `failures` (1 or more) in a row: the pause doubles, but is never more than a quarter of
/// what is left of the LSC, so that its end does not come before the next try.
std::int64_t next_try(const Settings& settings, int failures, std::int64_t now, std::int64_t valid_until);

/// Whether the device may be armed for a renewal now. Whoever has to prove himself with an LSC cannot do so after its
/// end; with the other ways to authenticate an expired LSC is due, too.
bool is_due(const Settings& settings, const Subject& subject, std::int64_t now);

/// Keeps the `count` that come first: those with fewer failures before the others, otherwise in the order they have.
/// True when some had to go.
bool keep_first(std::vector<Subject>& subjects, std::size_t count);

/// Whether the new LSC ends no later than the one before it, as when both end with their issuer. A hundredth of its
/// validity, but not more than a day, counts as nothing. `valid_from` 0 = unknown.
bool gained_nothing(std::int64_t previous_until, std::int64_t valid_from, std::int64_t valid_until);

/// upgradefinishtime of an operation armed now; full minutes, rounded up.
std::string finish_by(const Settings& settings, WallTime now);

}  // namespace opencapf::capf::renewal
