// SPDX-License-Identifier: Apache-2.0
#include "capfctl/trace_page.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace opencapf::capfctl {
namespace {

using diagnosis::Step;
using diagnosis::Timeline;

std::string escape(std::string_view text) { return html_escape(printable(text)); }

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>CAPF trace</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1f24;
  background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #c5ccd3; font-weight: 600; } tr { border-bottom: 1px solid #eef1f4; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.a { white-space: nowrap; }
.d1 td, .d2 td { color: #57606a; font-size: .93em; } .d1 .w { padding-left: 1.8rem; } .d2 .w { padding-left: 3.4rem; }
.slow td { background: #fff3d6; } .slow .w b::after { content: " \2190\a0 slow"; }
.w b { font-weight: inherit; } .slow .w b { font-weight: 600; color: #1b1f24; }
.bar { width: 30%; } .bar div { position: relative; height: .8rem; margin-top: .3rem; }
.bar i { position: absolute; top: 0; height: 100%; min-width: 2px; border-radius: 2px; }
.d1 .bar div { height: .55rem; margin-top: .4rem; } .d2 .bar div { height: .35rem; margin-top: .5rem; }
.network i { background: #8c959f; } .phone i { background: #2f81f7; } .capf i { background: #8250df; }
.ces i { background: #1a7f37; } .ca i { background: #bc4c00; }
code { font-size: .85em; color: #57606a; }
@media (max-width: 50rem) {
  thead { display: none; } table, tbody { display: block; }
  tr { display: grid; grid-template-columns: auto 1fr auto; padding: .3rem 0; }
  td { padding: .1rem .4rem; } .w, .bar { grid-column: 1 / -1; grid-row: 2; width: auto; } .bar { grid-row: 3; }
}
@media print { .slow td, .bar i { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
</style></head><body>
)";

std::string row(const Timeline& call, const Step& step, const diagnosis::LogSet& logs) {
    const double whole = static_cast<double>(std::max<diagnosis::DayTime>(call.duration, 1));
    const diagnosis::DayTime offset = (step.begin - call.begin + diagnosis::kDay) % diagnosis::kDay;
    const std::string line = step.line == nullptr
                                 ? ""
                                 : fmt::format("<br><code title=\"{}:{}\">{}</code>", escape(logs.file(*step.line)),
                                               step.line->number, escape(step.line->text));
    return fmt::format(
        "<tr class=\"{} d{}{}\"><td class=n>{}</td><td class=a>{}</td><td class=w><b>{}</b>{}</td><td class=n>{} "
        "ms</td>"
        "<td class=bar><div><i style=\"left:{:.2f}%;width:{:.2f}%\"></i></div></td></tr>\n",
        to_lower(diagnosis::to_string(step.actor)), step.depth, step.slow ? " slow" : "", clock_text(step.begin),
        diagnosis::to_string(step.actor), escape(step.what), line, step.duration,
        100.0 * static_cast<double>(offset) / whole, 100.0 * static_cast<double>(step.duration) / whole);
}

}  // namespace

std::string clock_text(diagnosis::DayTime time) {
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time / 3'600'000, time / 60'000 % 60, time / 1000 % 60, time % 1000);
}

std::string clock_sentence(const diagnosis::ClockReading& clock) {
    const std::string of = clock.of == "CES" ? clock.of : clock.of == "CA" ? "the CA's web server" : "the " + clock.of;
    const auto bounds = [&] {
        std::string text;
        if (clock.lowest) text += fmt::format("at least {} ms", *clock.lowest);
        if (clock.highest) text += fmt::format("{}at most {} ms", text.empty() ? "" : ", ", *clock.highest);
        return text.empty() ? text : " (" + text + " ahead)";
    };
    if (!clock.ahead)
        return fmt::format(
            "The clock of {} cannot be placed: its log and CAPF's trace contradict each other{}. Its steps are "
            "left "
            "out.",
            of, bounds());
    const std::string log = clock.precision > 1 ? ", as far as a log of seconds tells" : "";
    if (*clock.ahead == 0) return fmt::format("The clock of {} agrees with CAPF's{}.", of, log);
    return fmt::format("The clock of {} is {} {} CAPF's{}{}, time zone included.", of,
                       clock_text(std::abs(*clock.ahead)), *clock.ahead > 0 ? "ahead of" : "behind", log, bounds());
}

std::string trace_page(const std::vector<Timeline>& calls, const diagnosis::LogSet& logs) {
    std::string page(kHead);
    page += fmt::format("<h1>{}: {} call{} to CAPF</h1>\n", escape(calls.front().device), calls.size(),
                        calls.size() == 1 ? "" : "s");
    for (const auto& call : calls) {
        page += fmt::format("<h2>{} &middot; {} ms &middot; {}</h2>\n", clock_text(call.begin), call.duration,
                            escape(call.outcome));
        if (!call.why.empty()) page += fmt::format("<p class=why>{}</p>\n", escape(call.why));
        page +=
            "<table><thead><tr><th class=n>begins</th><th>who</th><th>does what, and the line that ends it</th>"
            "<th class=n>time</th><th>share</th></tr></thead><tbody>\n";
        for (const auto& step : call.steps) page += row(call, step, logs);
        page += "</tbody></table>\n";
        for (const auto& clock : call.clocks) page += fmt::format("<p>{}</p>\n", escape(clock_sentence(clock)));
        for (const auto& note : call.notes) page += fmt::format("<p>{}</p>\n", escape(note));
    }
    page +=
        "<p>Times are CAPF's clock. Steps follow each other without a gap; indented ones are parts of the one above "
        "and "
        "add up to it.</p></body></html>\n";
    return page;
}

}  // namespace opencapf::capfctl
