// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/timeline.hpp"

#include <string>
#include <vector>

namespace opencapf::capfctl {

/// "10:00:00.123"
std::string clock_text(diagnosis::DayTime time);

/// "The clock of the phone is 00:00:03.250 ahead of CAPF's.", or that nobody can say.
std::string clock_sentence(const diagnosis::ClockReading& clock);

/// A web page that needs nothing but itself, for mail. Texts of the logs are escaped.
std::string trace_page(const std::vector<diagnosis::Timeline>& calls, const diagnosis::LogSet& logs);

}  // namespace opencapf::capfctl
