// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/doctor.hpp"
#include "diagnosis/est_exchange.hpp"
#include "diagnosis/iis_log.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// A cause with what speaks for it, before the lines are copied.
struct Verdict {
    std::string_view cause;
    Certainty certainty = Certainty::certain;
    std::string detail;
    std::vector<const Line*> lines;  ///< null: no such line
};

/// What went wrong between CES and the CA. The logs must outlive it.
class CaVerdicts {
public:
    explicit CaVerdicts(const LogSet& logs);

    /// Of a transfer that failed; `more` are lines that follow from it.
    [[nodiscard]] Verdict of_failure(const CaFailure& failure, const std::vector<const Line*>& more) const;
    /// Of one request of CAPF; nothing when its lines do not say.
    [[nodiscard]] std::optional<Verdict> of_exchange(const EstExchange& exchange) const;
    /// CAPF did not wait to the end of this call: which page was slow, and did a certificate come of it? False: the
    /// logs do not say.
    bool tell_of_slowness(Verdict& verdict, const Episode& episode) const;

private:
    void refine_login(Verdict& verdict) const;
    void refine_untrusted(Verdict& verdict, const CaFailure& failure) const;
    [[nodiscard]] Verdict template_missing(const EstExchange& exchange, std::vector<const Line*> lines) const;

    const LogSet& logs_;
    std::vector<IisRequest> iis_;
    const Line* self_signed_;  ///< cesd's line of its last start, or null
};

/// The last line of `log` with all of these texts, or null.
const Line* last_line(const LogSet& logs, Log log, std::initializer_list<std::string_view> texts);

/// Is the line of a daemon one of this call, or of the minute after it?
bool happened_in(const Line& line, const Episode& episode);

}  // namespace opencapf::diagnosis
