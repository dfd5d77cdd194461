// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/trace_events.hpp"
#include "opencapf/log/line_file.hpp"

namespace opencapf::capf {

/// The CAPF SDI trace file. Thread-safe.
class Trace {
public:
    explicit Trace(const std::string& path) : file_(path) {}
    void emit(const event::Any& event) { file_.write(render_trace(event, std::chrono::system_clock::now())); }
    void reopen() { file_.reopen(); }

private:
    log::LineFile file_;
};

}  // namespace opencapf::capf
