// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/ces_request.hpp"
#include "diagnosis/iis_log.hpp"
#include "diagnosis/time_index.hpp"
#include "diagnosis/timeline.hpp"

namespace opencapf::diagnosis {

/// What happened between "Calling enrollCertUsingEST()" and the line of rv.
struct EnrolmentParts {
    std::vector<Step> steps;  ///< of depth 1 and 2
    std::vector<ClockReading> clocks;
    std::vector<std::string> notes;  ///< what was left out, and why
};

/// The logs of CES and of the CA's web server, read once for all calls. The LogSet must outlive it.
struct EnrolmentLogs {
    /// `enrolments`: some of all enrolments, spread over the trace; each has `asked` and `told`.
    EnrolmentLogs(const LogSet& logs, std::vector<const Episode*> enrolments);

    std::vector<IisRequest> pages;  ///< without those of CES' start
    TimeIndex begins;               ///< of the pages, by the CA's clock
    std::vector<CesRequest> requests;
    std::vector<const Episode*> sample;
};

/// Cuts `around`, the step of the enrolment, into CES' requests as its audit lines tell them, and these into the CA's
/// pages as the log of its web server tells them. A product's CES writes no audit lines: the pages are parts of the
/// step itself then. Without either log there are no parts. `beside`: other enrolments in the
/// same seconds; IIS' log does not say whose its pages are, so then they are left out.
EnrolmentParts enrolment_parts(EnrolmentLogs& logs, const Episode& episode, const Step& around, std::size_t beside);

}  // namespace opencapf::diagnosis
