// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/causes.hpp"
#include "diagnosis/log_set.hpp"

#include <string>
#include <vector>

namespace opencapf::diagnosis {

/// How sure a finding is.
enum class Certainty {
    certain,   ///< a line says so
    likely,    ///< it explains what the lines say, and nothing else known does as well
    possible,  ///< one of several explanations
};
std::string_view to_string(Certainty certainty) noexcept;

struct Evidence {
    std::string file;
    std::uint32_t line = 0;
    std::string text;
};

struct Finding {
    const Cause* cause = nullptr;
    Certainty certainty = Certainty::possible;
    std::vector<std::string> devices;  ///< phones that it concerns; empty: all of them
    std::string detail;                ///< what the lines say beyond the cause: a name, a number
    std::vector<Evidence> evidence;    ///< in the order to read it
};

/// What went wrong with a phone and could not be explained.
struct Unexplained {
    std::string device;
    std::string what;
    std::string hint;  ///< what would tell more; may be empty
    std::vector<Evidence> evidence;
};

struct Diagnosis {
    std::vector<Finding> findings;         ///< what is the matter now; what was put right later is left out
    std::vector<Unexplained> unexplained;  ///< "unknown" is an answer
    std::vector<std::string> healthy;      ///< phones whose last call went well
    std::size_t phones = 0;                ///< whose calls the logs tell of; of `device` 1 or 0
    bool ces_started_well = false;         ///< the logs show that CES has the CA's chain
};

/// Reads what the logs tell of `device`, or of all phones when it is empty. Never guesses: each finding has its lines.
Diagnosis diagnose(const LogSet& logs, std::string_view device);

}  // namespace opencapf::diagnosis
