// SPDX-License-Identifier: Apache-2.0
#include "capfctl/trace_page.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace opencapf::capfctl {
namespace {

using diagnosis::Step;
using diagnosis::Timeline;

std::string escape(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>CAPF trace</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1f24; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .25rem .5rem; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #c5ccd3; font-weight: 600; } tr { border-bottom: 1px solid #eef1f4; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.inside td { color: #57606a; font-size: .92em; } .inside .w { padding-left: 1.8rem; }
.slow td { background: #fff3d6; } .slow .w::after { content: " \2190 slow"; font-weight: 600; }
.bar { width: 34%; position: relative; } .bar i { position: absolute; top: .45rem; height: .8rem; min-width: 2px; border-radius: 2px; }
.phone i { background: #2f81f7; } .capf i { background: #8250df; } .ces i { background: #1a7f37; } .ca i { background: #bc4c00; }
code { font-size: .85em; color: #57606a; overflow-wrap: anywhere; }
@media (max-width: 50rem) { .bar, .bar + th { display: none; } }
</style></head><body>
)";

std::string row(const Timeline& call, const Step& step, const diagnosis::LogSet& logs) {
    const double whole = static_cast<double>(std::max<diagnosis::DayTime>(call.duration, 1));
    const diagnosis::DayTime offset = (step.begin - call.begin + diagnosis::kDay) % diagnosis::kDay;
    const std::string where =
        step.line == nullptr ? "" : fmt::format("{}:{}", escape(logs.file(*step.line)), step.line->number);
    const std::string text = step.line == nullptr ? "" : escape(step.line->text);
    return fmt::format(
        "<tr class=\"{}{}{}\"><td class=n>{}</td><td>{}</td><td class=w>{}<br><code title=\"{}\">{}</code></td>"
        "<td class=n>{} ms</td><td class=bar><i style=\"left:{:.2f}%;width:{:.2f}%\"></i></td></tr>\n",
        to_lower(diagnosis::to_string(step.actor)), step.inside ? " inside" : "", step.slow ? " slow" : "",
        clock_text(step.begin), diagnosis::to_string(step.actor), escape(step.what), where, text, step.duration,
        100.0 * static_cast<double>(offset) / whole, 100.0 * static_cast<double>(step.duration) / whole);
}

}  // namespace

std::string clock_text(diagnosis::DayTime time) {
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time / 3'600'000, time / 60'000 % 60, time / 1000 % 60, time % 1000);
}

std::string trace_page(const std::vector<Timeline>& calls, const diagnosis::LogSet& logs) {
    std::string page(kHead);
    page += fmt::format("<h1>{}: {} call{} to CAPF</h1>\n", escape(calls.front().device), calls.size(),
                        calls.size() == 1 ? "" : "s");
    for (const auto& call : calls) {
        page += fmt::format("<h2>{} &middot; {} ms &middot; {}</h2>\n", clock_text(call.begin), call.duration,
                            escape(call.outcome));
        page +=
            "<table><tr><th class=n>begins</th><th>who</th><th>does what, and the line that ends it</th>"
            "<th class=n>time</th><th>share</th></tr>\n";
        for (const auto& step : call.steps) page += row(call, step, logs);
        page += "</table>\n";
        if (call.iis_ahead)
            page += fmt::format(
                "<p>The clock of the CA's web server reads {} s later than CAPF's, time zone included.</p>\n",
                *call.iis_ahead);
    }
    page +=
        "<p>Times are CAPF's clock. Steps follow each other without a gap; indented ones are parts of the one above."
        "</p></body></html>\n";
    return page;
}

}  // namespace opencapf::capfctl
