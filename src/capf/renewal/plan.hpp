// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/renewal/settings.hpp"
#include "opencapf/base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// When to renew, as pure functions. Times are Unix seconds.
namespace opencapf::capf::renewal {

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

/// upgradefinishtime of an operation armed now; full minutes, rounded up.
std::string finish_by(const Settings& settings, WallTime now);

}  // namespace opencapf::capf::renewal
