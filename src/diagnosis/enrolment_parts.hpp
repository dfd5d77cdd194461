// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/timeline.hpp"

namespace opencapf::diagnosis {

/// What happened between "Calling enrollCertUsingEST()" and the line of rv.
struct EnrolmentParts {
    std::vector<Step> steps;  ///< of depth 1 and 2
    std::vector<ClockReading> clocks;
};

/// Cuts `around`, the step of the enrolment, into CES' requests as its audit lines tell them, and these into the CA's
/// pages as the log of its web server tells them. A product's CES writes no audit lines: the pages are parts of the
/// step itself then. Without either log there are no parts.
EnrolmentParts enrolment_parts(const LogSet& logs, const Episode& episode, const Step& around);

}  // namespace opencapf::diagnosis
