// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/fleet.hpp"

namespace opencapf::phone_sim {

/// One line that a terminal shows while a run goes on. `fraction` in 0..1 fills the bar; `width` is its length in
/// characters.
std::string progress_line(const Progress& progress, double fraction, std::chrono::duration<double> elapsed,
                          std::size_t width = 30);

/// Draws that line on standard error, over itself, as long as that is a terminal; else nothing. `duration` is how long
/// an estate runs; without one the bar fills with the phones that are done.
ShowProgress terminal_progress(std::optional<net::Duration> duration);

/// Ends the line; call it once the run is over.
void end_progress();

}  // namespace opencapf::phone_sim
