// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/storage/database.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::capf::renewal {

/// What an operator must hear of. The values stand in the database.
enum class AlarmKind : int { expiring = 1, expired = 2, renewal_failing = 3 };
inline constexpr std::array kAlarmKinds{AlarmKind::expiring, AlarmKind::expired, AlarmKind::renewal_failing};

std::string_view alarm_name(AlarmKind kind);  ///< "lsc_expiring"
std::string_view alarm_text(AlarmKind kind);  ///< "LSC expiring"; invented, no source shows CUCM's texts

struct Alarm {
    std::int64_t id = 0;
    std::string device;
    AlarmKind kind = AlarmKind::expiring;
    std::int64_t since = 0, cleared = 0;  ///< Unix seconds; cleared 0 = it stands
    std::string detail;
};

/// When alarms are raised.
struct AlarmLimits {
    std::int64_t now = 0, expiring_seconds = 0;
    int failures = 3;
};

/// The table Alarm: one row for each time that something was wrong with a device. Thread-safe; tasks resume after the
/// commit.
class AlarmStore {
public:
    explicit AlarmStore(storage::Database& database) : database_(database) {}

    /// Raises at most `limit` alarms of the kind that do not stand yet; gives them.
    Task<std::vector<Alarm>> raise(AlarmKind kind, AlarmLimits limits, std::size_t limit);
    /// Clears at most `limit` whose reason is gone; gives them.
    Task<std::vector<Alarm>> clear(AlarmKind kind, AlarmLimits limits, std::size_t limit);
    /// Deletes at most `limit` that were cleared before `before`.
    Task<std::size_t> forget(std::int64_t before, std::size_t limit);
    /// With an id above `after`, in the order of the ids.
    Task<std::vector<Alarm>> list(bool with_cleared, std::int64_t after, std::size_t limit);
    /// Standing alarms, in the order of kAlarmKinds.
    Task<std::array<std::size_t, kAlarmKinds.size()>> standing();

private:
    storage::Database& database_;
};

}  // namespace opencapf::capf::renewal
