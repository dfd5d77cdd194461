// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device_store.hpp"
#include "opencapf/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opencapf::capf::bulk {

/// The values stand in the database.
enum class JobState : int { preparing = 0, running = 1, paused = 2, finished = 3, cancelled = 4 };
enum class TargetState : int { waiting = 0, armed = 1, done = 2, failed = 3 };
std::string_view to_string(JobState state);     ///< "running"
std::string_view to_string(TargetState state);  ///< "armed"

/// A daily span of local time, in minutes after midnight; from > to crosses midnight, from == to is the whole day.
struct DailyWindow {
    int from = 0, to = 0;
};
/// "22:00-05:30"; nothing when it is no such text.
std::optional<DailyWindow> parse_window(std::string_view text);
std::string to_string(const DailyWindow& window);
/// `from` belongs to it, `to` does not.
bool is_open(const DailyWindow& window, WallTime now);

/// How fast a job may go.
struct Throttle {
    int max_concurrent = 100;  ///< devices that are armed and have not finished, within Rules::patience
    int per_minute = 0;        ///< devices armed within 60 s; 0 = no such limit
    DailyWindow window;        ///< when devices may be armed
};

/// What holds for all jobs.
struct Rules {
    std::int64_t patience = 900;  ///< seconds; a device armed longer ago does not count any more
    std::chrono::hours deadline = std::chrono::hours(240);  ///< of a target without one, from when it is armed
};

/// Arming::finish_by of a target that gets its deadline when it is armed, by Rules::deadline. Empty = never.
inline constexpr const char* kDeadlineWhenArmed = "when armed";

struct Progress {
    std::size_t waiting = 0, armed = 0, done = 0, failed = 0;
    [[nodiscard]] std::size_t total() const { return waiting + armed + done + failed; }
    [[nodiscard]] std::size_t ended() const { return done + failed; }
};

/// Times are Unix seconds, 0 = not yet.
struct Job {
    std::int64_t id = 0;
    std::string label;
    JobState state = JobState::preparing;
    Operation operation = Operation::install;
    Throttle throttle;
    std::int64_t created = 0, started = 0, ended = 0;
    Progress progress;
};

/// Seconds until everything has ended, by the pace so far and the limit per minute; nothing before the first end.
/// Closed windows and pauses are not foreseen.
std::optional<std::int64_t> seconds_left(const Job& job, std::int64_t now);

/// How many devices may be armed now; `patient` are the armed ones that count.
std::size_t budget(const Throttle& throttle, std::size_t patient, std::size_t armed_in_last_minute);

struct Target {
    std::string device;
    TargetState state = TargetState::waiting;
    CertificateStatus status = 0;          ///< how the operation ended; 0 = not yet, or it was never armed
    std::int64_t armed_at = 0, ended = 0;  ///< Unix seconds, 0 = not yet
    std::string detail;                    ///< why it failed
};

}  // namespace opencapf::capf::bulk
