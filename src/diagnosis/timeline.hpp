// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::diagnosis {

/// Who had the work in his hands.
enum class Actor { phone, capf, ces, ca };
std::string_view to_string(Actor actor) noexcept;

/// A part of one call. Steps of one depth follow each other without a gap.
struct Step {
    Actor actor = Actor::capf;
    std::string what;
    DayTime begin = 0;           ///< CAPF's clock
    DayTime duration = 0;        ///< milliseconds
    bool inside = false;         ///< a part of the step before it that is not inside
    bool slow = false;           ///< the one to look at
    const Line* line = nullptr;  ///< the line that ended it, or null
};

/// One call of one phone, from its connection to END_SESSION.
struct Timeline {
    std::string device;
    std::string outcome;  ///< CERT_STATUS..., or what the trace says instead
    DayTime begin = 0;    ///< CAPF's clock, milliseconds of the day
    DayTime duration = 0;
    std::vector<Step> steps;  ///< those that are not inside another add up to `duration`
    /// How far the clock of the IIS log is ahead of CAPF's, in seconds, time zone included; none without IIS lines.
    std::optional<DayTime> iis_ahead;
};

/// The calls of `device` that the logs tell of, oldest first. Works from the log files alone.
std::vector<Timeline> read_timelines(const LogSet& logs, std::string_view device);

}  // namespace opencapf::diagnosis
