// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/timeline.hpp"

#include "diagnosis/call_lines.hpp"
#include "diagnosis/enrolment_parts.hpp"
#include "diagnosis/phone_parts.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kNoticeable = 500;  // milliseconds; below it nothing is called slow

/// A line of CAPF's trace ends a step: who had worked until then, and at what. In the order of a call.
struct Milestone {
    std::string_view text;
    Actor actor;
    std::string_view what;
};
constexpr Milestone kMilestones[] = {
    {"MsgType : CAPF_MSG_AUTH_REQ", Actor::capf, "greets the phone"},
    {"MsgType : CAPF_MSG_AUTH_RESP", Actor::phone, "says who it is"},
    {"MsgType : CAPF_MSG_KEY_GEN_REQ", Actor::capf, "looks the phone up and asks for a key"},
    {"MsgType : CAPF_MSG_REQ_IN_PROGRESS", Actor::phone, "says that the key takes time"},
    {"MsgType : CAPF_MSG_KEY_GEN_RESP", Actor::phone, "makes its key"},
    {"MsgType : CAPF_MSG_SIGN_CERT_REQ", Actor::capf, "builds the certificate request"},
    {"MsgType : CAPF_MSG_SIGN_CERT_RESP", Actor::phone, "signs the certificate request"},
    {"Calling enrollCertUsingEST()", Actor::capf, "writes the certificate request"},
    {"Enrollment rv = ", Actor::ces, "enrols at the CA"},
    {"MsgType : CAPF_MSG_STORE_CERT_REQ", Actor::capf, "checks the certificate and sends it"},
    {"Sending STORE_CERT_REQ msg", Actor::capf, "checks the certificate and sends it"},
    {"MsgType : CAPF_MSG_STORE_CERT_RESP", Actor::phone, "stores the certificate"},
    {"MsgType : CAPF_MSG_FETCH_CERT_REQ", Actor::capf, "asks for a certificate"},
    {"MsgType : CAPF_MSG_FETCH_CERT_RESP", Actor::phone, "sends its certificate"},
    {"MsgType : CAPF_MSG_DELETE_CERT_REQ", Actor::capf, "asks to delete the certificate"},
    {"MsgType : CAPF_MSG_DELETE_CERT_RESP", Actor::phone, "deletes its certificate"},
    {"Protocol error: ", Actor::phone, "does not go on"},
    {"=>DbStatus=", Actor::capf, "writes the outcome"},
    {"MsgType : CAPF_MSG_END_SESSION", Actor::capf, "ends the session"},
};

const Milestone* milestone_of(std::string_view text) {
    const auto found = std::find_if(std::begin(kMilestones), std::end(kMilestones),
                                    [&](const Milestone& one) { return contains(text, one.text); });
    return found == std::end(kMilestones) ? nullptr : found;
}

class Builder {
public:
    Builder(EnrolmentLogs& enrolments, const TraceIndex& index, const Episode& episode, const CallLines& call,
            const PhoneMatch& phone)
        : enrolments_(enrolments), index_(index), episode_(episode), call_(call), phone_(phone) {
        if (phone.call != nullptr || phone.offset.contradictory())
            timeline_.clocks.push_back(
                {"phone", phone.offset.ahead(), phone.offset.lowest(), phone.offset.highest(), 1});
    }

    Timeline run() {
        timeline_.device = episode_.device;
        timeline_.outcome = episode_.status.empty() ? "no status was written" : episode_.status;
        if (!contains(episode_.status, "SUCCESS")) timeline_.why = why();
        walk();
        enrolment();
        for (auto& top : tops_) {
            timeline_.duration += top.step.duration;
            timeline_.steps.push_back(std::move(top.step));
            std::move(top.parts.begin(), top.parts.end(), std::back_inserter(timeline_.steps));
        }
        if (!timeline_.steps.empty()) timeline_.begin = timeline_.steps.front().begin;
        mark_slow();
        return std::move(timeline_);
    }

private:
    /// What OpenCAPF gives as reason, or the number that libEST gave, or the last words about the phone.
    [[nodiscard]] std::string why() const {
        for (const std::string_view mark : {":Reason: ", ":Enrollment rv = "})
            if (const auto* line = episode_.find(mark)) return line->text.substr(line->text.find(mark) + 1);
        const std::string name = ":" + episode_.device + ":";
        for (auto line = episode_.lines.rbegin(); line != episode_.lines.rend(); ++line) {
            const auto at = (*line)->text.find(name);
            if (at != std::string::npos && !contains((*line)->text, ":CAPF CORE: "))
                return (*line)->text.substr(at + name.size());
        }
        return {};
    }

    /// A step of depth 0 with what is inside.
    struct Top {
        Step step;
        std::vector<Step> parts;
    };

    /// A clock that was set back in the middle of a call takes no time; midnight is no such case.
    DayTime forward(DayTime from, DayTime to) {
        const DayTime passed = signed_since(from, to);
        if (passed < 0 && timeline_.notes.empty())
            timeline_.notes.push_back("CAPF's clock was set back during the call, or its lines are out of order.");
        return std::max<DayTime>(passed, 0);
    }

    void walk() {
        std::optional<DayTime> at;
        std::size_t message = 0;
        for (const Line* line : call_.lines()) {
            const auto time = day_time_of_capf(line->text);
            if (!time) continue;
            if (!at) begin(at, *time);
            const auto* milestone = milestone_of(line->text);
            if (milestone != nullptr) {
                add({milestone->actor, std::string(milestone->what), *at, forward(*at, *time), 0, false, line},
                    message);
                at = time;
            }
            if (!CallLines::message_of(line->text).empty()) ++message;
        }
        const Line* last = call_.lines().back();
        const auto end = day_time_of_capf(last->text);
        if (at && end && forward(*at, *end) > 0)
            add({Actor::capf, "finishes", *at, forward(*at, *end), 0, false, last}, message);
        if (!end || !call_.ends_with_end_session()) return;
        if (auto farewell = phone_.farewell(*end, message - 1)) tops_.push_back({std::move(*farewell), {}});
    }
    void begin(std::optional<DayTime>& at, DayTime time) {
        at = timeline_.begin = time;
        if (call_.connection() == nullptr) return;
        if (auto connecting = phone_.connecting(time, call_.connection()))
            tops_.push_back({std::move(*connecting), {}});
    }
    void add(Step step, std::size_t message) {
        auto parts = step.actor == Actor::phone ? phone_.of(step, message) : std::vector<Step>();
        if (!tops_.empty() && tops_.back().step.what == step.what) {
            auto& top = tops_.back();  // two lines that tell of one step
            if (top.parts.empty() && !parts.empty()) top.parts = {part_of(top.step)};
            if (parts.empty() && !top.parts.empty()) parts = {part_of(step)};
            top.step.duration += step.duration;
            top.step.line = step.line;
            std::move(parts.begin(), parts.end(), std::back_inserter(top.parts));
            return;
        }
        tops_.push_back({std::move(step), std::move(parts)});
    }
    static Step part_of(Step step) {
        step.depth = 1;
        return step;
    }
    void enrolment() {
        const auto around =
            std::find_if(tops_.rbegin(), tops_.rend(), [](const Top& top) { return top.step.actor == Actor::ces; });
        if (around == tops_.rend()) return;
        auto inside = enrolment_parts(enrolments_, episode_, around->step, index_.enrolments_beside(episode_));
        timeline_.notes = std::move(inside.notes);
        around->parts = std::move(inside.steps);
        std::move(inside.clocks.begin(), inside.clocks.end(), std::back_inserter(timeline_.clocks));
    }

    /// The longest step, when it is worth a look: half of the whole. Within a slow step again the longest, and what
    /// takes nearly as long, unless the time went in small pieces.
    void mark_slow() {
        auto& steps = timeline_.steps;
        const auto longest = std::max_element(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
            return (a.depth > 0 ? -1 : a.duration) < (b.depth > 0 ? -1 : b.duration);
        });
        if (longest == steps.end() || longest->duration < kNoticeable || longest->duration * 2 < timeline_.duration)
            return;
        longest->slow = true;
        mark_parts(longest);
    }
    void mark_parts(std::vector<Step>::iterator whole) {
        const int depth = whole->depth + 1;
        const auto end =
            std::find_if(std::next(whole), timeline_.steps.end(), [&](const Step& step) { return step.depth < depth; });
        DayTime most = 0;
        for (auto part = std::next(whole); part != end; ++part)
            if (part->depth == depth) most = std::max(most, part->duration);
        if (most * 3 < whole->duration) return;
        for (auto part = std::next(whole); part != end; ++part) {
            if (part->depth != depth || part->duration * 4 < most * 3) continue;
            part->slow = true;
            mark_parts(part);
        }
    }

    EnrolmentLogs& enrolments_;
    const TraceIndex& index_;
    const Episode& episode_;
    const CallLines& call_;
    const PhoneParts phone_;
    Timeline timeline_;
    std::vector<Top> tops_;
};

}  // namespace

std::string_view to_string(Actor actor) noexcept {
    switch (actor) {
        case Actor::network:
            return "network";
        case Actor::phone:
            return "phone";
        case Actor::capf:
            return "CAPF";
        case Actor::ces:
            return "CES";
        case Actor::ca:
            return "CA";
    }
    return "";
}

std::vector<Timeline> read_timelines(const LogSet& logs, std::string_view device) {
    const auto all = read_episodes(logs);
    const TraceIndex index(logs.lines(Log::capf), all);
    std::vector<const Episode*> episodes;
    std::vector<CallLines> calls;
    std::vector<CapfCall> messages;
    for (const auto& episode : all) {
        if (episode.lines.empty() || !iequals(episode.device, device)) continue;
        episodes.push_back(&episode);
        calls.emplace_back(index, episode);
        messages.push_back(calls.back().messages());
    }
    const auto phone = read_phone_calls(logs, device);
    const auto matches = match_calls(messages, phone);
    EnrolmentLogs enrolments(logs, index.sample_of_enrolments());
    std::vector<Timeline> timelines;
    for (std::size_t i = 0; i < episodes.size(); ++i) {
        const auto ahead = matches[i].offset.ahead();
        if (matches[i].call != nullptr && ahead) calls[i].fit(*matches[i].call, *ahead);
        timelines.push_back(Builder(enrolments, index, *episodes[i], calls[i], matches[i]).run());
    }
    return timelines;
}

}  // namespace opencapf::diagnosis
