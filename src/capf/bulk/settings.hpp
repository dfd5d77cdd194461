// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"

#include <chrono>

namespace opencapf::capf::bulk {

/// Section `bulk` of capfd.json.
struct Settings {
    std::chrono::milliseconds interval{1'000};
    std::chrono::milliseconds patience{900'000};
    std::chrono::milliseconds preparation{3'600'000};
    int keep_days = 90;
};

void read_settings(config::Reader& reader, Settings& settings);

}  // namespace opencapf::capf::bulk
