// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/ca_verdict.hpp"

#include "diagnosis/clock_offset.hpp"
#include "diagnosis/timeline.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <numeric>

namespace opencapf::diagnosis {
namespace {

// sc-win32-status of IIS (certsrv.md 4.1)
constexpr std::uint32_t kNoCredentials = 2148074254;  // NTLM's challenge: it is offered
constexpr std::uint32_t kLogonDenied = 2148074252, kLogonFailure = 1326;
constexpr std::uint32_t kDisabled = 1331, kLockedOut = 1909;

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin + before.size());
    return text.substr(0, text.find(after));
}

/// Letters to change, add or leave out to make one of the other.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t changed = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

/// Would somebody who meant `offered` type `wanted`? Blanks count: a display name is the name with blanks.
bool is_slip(std::string_view wanted, std::string_view offered) {
    constexpr std::size_t kLongest = 128, kLetters = 2;
    if (wanted.size() > kLongest || offered.size() > kLongest) return false;
    std::string without = to_lower(wanted);
    std::erase(without, ' ');
    const std::string name = to_lower(offered);
    return without == name || distance(without, name) <= std::min(kLetters, name.size() / 3);
}

std::string_view cause_of(const CaFailure& failure) {
    const std::string_view text = failure.text;
    switch (failure.code) {
        case 0:
            return "chain-unusable";
        case 6:
            return "unresolvable-host";
        case 7:
            return "ca-unreachable";
        case 22:
            return contains(text, "401") ? "login-refused" : "ca-error";
        case 28:
            if (failure.function == "login_to_certsrv_ca") return "login-timeout";
            return failure.function == "retrieve_cacerts" ? "chain-timeout" : "slow-ca";
        case 51:
            return "name-mismatch";
        case 60:
            if (contains(text, "not yet valid")) return "not-yet-valid";
            if (contains(text, "expired")) return "expired";
            if (contains(text, "match")) return "name-mismatch";
            return "untrusted-chain";
        default:
            return "connection-broken";
    }
}

std::string detail_of(const CaFailure& failure) {
    return failure.url.empty() ? failure.text : failure.text + " (" + failure.url + ")";
}

}  // namespace

const Line* last_line(const LogSet& logs, Log log, std::initializer_list<std::string_view> texts) {
    const auto& lines = logs.lines(log);
    const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const Line& line) {
        return std::all_of(texts.begin(), texts.end(),
                           [&](std::string_view text) { return contains(line.text, text); });
    });
    return found == lines.rend() ? nullptr : &*found;
}

/// cesd says it before it is ready. Of an earlier start it is no news.
const Line* self_signed_at_last_start(const LogSet& logs) {
    const Line* now = nullptr;
    const Line* before = nullptr;
    for (const auto& line : logs.lines(Log::daemon)) {
        if (contains(line.text, "holds the self-signed server certificate")) now = &line;
        if (!contains(line.text, ": cesd ") || !contains(line.text, " is ready")) continue;
        before = now;
        now = nullptr;
    }
    return now != nullptr ? now : before;
}

CaVerdicts::CaVerdicts(const LogSet& logs)
    : logs_(logs), iis_(read_iis_requests(logs)), self_signed_(self_signed_at_last_start(logs)) {}

bool happened_in(const Line& line, const Episode& episode) {
    constexpr DayTime kMinute = 60'000;
    if (!episode.asked || !episode.told || line.text.size() < 24) return false;
    const auto time = day_time_of_capf(std::string_view(line.text).substr(11));
    return time && since(*episode.asked, *time) <= since(*episode.asked, *episode.told) + kMinute;
}

Verdict CaVerdicts::of_failure(const CaFailure& failure, const std::vector<const Line*>& more) const {
    Verdict verdict{cause_of(failure), Certainty::certain, detail_of(failure), failure.lines};
    verdict.lines.insert(verdict.lines.end(), more.begin(), more.end());
    if (verdict.cause == "login-refused") refine_login(verdict);
    if (verdict.cause == "untrusted-chain") refine_untrusted(verdict, failure);
    return verdict;
}

/// The product words a missing CA and a self-signed certificate alike; only our logs tell them apart.
void CaVerdicts::refine_untrusted(Verdict& verdict, const CaFailure& failure) const {
    if (self_signed_ != nullptr || failure.libcurl.ends_with("self-signed certificate")) {
        verdict.cause = "self-signed-iis";
        verdict.lines.push_back(self_signed_);
        return;
    }
    // Of the same server: capfd and other CAs have such lines, too.
    const auto* refused = failure.url.empty()
                              ? nullptr
                              : last_line(logs_, Log::daemon, {failure.url, "(curl 60); the refused certificate: "});
    if (refused != nullptr) {
        verdict.detail += "; missing is the CA " + std::string(between(refused->text, ", issued by ", "\n")) +
                          ", which issued " +
                          std::string(between(refused->text, "the refused certificate: ", ", issued by "));
        verdict.lines.push_back(refused);
    } else if (failure.libcurl.empty() && logs_.lines(Log::daemon).empty()) {
        verdict.certainty = Certainty::likely;
    }
}

/// IIS knows why it refused: a wrong password, or a kind of log-in that is not offered (401.2). Who asks without a
/// log-in, a browser or a probe, gets 401.2 as well: it counts only where no log-in was ever begun. What came before
/// the last log-in that went well is over.
void CaVerdicts::refine_login(Verdict& verdict) const {
    const IisRequest* refused = nullptr;
    const IisRequest* not_offered = nullptr;
    bool begun = false;
    for (const auto& request : iis_) {
        if (request.status < 400 && request.user != "-") {
            refused = not_offered = nullptr;
            begun = false;
        }
        if (request.status != 401) continue;
        const auto why = request.win32;
        if (request.substatus == 1 &&
            (why == kLogonDenied || why == kLogonFailure || why == kDisabled || why == kLockedOut)) {
            refused = &request;
        } else if (request.substatus == 2) {
            not_offered = &request;
        } else if (why == kNoCredentials) {
            begun = true;
        }
    }
    if (refused != nullptr) {
        verdict.cause = "ca-credentials";
        if (refused->win32 == kDisabled) verdict.detail += "; the account is disabled";
        if (refused->win32 == kLockedOut) verdict.detail += "; the account is locked";
        verdict.lines.push_back(refused->line);
    } else if (not_offered != nullptr && !begun) {
        verdict.cause = "ntlm-not-offered";
        verdict.lines.push_back(not_offered->line);
    }
}

/// Misspelled, not published or not allowed: the product cannot tell them apart. When our log says what the page offers
/// and one of the names looks like the configured one, it is the first.
Verdict CaVerdicts::template_missing(const EstExchange& exchange, std::vector<const Line*> lines) const {
    Verdict verdict{"template-not-offered", Certainty::likely, {}, std::move(lines)};
    const std::string connection = "connection *" + exchange.connection + " ";
    const auto* told = last_line(logs_, Log::daemon, {connection, "template '", " is not among the "});
    if (told == nullptr) return verdict;
    verdict.lines.push_back(told);
    verdict.certainty = Certainty::certain;
    const auto wanted = between(told->text, "template '", "' is not among the ");
    auto rest = between(told->text, "templates the CA offers to ", ": it is misspelled");
    const auto open = rest.find(" (");
    if (open == std::string_view::npos) {
        verdict.detail = "'" + std::string(wanted) + "' is wanted; the CA offers no template at all to this account";
        return verdict;
    }
    rest = rest.substr(open + 2);
    if (rest.ends_with(')')) rest.remove_suffix(1);
    verdict.detail = "'" + std::string(wanted) + "' is wanted; the CA offers " + std::string(rest);
    while (!rest.empty()) {
        const auto comma = rest.find(", ");
        if (const auto name = rest.substr(0, comma); is_slip(wanted, name)) {
            verdict.cause = "template-misspelled";
            verdict.certainty = Certainty::likely;
            break;
        }
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
    }
    return verdict;
}

std::optional<Verdict> CaVerdicts::of_exchange(const EstExchange& exchange) const {
    if (exchange.failure) return of_failure(*exchange.failure, {});
    if (exchange.rc == 10) return Verdict{"slow-ca", Certainty::certain, {}, exchange.lines};
    std::vector<const Line*> lines;
    for (const auto* line : exchange.lines)
        if (contains(line->text, "certrqxt.asp") || contains(line->text, "rc=") || contains(line->text, "Auth type=") ||
            contains(line->text, "[Error "))
            lines.push_back(line);
    // The CA's own words are in the sentence: it names the request that it denied.
    if (exchange.status == 403 || contains(exchange.sentence, "Error 403") || contains(exchange.sentence, "Denied by"))
        return Verdict{"denied", Certainty::certain, exchange.sentence, lines};
    if (exchange.rc == 22 && exchange.logged_in && exchange.request_page)
        return template_missing(exchange, std::move(lines));
    if (exchange.status == 202) return Verdict{"pending", Certainty::certain, exchange.sentence, lines};
    return std::nullopt;
}

bool CaVerdicts::tell_of_slowness(Verdict& verdict, const Episode& episode) const {
    constexpr DayTime kSlow = 1000;
    const auto tell = [&verdict](const std::string& what, const Line* line) {
        verdict.detail += (verdict.detail.empty() ? "" : "; ") + what;
        verdict.lines.push_back(line);
    };
    const std::size_t before = verdict.lines.size();
    const auto calls = read_timelines(logs_, episode.device);
    if (!calls.empty()) {
        for (const auto& step : calls.back().steps)
            if (step.actor == Actor::ca && step.duration >= kSlow)
                tell(step.what + " after " + std::to_string(step.duration) + " ms", step.line);
    }
    const auto* issued = last_line(logs_, Log::daemon, {"enrolled ", episode.device, ": request id "});
    if (issued != nullptr && happened_in(*issued, episode))
        tell("the CA issued all the same, request id " + std::string(between(issued->text, ": request id ", ",")),
             issued);
    return verdict.lines.size() > before;
}

}  // namespace opencapf::diagnosis
