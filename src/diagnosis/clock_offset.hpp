// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"

#include <optional>

namespace opencapf::diagnosis {

/// Milliseconds from one time of day to a later one, over midnight when need be: 0 to a day.
DayTime since(DayTime from, DayTime to) noexcept;
/// The same where either may be the later one: -12 to +12 hours.
DayTime signed_since(DayTime from, DayTime to) noexcept;

/// By how much another machine's clock is ahead of CAPF's, from causality alone: nothing arrives before it was sent.
/// Each message between the two bounds it from one side. Times are milliseconds of the day, cut and not rounded, so
/// either may be up to a millisecond later than it says. The offset of two clocks of one day is between -12 and +12
/// hours, time zones included.
class ClockOffset {
public:
    /// What CAPF's clock called `capf` came before what the other one calls `other`: CAPF sent, the other received.
    void capf_first(DayTime capf, DayTime other) noexcept;
    /// The other way round: the other sent, CAPF received.
    void other_first(DayTime other, DayTime capf) noexcept;

    /// No offset explains all that was told: clocks were set meanwhile, or the lines are not of one call.
    [[nodiscard]] bool contradictory() const noexcept;
    /// 0 when that explains everything; else a time zone's hours and quarters; else the middle of what is possible, or
    /// the only bound there is; nothing when no message was told, or they contradict each other.
    [[nodiscard]] std::optional<DayTime> ahead() const noexcept;
    [[nodiscard]] std::optional<DayTime> lowest() const noexcept { return lowest_; }
    [[nodiscard]] std::optional<DayTime> highest() const noexcept { return highest_; }

private:
    DayTime difference(DayTime capf, DayTime other) noexcept;

    std::optional<DayTime> reference_, lowest_, highest_;
};

}  // namespace opencapf::diagnosis
