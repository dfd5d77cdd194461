// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/phone_call.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <map>

namespace opencapf::diagnosis {
namespace {

constexpr std::size_t kPrefix = 24;  // "2026-11-28 20:39:56.199 "
constexpr std::string_view kPhone = "phone ";
constexpr DayTime kSteady = 1000;          // a clock does not drift more than this between the calls of one log
constexpr DayTime kZone = 15 * 60 * 1000;  // time zones are quarters of an hour

/// "phone NAME: " and what follows, if the line is of `device`.
std::optional<std::string_view> body_of(std::string_view line, std::string_view device) {
    if (line.size() < kPrefix || !line.substr(kPrefix).starts_with(kPhone)) return std::nullopt;
    line.remove_prefix(kPrefix + kPhone.size());
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || !iequals(line.substr(0, colon), device)) return std::nullopt;
    return line.substr(colon + 2);
}

PhoneMoment moment_of(std::string_view body) {
    PhoneMoment moment;
    const auto is = [&](std::string_view word) { return body.starts_with(word); };
    if (is("connecting to ")) moment.kind = PhoneMoment::Kind::connecting;
    if (is("connected, ")) moment.kind = PhoneMoment::Kind::connected;
    if (is("received CAPF_MSG_")) moment.kind = PhoneMoment::Kind::received;
    if (is("sent CAPF_MSG_")) moment.kind = PhoneMoment::Kind::sent;
    if (moment.kind == PhoneMoment::Kind::received || moment.kind == PhoneMoment::Kind::sent)
        moment.message = body.substr(body.find(' ') + 1);
    return moment;
}

DayTime from_zone(DayTime ahead) {
    const DayTime off = since(0, ahead) % kZone;
    return std::min(off, kZone - off);
}

struct Candidate {
    std::size_t capf = 0, phone = 0;
    ClockOffset offset;
    DayTime ahead = 0;
    std::size_t agreeing = 0;  // of all candidates, those of about the same offset
};

bool is_better(const Candidate& one, const Candidate& other) {
    if (one.agreeing != other.agreeing) return one.agreeing > other.agreeing;
    return from_zone(one.ahead) < from_zone(other.ahead);
}

}  // namespace

std::vector<PhoneCall> read_phone_calls(const LogSet& logs, std::string_view device) {
    // A file that was full has become another one: the dates tell the order of files. Within one it is the lines' own,
    // whatever was done to the clock.
    std::map<std::uint32_t, std::string_view> begin;
    std::vector<const Line*> lines;
    for (const auto& line : logs.lines(Log::phone)) {
        if (!body_of(line.text, device)) continue;
        begin.try_emplace(line.file, std::string_view(line.text).substr(0, kPrefix));
        lines.push_back(&line);
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [&](const Line* one, const Line* other) { return begin[one->file] < begin[other->file]; });
    std::vector<PhoneCall> calls;
    for (const Line* line : lines) {
        auto moment = moment_of(*body_of(line->text, device));
        const auto at = day_time_of_capf(line->text.substr(11, 12) + " |");
        if (!at) continue;
        moment.at = *at;
        moment.line = line;
        if (moment.kind == PhoneMoment::Kind::connecting) calls.emplace_back();
        if (!calls.empty()) calls.back().moments.push_back(moment);
    }
    return calls;
}

bool is_from_capf(std::string_view message) { return message == "CAPF_MSG_END_SESSION" || message.ends_with("_REQ"); }

std::optional<ClockOffset> offset_between(const CapfCall& capf, const PhoneCall& phone) {
    using Kind = PhoneMoment::Kind;
    ClockOffset offset;
    std::size_t next = 0;
    for (const auto& moment : phone.moments) {
        if (moment.kind == Kind::connecting && capf.connected) offset.other_first(moment.at, *capf.connected);
        if (moment.kind != Kind::received && moment.kind != Kind::sent) continue;
        if (next == capf.messages.size()) break;  // CAPF had gone, or did not get it
        const auto& message = capf.messages[next];
        if (moment.message != message.name) return std::nullopt;
        ++next;
        if (!message.sure) continue;
        if (moment.kind == Kind::received) {
            offset.capf_first(message.at, moment.at);
        } else {
            offset.other_first(moment.at, message.at);
        }
    }
    if (next == 0) return std::nullopt;
    // What CAPF sent may be lost on the way; what it received the phone must have sent.
    for (; next < capf.messages.size(); ++next)
        if (!capf.messages[next].from_capf) return std::nullopt;
    return offset;
}

std::vector<PhoneMatch> match_calls(const std::vector<CapfCall>& capf, const std::vector<PhoneCall>& phone) {
    std::vector<PhoneMatch> matches(capf.size());
    std::vector<Candidate> candidates;
    for (std::size_t c = 0; c < capf.size(); ++c) {
        for (std::size_t p = 0; p < phone.size(); ++p) {
            const auto offset = offset_between(capf[c], phone[p]);
            if (!offset) continue;
            if (offset->contradictory() && matches[c].call == nullptr) matches[c].offset = *offset;
            if (const auto ahead = offset->ahead()) candidates.push_back({c, p, *offset, *ahead, 0});
        }
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& one, const Candidate& other) { return one.ahead < other.ahead; });
    std::size_t first = 0, last = 0;
    for (auto& one : candidates) {
        while (candidates[first].ahead < one.ahead - kSteady) ++first;
        while (last < candidates.size() && candidates[last].ahead <= one.ahead + kSteady) ++last;
        one.agreeing = last - first;
    }
    std::vector<const Candidate*> best(capf.size(), nullptr);
    for (const auto& one : candidates)
        if (best[one.capf] == nullptr || is_better(one, *best[one.capf])) best[one.capf] = &one;
    for (std::size_t c = 0; c < capf.size(); ++c)
        if (best[c] != nullptr) matches[c] = {&phone[best[c]->phone], best[c]->offset};
    return matches;
}

}  // namespace opencapf::diagnosis
