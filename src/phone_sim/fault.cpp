// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/fault.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace opencapf::phone_sim {

namespace {

enum class Takes { nothing, frames, seconds };

struct Entry {
    std::string_view name;
    Fault fault;
    Takes takes;
    std::string_view what;
};

constexpr std::string_view kNone = "none";
constexpr int kMostFrames = 9;
constexpr double kDefaultSlow = 5;
constexpr double kLongestSlow = 3600;

constexpr std::array kEntries{
    Entry{"no-answer", Fault::no_answer, Takes::frames,
          "sends N frames (0), then nothing more, and stays connected until the server leaves or --timeout"},
    Entry{"slow", Fault::slow, Takes::seconds, "waits N seconds (5) before each frame"},
    Entry{"wrong-session", Fault::wrong_session, Takes::nothing, "answers with another session id"},
    Entry{"split-records", Fault::split_records, Takes::nothing, "sends each frame in three TLS records"},
    Entry{"garbage-key", Fault::garbage_key, Takes::nothing, "sends bytes that are no public key"},
    Entry{"wrong-key", Fault::wrong_key, Takes::nothing, "makes a key of another size or curve than asked for"},
    Entry{"store-failure", Fault::store_failure, Takes::nothing, "says that it cannot store the certificate"},
    Entry{"disconnect-after", Fault::disconnect_after, Takes::frames, "leaves after N frames (0), without a word"},
    Entry{"bad-signature", Fault::bad_signature, Takes::nothing,
          "signs wrongly: its proof of identity, or else the certificate request"},
    Entry{"other-certificate", Fault::other_certificate, Takes::nothing,
          "shows a certificate it made itself instead of its LSC or MIC, with right signatures"},
};

Result<double> number_of(std::string_view text, const Entry& entry) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool frames = entry.takes == Takes::frames;
    const double most = frames ? kMostFrames : kLongestSlow;
    // Written this way round so that not-a-number is refused too.
    const bool good = error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most;
    if (!good || (frames && value != std::floor(value))) {
        return fail(Errc::config,
                    fmt::format("{} takes {} from 0 to {}", entry.name, frames ? "frames" : "seconds", most));
    }
    return value;
}

}  // namespace

Result<FaultPlan> parse_fault(std::string_view text) {
    if (text == kNone) return FaultPlan{};
    // "disconnect-after=N" is how it was written before other faults took numbers.
    const auto mark = text.find_first_of(":=");
    const auto name = text.substr(0, mark);
    const auto* entry = std::find_if(kEntries.begin(), kEntries.end(), [&](const Entry& e) { return e.name == name; });
    if (entry == kEntries.end()) {
        return fail(Errc::config, "'" + printable(text) + "' is not a fault this phone knows; see --fault list");
    }
    FaultPlan plan;
    plan.fault = entry->fault;
    double number = entry->takes == Takes::seconds ? kDefaultSlow : 0;
    if (mark != std::string_view::npos) {
        if (entry->takes == Takes::nothing) return fail(Errc::config, std::string(name) + " takes no number");
        const auto value = number_of(text.substr(mark + 1), *entry);
        if (!value) return fail(value.error());
        number = *value;
    }
    if (entry->takes == Takes::frames) plan.after = static_cast<int>(number);
    if (entry->takes == Takes::seconds) {
        plan.delay = std::chrono::round<net::Duration>(std::chrono::duration<double>(number));
    }
    return plan;
}

std::string fault_list() {
    std::string text;
    for (const auto& entry : kEntries) {
        const auto name = std::string(entry.name) + (entry.takes == Takes::nothing ? "" : "[:N]");
        text += fmt::format("{:<21} {}\n", name, entry.what);
    }
    return text;
}

}  // namespace opencapf::phone_sim
