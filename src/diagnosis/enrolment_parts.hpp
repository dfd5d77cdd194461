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

/// What else the trace of CAPF tells of.
struct OtherEnrolments {
    std::size_t beside = 0;              ///< in the same seconds
    std::vector<const Episode*> sample;  ///< some of all, spread over the trace; each has `asked` and `told`
};

/// Cuts `around`, the step of the enrolment, into CES' requests as its audit lines tell them, and these into the CA's
/// pages as the log of its web server tells them. A product's CES writes no audit lines: the pages are parts of the
/// step itself then. Without either log there are no parts. With others in the same
/// seconds the pages are left out, for IIS' log does not say whose they are.
EnrolmentParts enrolment_parts(const LogSet& logs, const Episode& episode, const Step& around,
                               const OtherEnrolments& others);

}  // namespace opencapf::diagnosis
