// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/enrolment_parts.hpp"

#include "diagnosis/clock_offset.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <utility>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kSecond = 1000;
constexpr DayTime kZone = 15 * 60 * kSecond;  // time zones are quarters of an hour
constexpr DayTime kMaxSkew = 5 * kSecond;     // of two clocks that keep time

DayTime from_zone(DayTime ahead) {
    const DayTime off = since(0, ahead) % kZone;
    return std::min(off, kZone - off);
}

constexpr std::string_view kRest = "all the rest: CES itself, TLS and network between it and the CA";

/// CES' visits for the CA's certificates, which it makes at its start, are no part of any enrolment.
std::vector<IisRequest> pages_of(const LogSet& logs) {
    std::vector<IisRequest> pages;
    for (auto& page : read_iis_requests(logs)) {
        if (!to_lower(page.stem).ends_with("/certnew.p7b")) {
            pages.push_back(page);
            continue;
        }
        for (int logins = 0; logins < 2 && !pages.empty() && iequals(pages.back().stem, "/certsrv"); ++logins)
            pages.pop_back();
    }
    return pages;
}

class Builder {
public:
    Builder(EnrolmentLogs& logs, const Episode& episode, const Step& around, std::size_t beside)
        : logs_(logs), episode_(episode), around_(around), beside_(beside) {
        std::copy_if(logs.requests.begin(), logs.requests.end(), std::back_inserter(requests_),
                     [&](const CesRequest& request) { return is_of_call(request, episode); });
    }

    EnrolmentParts run() {
        const auto found = find_requests();
        if (!found.empty()) add_requests(found);
        add_pages();
        return std::move(parts_);
    }

private:
    // EST requests: from CES' audit lines ---------------------------------------------------------------------------

    /// CES' clock may be anywhere: when nothing fits as it stands, each request of the phone may be the first of this
    /// call.
    [[nodiscard]] std::vector<const CesRequest*> find_requests() const {
        auto best = requests_of(requests_, episode_);
        if (!best.empty()) return best;
        DayTime best_ahead = 0;
        for (const auto& first : requests_) {
            const DayTime ahead = signed_since(*episode_.asked, first.end - first.taken.value_or(0));
            auto found = requests_of(requests_, episode_, ahead);
            if (found.size() < best.size()) continue;
            if (found.size() == best.size() && from_zone(ahead) >= from_zone(best_ahead)) continue;
            best = std::move(found);
            best_ahead = ahead;
        }
        return best;
    }
    void add_requests(const std::vector<const CesRequest*>& found) {
        ClockOffset offset;
        for (const auto* request : found) {
            offset.capf_first(*episode_.asked, request->end);
            // Of an enrolment that failed the last answer may have come too late for CAPF.
            if (episode_.rv == 0 || request != found.back()) offset.other_first(request->end, *episode_.told);
        }
        parts_.clocks.push_back({"CES", offset.ahead(), offset.lowest(), offset.highest(), 1});
        if (!offset.ahead()) return;
        for (const auto* request : found) add_request(*request, *offset.ahead());
        const auto& last = *found.back();
        const bool unanswered = episode_.rv.value_or(0) != 0 && is_challenge(last);
        if (at_ == around_.duration) return;
        if (unanswered) {
            add(Actor::ces, "CES logs no further answer until CAPF gives up", around_.duration, around_.line);
        } else {
            add(Actor::network, "the answer on its way to CAPF", around_.duration, around_.line);
        }
    }
    static bool is_challenge(const CesRequest& request) { return request.status == 401 && request.account.empty(); }
    void add_request(const CesRequest& request, DayTime ahead) {
        const DayTime end = signed_since(*episode_.asked + ahead, request.end);
        std::string what = std::string(request.operation) +
                           (request.account.empty() ? " without a password: " : " with the password: ") +
                           std::to_string(request.status);
        if (end > around_.duration)
            what += ", " + std::to_string(end - around_.duration) + " ms after CAPF had gone on";
        if (request.taken) {
            const DayTime begin = std::clamp(end - *request.taken, at_, around_.duration);
            add(Actor::network, at_ == 0 ? "TCP and TLS to CES" : "TCP and TLS to CES again", begin, nullptr);
        } else {
            what = "TCP and TLS, then " + what;
        }
        add(Actor::ces, std::move(what), std::clamp(end, at_, around_.duration), request.line);
    }
    void add(Actor actor, std::string what, DayTime until, const Line* line) {
        parts_.steps.push_back({actor, std::move(what), since(0, around_.begin + at_), until - at_, 1, false, line});
        at_ = until;
    }

    // The CA's pages: from the log of its web server ----------------------------------------------------------------

    void add_pages() {
        const auto ahead = clock_of_ca();
        if (!ahead) return;
        if (beside_ > 0) {
            parts_.notes.push_back("The CA's pages are left out: " + std::to_string(beside_) +
                                   " other enrolments ran in the same seconds, and the log of the CA's web server does "
                                   "not say whose its pages are.");
            return;
        }
        parts_.clocks.push_back({"CA", signed_since(0, *ahead), std::nullopt, std::nullopt, kSecond});
        // CES asks the CA within one request: the one with the password, which takes the longest.
        const auto holder =
            std::max_element(parts_.steps.begin(), parts_.steps.end(), [](const Step& a, const Step& b) {
                return (a.actor == Actor::ces ? a.duration : -1) < (b.actor == Actor::ces ? b.duration : -1);
            });
        const bool within = holder != parts_.steps.end();
        const Step& whole = within ? *holder : around_;
        const int depth = within ? 2 : 1;
        std::vector<Step> pages;
        DayTime at = 0;
        for (const auto number : of_the_last_day(pages_within(*ahead))) {
            const auto& page = logs_.pages[number];
            // IIS tells the second in which it finished and how long it took; what is between is CES' own time.
            const DayTime taken = std::min(page.taken, whole.duration - at);
            pages.push_back({Actor::ca, what_of(page), since(0, whole.begin + at), taken, depth, false, page.line});
            at += taken;
        }
        if (pages.empty()) return;
        pages.push_back(
            {Actor::ces, std::string(kRest), since(0, whole.begin + at), whole.duration - at, depth, false, nullptr});
        const auto place = within ? std::next(holder) : parts_.steps.end();
        parts_.steps.insert(place, pages.begin(), pages.end());
    }
    /// The log may have this hour of many days, and CAPF's trace has no date.
    [[nodiscard]] std::vector<std::size_t> of_the_last_day(std::vector<std::size_t> numbers) {
        if (numbers.empty()) return numbers;
        constexpr DayTime kHour = 3600 * kSecond;
        const auto& last = logs_.pages[numbers.back()];
        const auto older = std::erase_if(numbers, [&](std::size_t number) {
            const auto& page = logs_.pages[number];
            const bool over_midnight = page.second >= kDay - kHour && last.second < kHour;
            return page.date != last.date && !over_midnight;
        });
        if (older > 0)
            parts_.notes.push_back("Several days of the CA's log have this hour; the last one is shown, " +
                                   std::string(last.date) + ".");
        return numbers;
    }
    static std::string what_of(const IisRequest& page) {
        return std::string(page.method) + " " + std::string(page.stem) + " answered " + std::to_string(page.status);
    }
    /// Indexes of the pages that CES asked for during the enrolment. IIS writes a line when it is done, which may be
    /// after CAPF gave up; its second may have begun before the enrolment.
    [[nodiscard]] std::vector<std::size_t> pages_within(DayTime ahead) {
        return logs_.begins.within(*episode_.asked + ahead - kSecond + 1, around_.duration + kSecond - 1);
    }
    /// The clocks of CUCM and the CA may be hours apart, for one writes local time. An offset is possible when it puts
    /// a page at the beginning of the enrolment. Of these the one is right under which most enrolments of the trace
    /// have pages: in a roll-out every zone hits somebody's. Else a whole time zone, the smallest one, unless another
    /// puts more than twice as many pages into the enrolment; a clock that is wrong by seconds must be proved by a page
    /// that only an enrolment asks for.
    [[nodiscard]] std::optional<DayTime> clock_of_ca() {
        std::optional<Candidate> best;
        std::set<DayTime> seen;
        for (const auto& first : logs_.pages) {
            const DayTime begin = (first.second - first.taken + kDay) / kSecond * kSecond;
            const DayTime ahead = signed_since(*episode_.asked / kSecond * kSecond, begin);
            if (from_zone(ahead) > kMaxSkew) continue;
            const DayTime zone = (ahead + (ahead < 0 ? -kZone : kZone) / 2) / kZone * kZone;
            for (const DayTime possible : {zone, ahead}) {
                if (!seen.insert(possible).second) continue;
                const auto candidate = with(possible);
                if (candidate.pages > 0 && (!best || candidate.is_better_than(*best))) best = candidate;
            }
        }
        return best ? std::optional(best->ahead) : std::nullopt;
    }
    struct Candidate {
        DayTime ahead = 0;
        std::size_t pages = 0;
        std::size_t explained = 0;  ///< of the other enrolments

        [[nodiscard]] bool is_better_than(const Candidate& other) const {
            if (explained != other.explained) return explained > other.explained;
            if (pages > 2 * other.pages || other.pages > 2 * pages) return pages > other.pages;
            if (from_zone(ahead) != from_zone(other.ahead)) return from_zone(ahead) < from_zone(other.ahead);
            return std::abs(ahead) < std::abs(other.ahead);
        }
    };
    [[nodiscard]] Candidate with(DayTime ahead) {
        Candidate candidate{ahead, 0, 0};
        bool proved = from_zone(ahead) == 0;
        for (const auto page : pages_within(ahead)) {
            ++candidate.pages;
            const auto stem = to_lower(logs_.pages[page].stem);
            proved = proved || stem.ends_with("/certrqxt.asp") || stem.ends_with("/certfnsh.asp");
        }
        if (!proved) candidate.pages = 0;
        if (candidate.pages == 0) return candidate;
        for (const auto* other : logs_.sample) {
            const auto waited = since(*other->asked, *other->told);
            if (!logs_.begins.within(*other->asked + ahead - kSecond + 1, waited + kSecond - 1).empty())
                ++candidate.explained;
        }
        return candidate;
    }

    EnrolmentLogs& logs_;
    const Episode& episode_;
    const Step& around_;
    const std::size_t beside_;
    std::vector<CesRequest> requests_;  // of the phone
    EnrolmentParts parts_;
    DayTime at_ = 0;  // what of the step has its parts, milliseconds
};

}  // namespace

EnrolmentLogs::EnrolmentLogs(const LogSet& logs, std::vector<const Episode*> enrolments)
    : pages(pages_of(logs)), requests(read_ces_requests(logs)), sample(std::move(enrolments)) {
    for (std::size_t i = 0; i < pages.size(); ++i) begins.add(since(0, pages[i].second - pages[i].taken), i);
}

EnrolmentParts enrolment_parts(EnrolmentLogs& logs, const Episode& episode, const Step& around, std::size_t beside) {
    if (!episode.asked || !episode.told) return {};
    return Builder(logs, episode, around, beside).run();
}

}  // namespace opencapf::diagnosis
