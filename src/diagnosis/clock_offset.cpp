// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/clock_offset.hpp"

#include <algorithm>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kCut = 1;                // what a time of day in milliseconds leaves out
constexpr DayTime kZone = 15 * 60 * 1000;  // time zones are quarters of an hour

}  // namespace

DayTime since(DayTime from, DayTime to) noexcept { return ((to - from) % kDay + kDay) % kDay; }

DayTime signed_since(DayTime from, DayTime to) noexcept {
    const DayTime forward = since(from, to);
    return forward > kDay / 2 ? forward - kDay : forward;
}

// Near twelve hours the differences of one pair of clocks must not fall on both sides of the day's end.
DayTime ClockOffset::difference(DayTime capf, DayTime other) noexcept {
    if (!reference_) reference_ = signed_since(capf, other);
    return *reference_ + signed_since(*reference_, other - capf);
}

void ClockOffset::capf_first(DayTime capf, DayTime other) noexcept {
    const DayTime most = difference(capf, other) + kCut;
    highest_ = std::min(highest_.value_or(most), most);
}

void ClockOffset::other_first(DayTime other, DayTime capf) noexcept {
    const DayTime least = difference(capf, other) - kCut;
    lowest_ = std::max(lowest_.value_or(least), least);
}

bool ClockOffset::contradictory() const noexcept { return lowest_ && highest_ && *lowest_ > *highest_; }

std::optional<DayTime> ClockOffset::ahead() const noexcept {
    if ((!lowest_ && !highest_) || contradictory()) return std::nullopt;
    if (lowest_.value_or(0) <= 0 && highest_.value_or(0) >= 0) return 0;
    if (!highest_) return *lowest_ + kCut;
    if (!lowest_) return *highest_ - kCut;
    const DayTime middle = (*lowest_ + *highest_) / 2;
    const DayTime zone = (middle + (middle < 0 ? -kZone : kZone) / 2) / kZone * kZone;
    return zone >= *lowest_ && zone <= *highest_ ? zone : middle;
}

}  // namespace opencapf::diagnosis
