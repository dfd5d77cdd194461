// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::diagnosis {

/// Who had the work in his hands. The network: what is on its way, connections and TLS included.
enum class Actor { network, phone, capf, ces, ca };
std::string_view to_string(Actor actor) noexcept;

/// A part of one call. The steps of depth 0 follow each other without a gap and add up to the call. Those of depth n +
/// 1 behind a step of depth n are its parts: they too follow each other without a gap and add up to it.
struct Step {
    Actor actor = Actor::capf;
    std::string what;
    DayTime begin = 0;           ///< CAPF's clock
    DayTime duration = 0;        ///< milliseconds
    int depth = 0;               ///< 0 to 2
    bool slow = false;           ///< the one to look at
    const Line* line = nullptr;  ///< the line that ended it, or null
};

/// What the logs say about another clock than CAPF's.
struct ClockReading {
    std::string of;                          ///< "phone", "CES", "CA"
    std::optional<DayTime> ahead;            ///< milliseconds ahead of CAPF's, time zone included; none: contradictory
    std::optional<DayTime> lowest, highest;  ///< what causality allows, where it was the judge
    DayTime precision = 1;                   ///< of that log, in milliseconds
};

/// One call of one phone: with the phone's own log from its connect to its END_SESSION, otherwise as CAPF saw it.
struct Timeline {
    std::string device;
    std::string outcome;  ///< CERT_STATUS..., or what the trace says instead
    std::string why;      ///< of a call that did not succeed: the reason in the trace's words; may be empty
    DayTime begin = 0;    ///< CAPF's clock, milliseconds of the day
    DayTime duration = 0;
    std::vector<Step> steps;  ///< those of depth 0 add up to `duration`
    std::vector<ClockReading> clocks;
    std::vector<std::string> notes;  ///< what was left out, and why; sentences
};

/// The calls of `device` that the logs tell of, oldest first. Works from the log files alone.
std::vector<Timeline> read_timelines(const LogSet& logs, std::string_view device);

}  // namespace opencapf::diagnosis
