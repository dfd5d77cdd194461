// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <string>

namespace opencapf::test {

/// The value of a series in Prometheus' text; NaN, equal to nothing, when it is not there.
inline double value_of(const std::string& text, const std::string& series) {
    const auto at = ("\n" + text).find("\n" + series + " ");
    if (at == std::string::npos) return NAN;
    return std::stod(text.substr(at + series.size()));
}

}  // namespace opencapf::test
