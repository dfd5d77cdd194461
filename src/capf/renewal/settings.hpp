// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/enums.hpp"
#include "opencapf/config/reader.hpp"

#include <chrono>

namespace opencapf::capf::renewal {

/// Section `renewal` of capfd.json: when LSCs are renewed, and when somebody has to hear of it.
struct Settings {
    bool enabled = true;
    std::chrono::milliseconds interval{3'600'000};
    int window_days = 0, window_percent = 33;  ///< the longer of both, at most half of the validity
    int jitter_percent = 50;                   ///< of the window: over this part of it the renewals are spread
    AuthMode auth = AuthMode::existing_lsc;
    std::chrono::milliseconds deadline{86'400'000}, sweep_grace{60'000};
    std::chrono::milliseconds retry_pause{3'600'000}, retry_pause_max{86'400'000};
    std::chrono::milliseconds no_gain_pause{2'592'000'000};
    std::size_t max_armed = 500;
    std::chrono::milliseconds patience{900'000};
    int alarm_expiring_days = 14, alarm_failures = 3, alarm_keep_days = 90;
};

void read_settings(config::Reader& reader, Settings& settings);

}  // namespace opencapf::capf::renewal
