// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/log_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::diagnosis {

/// Milliseconds since midnight, the only time CAPF's trace has.
using DayTime = std::int64_t;
inline constexpr DayTime kDay = 24LL * 3600 * 1000;

/// The time of a line of CAPF's trace, if it has one.
std::optional<DayTime> day_time_of_capf(std::string_view line);

/// What CAPF's trace says of one call of one phone.
struct Episode {
    std::string device;              ///< as in the trace; empty: the phone had not said who it is
    std::string session;             ///< the number before the phone's name; empty: no line has one
    DayTime begin = 0;               ///< first line
    DayTime end = 0;                 ///< last line
    std::vector<const Line*> lines;  ///< that name the phone or tell of its outcome, in order
    std::optional<int> rv;           ///< "Enrollment rv = <n>"
    std::optional<DayTime> asked;    ///< "Calling enrollCertUsingEST()"
    std::optional<DayTime> told;     ///< the line of rv
    std::string status;              ///< "CERT_STATUS_UPGRADE_SUCCESS"; empty: none was set
    std::string result;              ///< "CAPF_OP_SUCCESS"

    [[nodiscard]] bool has(std::string_view text) const { return find(text) != nullptr; }
    /// The last line with this text, or null.
    [[nodiscard]] const Line* find(std::string_view text) const;
};

/// All calls, in the order they began. Names compare without regard to case.
std::vector<Episode> read_episodes(const LogSet& logs);

/// The last call of each phone (of `device` only, when it is not empty) among these, in the order they began.
std::vector<Episode> last_of_each(std::vector<Episode> episodes, std::string_view device);

}  // namespace opencapf::diagnosis
