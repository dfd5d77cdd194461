// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/timeline.hpp"

#include "diagnosis/iis_log.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kSecond = 1000;
constexpr DayTime kZone = 15 * 60 * kSecond;  // time zones are quarters of an hour
constexpr DayTime kMaxSkew = 5 * kSecond;     // of two clocks that keep time
constexpr DayTime kNoticeable = 500;          // milliseconds; below it nothing is called slow

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

DayTime since(DayTime from, DayTime to) { return ((to - from) % kDay + kDay) % kDay; }

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

/// Indexes of the first and the last line of a call.
struct Window {
    std::size_t begin = 0, end = 0;
};

class Builder {
public:
    Builder(const LogSet& logs, const Episode& episode) : logs_(logs), episode_(episode) {}

    Timeline run() {
        timeline_.device = episode_.device;
        timeline_.outcome = episode_.status.empty() ? "no status was written" : episode_.status;
        const auto window = window_of();
        walk(window);
        enrolment();
        mark_slow();
        return std::move(timeline_);
    }

private:
    [[nodiscard]] const std::vector<Line>& trace() const { return logs_.lines(Log::capf); }

    /// From "New connection" (or the first line that names the phone) to END_SESSION (or the last such line).
    [[nodiscard]] Window window_of() const {
        const auto index_of = [&](const Line* line) { return static_cast<std::size_t>(line - trace().data()); };
        const std::size_t first = index_of(episode_.lines.front()), last = index_of(episode_.lines.back());
        Window window{first, last};
        for (std::size_t i = first; i-- > 0;) {
            if (contains(trace()[i].text, "MsgType : CAPF_MSG_END_SESSION")) break;
            if (contains(trace()[i].text, "New connection from")) {
                window.begin = i;
                break;
            }
        }
        for (std::size_t i = last + 1; i < trace().size(); ++i) {
            if (contains(trace()[i].text, "New connection from") || names_another(trace()[i].text)) break;
            if (contains(trace()[i].text, "MsgType : CAPF_MSG_END_SESSION")) {
                window.end = i;
                break;
            }
        }
        return window;
    }
    [[nodiscard]] bool names_another(std::string_view text) const {
        return contains(text, "Select(") && !contains(to_lower(text), to_lower(episode_.device));
    }

    void walk(const Window& window) {
        std::optional<DayTime> at;
        for (std::size_t i = window.begin; i <= window.end; ++i) {
            const auto time = day_time_of_capf(trace()[i].text);
            if (!time) continue;
            if (!at) at = timeline_.begin = *time;
            const auto* milestone = milestone_of(trace()[i].text);
            if (milestone == nullptr) continue;
            step(milestone->actor, std::string(milestone->what), *at, *time, &trace()[i]);
            at = time;
        }
        const auto end = day_time_of_capf(trace()[window.end].text);
        if (at && end && since(*at, *end) > 0) step(Actor::capf, "finishes", *at, *end, &trace()[window.end]);
        if (at) timeline_.duration = since(timeline_.begin, end.value_or(*at));
    }
    void step(Actor actor, std::string what, DayTime from, DayTime to, const Line* line) {
        auto& steps = timeline_.steps;
        if (!steps.empty() && steps.back().what == what) {
            steps.back().duration += since(from, to);  // two lines that tell of one step
            steps.back().line = line;
            return;
        }
        steps.push_back({actor, std::move(what), from, since(from, to), false, false, line});
    }

    // Within the enrolment -----------------------------------------------------------------------------------------

    void enrolment() {
        if (!episode_.asked || !episode_.told) return;
        const auto around = std::find_if(timeline_.steps.begin(), timeline_.steps.end(),
                                         [](const Step& one) { return one.actor == Actor::ces; });
        if (around == timeline_.steps.end()) return;
        const auto entries = read_iis_requests(logs_);
        const auto ahead = clock_ahead(entries);
        if (!ahead) return;
        timeline_.iis_ahead = *ahead / kSecond;
        std::vector<Step> inside;
        DayTime at = *episode_.asked;
        DayTime left = since(*episode_.asked, *episode_.told);
        for (const auto& entry : entries) {
            if (!belongs(entry, *ahead)) continue;
            // IIS tells the second in which it finished and how long it took; what is between is CES' own time.
            const DayTime taken = std::min(entry.taken, left);
            inside.push_back({Actor::ca, what_of(entry), at, taken, true, false, entry.line});
            at += taken;
            left -= taken;
        }
        if (inside.empty()) return;
        inside.push_back({Actor::ces, "all the rest: CES itself, TLS, the network", at, left, true, false, nullptr});
        timeline_.steps.insert(std::next(around), inside.begin(), inside.end());
    }
    static std::string what_of(const IisRequest& request) {
        return std::string(request.method) + " " + std::string(request.stem) + " answered " +
               std::to_string(request.status);
    }
    [[nodiscard]] bool belongs(const IisRequest& entry, DayTime ahead) const {
        const DayTime begin = *episode_.asked / kSecond * kSecond;
        return since(begin, since(ahead, entry.second)) <= since(begin, *episode_.told) + kSecond / 2;
    }
    /// The clocks of CUCM and the CA may be hours apart, for one writes local time. Among the offsets that put a line
    /// of the web server at the beginning of the enrolment, the one nearest to a whole time zone is right, unless
    /// another puts more than twice as many lines into the enrolment.
    [[nodiscard]] std::optional<DayTime> clock_ahead(const std::vector<IisRequest>& entries) const {
        std::optional<DayTime> best;
        std::size_t best_count = 0;
        for (const auto& first : entries) {
            const DayTime ahead = since(*episode_.asked / kSecond * kSecond, first.second);
            if (from_zone(ahead) > kMaxSkew || (best && *best == ahead)) continue;
            const auto count = static_cast<std::size_t>(std::count_if(
                entries.begin(), entries.end(), [&](const IisRequest& entry) { return belongs(entry, ahead); }));
            const bool nearer = !best || from_zone(ahead) < from_zone(*best);
            if (nearer ? count * 2 >= best_count : count > best_count * 2) {
                best = ahead;
                best_count = count;
            }
        }
        return best;
    }
    static DayTime from_zone(DayTime ahead) {
        const DayTime off = ahead % kZone;
        return std::min(off, kZone - off);
    }

    /// The longest step, when it is worth a look: half of the whole, or within the enrolment half of that.
    void mark_slow() {
        const auto longest = std::max_element(
            timeline_.steps.begin(), timeline_.steps.end(),
            [](const Step& a, const Step& b) { return (a.inside ? 0 : a.duration) < (b.inside ? 0 : b.duration); });
        if (longest == timeline_.steps.end() || longest->duration < kNoticeable ||
            longest->duration * 2 < timeline_.duration)
            return;
        longest->slow = true;
        for (auto part = std::next(longest); part != timeline_.steps.end() && part->inside; ++part)
            part->slow = part->duration * 3 >= longest->duration;
    }

    const LogSet& logs_;
    const Episode& episode_;
    Timeline timeline_;
};

}  // namespace

std::string_view to_string(Actor actor) noexcept {
    switch (actor) {
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
    std::vector<Timeline> timelines;
    for (const auto& episode : read_episodes(logs)) {
        if (episode.lines.empty() || !iequals(episode.device, device)) continue;
        timelines.push_back(Builder(logs, episode).run());
    }
    return timelines;
}

}  // namespace opencapf::diagnosis
