// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/call_lines.hpp"

#include "diagnosis/clock_offset.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace opencapf::diagnosis {
namespace {

constexpr std::string_view kMessage = "MsgType : ";
constexpr std::string_view kEnd = "CAPF_MSG_END_SESSION";
constexpr std::string_view kConnection = "New connection from";
constexpr std::string_view kEvent = "Rcvd Event: CAPF_EV_";
constexpr std::size_t kNear = 400;       // lines between a message and the line that names its phone, at most
constexpr std::size_t kBeside = 20'000;  // lines: calls further away are of another time, whatever their time of day
constexpr DayTime kLongestGreeting = 60'000;  // from the connection to the phone's name
constexpr DayTime kSecond = 1000;             // precision of IIS' log

/// "KEY_GEN_RESP" of "1:SEP1:CAPF CORE: Rcvd Event: CAPF_EV_KEY_GEN_RESP in State: ..."
std::string_view event_of(std::string_view text) {
    const auto at = text.find(kEvent);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + kEvent.size());
    return text.substr(0, text.find(' '));
}

/// The request that the phone's answer is for.
std::string request_of(std::string_view answer) {
    if (answer == "REQ_IN_PROGRESS") return "CAPF_MSG_KEY_GEN_REQ";
    if (!answer.ends_with("_RESP")) return {};
    return "CAPF_MSG_" + std::string(answer.substr(0, answer.size() - 4)) + "REQ";
}

}  // namespace

TraceIndex::TraceIndex(const std::vector<Line>& trace, const std::vector<Episode>& episodes)
    : trace_(trace), episodes_(episodes), owner_(trace.size(), 0) {
    for (std::size_t i = 0; i < episodes.size(); ++i)
        for (const Line* line : episodes[i].lines) owner_[index_of(line)] = static_cast<std::uint32_t>(i + 1);
    std::optional<std::uint64_t> count;  // since the start; before the first one nobody knows
    for (std::size_t i = 0; i < trace.size(); ++i) {
        if (contains(trace[i].text, "CServiceParameters::Init()")) count = 0;
        if (!contains(trace[i].text, kConnection)) continue;
        connections_.push_back({i, count ? std::to_string(++*count) : std::string()});
    }
    find_ends();
}

void TraceIndex::find_ends() {
    std::set<std::size_t> free;
    for (std::size_t i = 0; i < trace_.size(); ++i)
        if (CallLines::message_of(trace_[i].text) == kEnd) free.insert(i);
    std::vector<std::pair<std::size_t, std::size_t>> last;  // line, episode
    for (std::size_t i = 0; i < episodes_.size(); ++i)
        if (!episodes_[i].lines.empty()) last.emplace_back(index_of(episodes_[i].lines.back()), i);
    std::sort(last.begin(), last.end());
    ends_.resize(episodes_.size(), nullptr);
    for (const auto& [line, episode] : last) {
        const auto found = free.upper_bound(line);
        if (found == free.end() || *found - line > kNear) continue;
        ends_[episode] = &trace_[*found];
        free.erase(found);
    }
}

const Line* TraceIndex::end_of(const Episode& episode) const {
    return ends_[static_cast<std::size_t>(&episode - episodes_.data())];
}

const Line* TraceIndex::connection_of(const Episode& episode, std::size_t before) const {
    if (episode.session.empty()) return nullptr;
    const auto found = std::find_if(connections_.rbegin(), connections_.rend(), [&](const Connection& one) {
        return one.line < before && one.number == episode.session;
    });
    if (found == connections_.rend()) return nullptr;
    // Whoever counts otherwise is not believed.
    const auto connected = day_time_of_capf(trace_[found->line].text);
    const bool possible = connected && since(*connected, episode.begin) <= kLongestGreeting;
    return possible ? &trace_[found->line] : nullptr;
}

std::size_t TraceIndex::enrolments_beside(const Episode& episode) const {
    if (!episode.asked || !episode.told) return 0;
    const auto place = index_of(episode.lines.front());
    return static_cast<std::size_t>(std::count_if(episodes_.begin(), episodes_.end(), [&](const Episode& other) {
        if (&other == &episode || other.lines.empty() || !other.asked) return false;
        const auto there = index_of(other.lines.front());
        if (std::max(place, there) - std::min(place, there) > kBeside) return false;
        const DayTime begin = signed_since(*episode.asked, *other.asked);
        const DayTime end = signed_since(*episode.asked, other.told.value_or(*other.asked));
        return begin <= signed_since(*episode.asked, *episode.told) + kSecond && end >= -kSecond;
    }));
}

std::vector<const Episode*> TraceIndex::sample_of_enrolments() const {
    constexpr std::size_t kMost = 100;
    std::vector<const Episode*> all;
    for (const auto& episode : episodes_)
        if (episode.asked && episode.told) all.push_back(&episode);
    if (all.size() <= kMost) return all;
    std::vector<const Episode*> some;
    for (std::size_t i = 0; i < kMost; ++i) some.push_back(all[i * (all.size() - 1) / (kMost - 1)]);
    return some;
}

CallLines::CallLines(const TraceIndex& index, const Episode& episode) : index_(index), episode_(episode) {
    const auto& trace = index.trace();
    const std::size_t first = index.index_of(episode.lines.front()), last = index.index_of(episode.lines.back());
    std::size_t begin = first, end = last;
    for (std::size_t i = first; i-- > 0;) {
        if (message_of(trace[i].text) == kEnd) break;
        if (contains(trace[i].text, kConnection)) {
            begin = i;
            break;
        }
    }
    for (std::size_t i = last + 1; i < trace.size(); ++i) {
        if (contains(trace[i].text, kConnection) || index.is_of_another(i, episode)) break;
        if (message_of(trace[i].text) == kEnd) {
            end = i;
            break;
        }
    }
    const Line* numbered = index.connection_of(episode, first + 1);
    // Two connections before the first of them says who it is: the lines alone do not show that.
    bool mixed = numbered != nullptr && index.index_of(numbered) < begin &&
                 std::none_of(trace.data() + index.index_of(numbered), trace.data() + begin,
                              [](const Line& line) { return message_of(line.text) == kEnd; });
    for (std::size_t i = begin; i <= end && !mixed; ++i)
        mixed = index.is_of_another(i, episode) || (i > begin && contains(trace[i].text, kConnection));
    if (mixed) {
        take_own(numbered == nullptr ? first : index.index_of(numbered));
    } else {
        take_all(begin, end);
    }
}

void CallLines::take_all(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i <= end; ++i) lines_.push_back(&index_.trace()[i]);
}

void CallLines::take_own(std::size_t begin) {
    const auto& trace = index_.trace();
    auto own = episode_.lines;
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    const auto before = [&](std::size_t from, std::string_view message) -> const Line* {
        for (std::size_t i = from; i-- > begin && from - i < kNear;)
            if (message_of(trace[i].text) == message) return &trace[i];
        return nullptr;
    };
    const auto after = [&](std::size_t from, std::size_t to, std::string_view message) -> const Line* {
        for (std::size_t i = from; i < to && i - from < kNear; ++i)
            if (message_of(trace[i].text) == message) return &trace[i];
        return nullptr;
    };
    lines_ = own;
    const auto take = [&](const Line* line) {
        if (line != nullptr) lines_.push_back(line);
        return line;
    };
    const auto guess = [&](const Line* line) {
        if (take(line) != nullptr) guessed_.push_back(line);
    };
    const std::size_t first = index_.index_of(own.front());
    if (contains(trace[begin].text, kConnection)) {
        guess(&trace[begin]);
        guess(after(begin, first, "CAPF_MSG_AUTH_REQ"));
    }
    guess(before(first, "CAPF_MSG_AUTH_RESP"));
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto event = event_of(own[i]->text);
        if (event.empty()) continue;
        const Line* answer = take(before(index_.index_of(own[i]), "CAPF_MSG_" + std::string(event)));
        const bool asked_before = i > 0 && event_of(own[i - 1]->text) == "REQ_IN_PROGRESS";
        if (answer == nullptr || i == 0 || asked_before) continue;
        take(after(index_.index_of(own[i - 1]), index_.index_of(answer), request_of(event)));
    }
    guess(index_.end_of(episode_));
    settle();
}

void CallLines::settle() {
    std::sort(lines_.begin(), lines_.end());
    lines_.erase(std::unique(lines_.begin(), lines_.end()), lines_.end());
}

bool CallLines::is_sure(const Line* line) const {
    return std::find(guessed_.begin(), guessed_.end(), line) == guessed_.end();
}

// What CAPF sent it sent before the phone had it; what CAPF received it received after the phone had sent it.
const Line* CallLines::fitting(const Line* guess, const PhoneMoment& moment, DayTime ahead) const {
    const bool sent_by_capf = moment.kind == PhoneMoment::Kind::received;
    const auto& trace = index_.trace();
    const std::size_t first = index_.index_of(episode_.lines.front()), last = index_.index_of(episode_.lines.back());
    const std::size_t from = index_.index_of(guess);
    for (std::size_t step = 0; step < kNear; ++step) {
        if (sent_by_capf ? step > from : from + step >= trace.size()) break;
        const std::size_t at = sent_by_capf ? from - step : from + step;
        // Between the phone's first and last named line nothing is guessed.
        if ((from < first && at >= first) || (from > last && at <= last)) break;
        if (message_of(trace[at].text) != moment.message) continue;
        const auto time = day_time_of_capf(trace[at].text);
        if (!time) continue;
        const DayTime later = signed_since(*time, moment.at - ahead);  // the phone's time than CAPF's
        if (sent_by_capf ? later >= 0 : later <= 0) return &trace[at];
    }
    return guess;
}

void CallLines::fit(const PhoneCall& phone, DayTime ahead) {
    if (guessed_.empty()) return;
    std::vector<const Line*> told;
    std::copy_if(lines_.begin(), lines_.end(), std::back_inserter(told),
                 [](const Line* line) { return !message_of(line->text).empty(); });
    std::size_t next = 0;
    for (const auto& moment : phone.moments) {
        if (moment.message.empty() || next == told.size()) continue;
        const Line* guess = told[next++];
        if (is_sure(guess)) continue;
        const Line* better = fitting(guess, moment, ahead);
        std::replace(lines_.begin(), lines_.end(), guess, better);
        if (moment.message != "CAPF_MSG_AUTH_REQ" || connection() == nullptr) continue;
        // CAPF greets at once: the connection is the one right before its greeting.
        const Line* opened = better;
        while (opened > index_.trace().data() && better - opened < static_cast<std::ptrdiff_t>(kNear) &&
               !contains(opened->text, kConnection))
            --opened;
        if (contains(opened->text, kConnection)) lines_.front() = opened;
    }
    settle();
}

const Line* CallLines::connection() const {
    return contains(lines_.front()->text, kConnection) ? lines_.front() : nullptr;
}

bool CallLines::ends_with_end_session() const { return message_of(lines_.back()->text) == kEnd; }

std::string_view CallLines::message_of(std::string_view text) {
    const auto at = text.find(kMessage);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + kMessage.size());
}

CapfCall CallLines::messages() const {
    CapfCall call;
    if (connection() != nullptr && is_sure(connection())) call.connected = day_time_of_capf(connection()->text);
    for (const Line* line : lines_) {
        const auto name = message_of(line->text);
        const auto at = day_time_of_capf(line->text);
        if (!name.empty() && at) call.messages.push_back({*at, name, is_from_capf(name), is_sure(line)});
    }
    return call;
}

}  // namespace opencapf::diagnosis
