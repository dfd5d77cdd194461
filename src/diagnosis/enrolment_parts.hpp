// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/timeline.hpp"

namespace opencapf::diagnosis {

/// What happened between "Calling enrollCertUsingEST()" and the line of rv.
struct EnrolmentParts {
    std::vector<Step> steps;  ///< of depth 1 and 2
    std::vector<ClockReading> clocks;
    std::vector<std::string> notes;  ///< what was left out, and why
};

/// Cuts `around`, the step of the enrolment, into CES' requests as its audit lines tell them, and these into the CA's
/// pages as the log of its web server tells them. A product's CES writes no audit lines: the pages are parts of the
/// step itself then. Without either log there are no parts. `beside`: other enrolments of the same seconds; IIS' log
/// does not say whose its pages are, so then they are left out.
EnrolmentParts enrolment_parts(const LogSet& logs, const Episode& episode, const Step& around, std::size_t beside);

}  // namespace opencapf::diagnosis
