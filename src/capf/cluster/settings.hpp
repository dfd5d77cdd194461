// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"

#include <chrono>
#include <string>

namespace opencapf::capf::cluster {

/// Section `cluster` of capfd.json: several capfd on one database (docs/cluster.md).
struct Settings {
    std::string instance;                     ///< name among them; empty = alone
    std::chrono::milliseconds lease{15'000};  ///< without a sign of life for so long an instance counts as dead

    [[nodiscard]] bool on() const noexcept { return !instance.empty(); }
};

void read_settings(config::Reader& reader, Settings& settings);

}  // namespace opencapf::capf::cluster
