// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::process {

/// What a reload did, a line each.
struct ReloadReport {
    std::vector<std::string> applied;        ///< took effect
    std::vector<std::string> needs_restart;  ///< differs from what runs, and waits for a restart
    std::vector<std::string> problems;       ///< then no change of the configuration took effect
};

/// Puts the differences of two readings into `report`: as applied, or as waiting for a restart.
void report_changes(const config::Values& running, const config::Values& fresh, ReloadReport& report);

/// Puts into force what a lab may switch on for a whole process, with a warning in the log: lab_tls_key_log. To be
/// called before the first TLS context is made. Throws std::runtime_error when the file cannot be used.
void apply_lab_switches(const config::Values& values);

/// Reads the configuration again and lets `apply` put it into force; `apply(fresh)` throws std::exception when it
/// cannot and has changed nothing then. `running` is what is in force, and is brought up to date. A configuration that
/// was not read from a file is applied as it stands, which reads its certificates again.
template <class Config, class Read, class Apply>
void reload_config(config::Source& running, const Config& current, Read read, Apply apply, ReloadReport& report) {
    try {
        if (running.file.empty()) {
            apply(Config(current));
            return;
        }
        Config fresh = read(running.file);
        const config::Values values = fresh.source.values;
        apply_lab_switches(values);
        try {
            apply(std::move(fresh));
        } catch (...) {
            apply_lab_switches(running.values);
            throw;
        }
        report_changes(running.values, values, report);
        running.values = config::after_reload(running.values, values);
    } catch (const std::exception& error) {
        report.problems.emplace_back(error.what());
    }
}

}  // namespace opencapf::process
