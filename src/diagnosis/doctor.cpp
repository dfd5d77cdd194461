// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/doctor.hpp"

#include "diagnosis/ca_verdict.hpp"
#include "diagnosis/ces_request.hpp"
#include "diagnosis/clock_offset.hpp"
#include "diagnosis/time_index.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kSecond = 1000;
constexpr DayTime kSlack = 2 * kSecond;     // of second-grained times against milliseconds
constexpr DayTime kLateEnd = 60 * kSecond;  // CES may go on that long after CAPF gave up
constexpr std::size_t kMaxEvidence = 12;    // lines of one finding

/// Two phones that were denied tell of two request ids, and two time-outs of 9000 and 9001 milliseconds: but for
/// decimal numbers it is the same. A HRESULT is no such number.
bool is_one_story(std::string_view one, std::string_view other) {
    const auto without_numbers = [](std::string_view text) {
        std::string rest;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool code = text.substr(i).starts_with("0x");
            if (code) rest += text.substr(i, std::min<std::size_t>(10, text.size() - i));
            if (code) i += std::min<std::size_t>(9, text.size() - i);
            if (!code && (text[i] < '0' || text[i] > '9')) rest += text[i];
        }
        return rest;
    };
    return without_numbers(one) == without_numbers(other);
}

class Doctor {
public:
    Doctor(const LogSet& logs, std::string_view device)
        : logs_(logs), device_(device), requests_(read_ces_requests(logs)), ca_(logs) {}

    Diagnosis run() {
        exchanges_ = read_exchanges(logs_);
        for (std::size_t i = 0; i < exchanges_.size(); ++i)
            if (exchanges_[i].begin) exchange_times_.add(*exchanges_[i].begin, i);
        for (const auto& line : logs_.lines(Log::daemon))
            if (contains(line.text, "has no keyEncipherment")) without_encipherment_.push_back(&line);
        start_ = read_ces_start(logs_);
        diagnosis_.ces_started_well = start_.has_chain;
        if (start_.failure) add(of_start(), {});
        auto calls = read_episodes(logs_);
        matched_.resize(exchanges_.size());
        for (const auto& call : calls)
            for (const auto* exchange : exchanges_of(call))
                matched_[static_cast<std::size_t>(exchange - exchanges_.data())] = true;
        const auto episodes = last_of_each(std::move(calls), device_);
        diagnosis_.phones = episodes.size();
        for (const auto& episode : episodes) look_at(episode);
        handshakes(episodes);
        if (device_.empty()) without_call();
        return std::move(diagnosis_);
    }

private:
    void add(const Verdict& verdict, const std::string& device) {
        const Cause* known = &cause(verdict.cause);
        auto found = std::find_if(diagnosis_.findings.begin(), diagnosis_.findings.end(), [&](const Finding& finding) {
            return finding.cause == known &&
                   (finding.detail.empty() || verdict.detail.empty() || is_one_story(finding.detail, verdict.detail));
        });
        if (found == diagnosis_.findings.end()) {
            diagnosis_.findings.push_back({known, verdict.certainty, {}, verdict.detail, {}});
            found = std::prev(diagnosis_.findings.end());
        }
        found->certainty = std::min(found->certainty, verdict.certainty);
        if (found->detail.empty()) found->detail = verdict.detail;
        if (!device.empty()) found->devices.push_back(device);
        for (const auto* line : verdict.lines)
            if (line != nullptr && found->evidence.size() < kMaxEvidence && !is_told(*found, *line))
                found->evidence.push_back(evidence(*line));
    }
    [[nodiscard]] bool is_told(const Finding& finding, const Line& line) const {
        return std::any_of(finding.evidence.begin(), finding.evidence.end(), [&](const Evidence& one) {
            return one.line == line.number && one.file == logs_.file(line);
        });
    }
    Evidence evidence(const Line& line) const { return {logs_.file(line), line.number, line.text}; }

    /// Of the certificate of this call: an older one is gone.
    [[nodiscard]] const Line* without_encipherment(const Episode& episode) const {
        const auto found = std::find_if(
            without_encipherment_.rbegin(), without_encipherment_.rend(),
            [&](const Line* line) { return contains(line->text, episode.device) && happened_in(*line, episode); });
        return found == without_encipherment_.rend() ? nullptr : *found;
    }

    // One phone ----------------------------------------------------------------------------------------------------

    void look_at(const Episode& episode) {
        if (contains(episode.status, "SUCCESS")) {
            if (const auto* line = without_encipherment(episode)) {
                add({"no-key-encipherment", Certainty::certain, {}, {line}}, episode.device);
            } else if (const auto* none = episode.find("CAPF_FETCH_SUCCESS_BUT_NO_CERT")) {
                add({"no-certificate-to-fetch", Certainty::certain, {}, {episode.find(":The phone has no "), none}},
                    episode.device);
            } else {
                diagnosis_.healthy.push_back(episode.device);
            }
            return;
        }
        auto verdict = of_refusal(episode);
        if (!verdict && episode.rv && *episode.rv != 0) verdict = of_enrolment(episode);
        if (verdict) return add(*verdict, episode.device);
        if (episode.status.empty() && !episode.rv) return;  // the log ends in the middle, or begins there
        Unexplained unexplained{
            episode.device, "ended with " + (episode.status.empty() ? "no status" : episode.status), hint(episode), {}};
        for (const auto* line : episode.lines)
            if (unexplained.evidence.size() < kMaxEvidence) unexplained.evidence.push_back(evidence(*line));
        diagnosis_.unexplained.push_back(std::move(unexplained));
    }

    /// CAPF's trace has a number alone for what went wrong at CES or behind it.
    [[nodiscard]] std::string hint(const Episode& episode) const {
        if (!episode.rv) return {};
        std::string missing;
        const auto want = [&](Log log, std::string_view name) {
            if (logs_.lines(log).empty()) missing += (missing.empty() ? "" : ", ") + std::string(name);
        };
        want(Log::ciscora, "CiscoRA log");
        want(Log::error_log, "error.log of CES");
        want(Log::iis, "IIS log of the CA");
        return missing.empty() ? std::string()
                               : "CES or the CA knows why, rv = " + std::to_string(*episode.rv) +
                                     "; not among these logs: " + missing;
    }

    /// What CAPF and the phone settle between themselves.
    static std::optional<Verdict> of_refusal(const Episode& episode) {
        struct Rule {
            std::string_view cause, text, also;
        };
        static constexpr Rule kRules[] = {
            {"unknown-device", "Device not found in the database", {}},
            {"nothing-pending", "No pending operation for the device", {}},
            {"locked-out", "the device is locked", "CAPF_OP_FAIL_INVALID_AUTH_STR"},
            {"wrong-string", "CAPF_OP_FAIL_INVALID_AUTH_STR", "Authentication string does not match"},
            {"late-phone", "CAPF_OP_FAIL_LATE_REQUEST", "Operation Should Finish By"},
            {"bad-proof", "signature does not verify", {}},
            {"untrusted-lsc", "CAPF_OP_FAIL_INVALID_LSC", ":existing certificate "},
            {"untrusted-mic", "CAPF_OP_FAIL_INVALID_MIC", ":existing certificate "},
            {"slow-key", "CAPF_OP_FAIL_OP_TIMED_OUT", "the peer did not answer in time"},
            {"ec-unsupported", "CAPF_OP_FAIL_NO_EC_SUPPORT", {}},
            {"phone-vanished", "CAPF_OP_FAIL_PHONE_COMM_ERROR", "Protocol error: "},
        };
        for (const auto& rule : kRules) {
            const auto* line = episode.find(rule.text);
            if (line == nullptr) continue;
            const auto* also = rule.also.empty() ? nullptr : episode.find(rule.also);
            return Verdict{rule.cause, Certainty::certain, {}, {also, line}};
        }
        if (episode.device.empty()) {
            if (const auto* line = episode.find("Protocol error: closed by the peer"))
                return Verdict{"no-certificate-on-phone", Certainty::likely, {}, {line}};
        }
        return std::nullopt;
    }

    std::optional<Verdict> of_enrolment(const Episode& episode) {
        const auto* line = episode.find("Enrollment rv = ");
        const auto* reason = episode.find(":Reason: ");
        const auto with = [&](std::string_view name, Certainty certainty, std::vector<const Line*> more = {}) {
            Verdict verdict{name, certainty, {}, {line, reason}};
            verdict.lines.insert(verdict.lines.end(), more.begin(), more.end());
            return verdict;
        };
        switch (*episode.rv) {
            case 43:
                return with("ces-down", Certainty::certain);
            case 38:
                // OpenCAPF's reason says whether it was the certificate; the product gives the number alone.
                if (reason != nullptr && !contains(reason->text, "certificate")) return std::nullopt;
                return with("ces-untrusted", reason != nullptr ? Certainty::certain : Certainty::likely);
            case 26:
                return with("pending", Certainty::certain);
            default:
                break;
        }
        const auto exchanges = exchanges_of(episode);
        if (*episode.rv == 35) return of_silence(episode, exchanges, with("slow-ca", Certainty::likely));
        auto verdict = of_exchanges(exchanges);
        if (exchanges.empty()) {
            // CES alone is silent: what it could not do when it started it cannot do now.
            if (start_.failure) verdict = of_start();
        }
        if (const auto* ec = ec_key_line(episode); ec != nullptr && (!verdict || verdict->cause == "denied")) {
            // The HRESULT is the CA's word for a key of the wrong kind or length.
            const bool said = reason != nullptr && contains(reason->text, "0x80094811");
            if (said || verdict) return with("ec-with-online-ca", said ? Certainty::certain : Certainty::likely, {ec});
        }
        if (verdict) verdict->lines.insert(verdict->lines.begin(), line);
        return verdict;
    }
    /// CES did not answer in time. What it was doing is for its own log and that of IIS to say.
    std::optional<Verdict> of_silence(const Episode& episode, const std::vector<const EstExchange*>& exchanges,
                                      Verdict verdict) {
        auto told = of_exchanges(exchanges);
        if (exchanges.empty() && start_.failure && !start_.doubtful) told = of_start();
        if (told && told->cause != verdict.cause) {
            told->lines.insert(told->lines.begin(), verdict.lines.begin(), verdict.lines.end());
            return told;
        }
        if (told) {
            verdict.certainty = Certainty::certain;
            for (const auto* line : told->lines)
                if (contains(line->text, "EST_ERR_HTTP_WRITE") || contains(line->text, "return code 28"))
                    verdict.lines.push_back(line);
        }
        // Once is enough: where one phone waits, many do, and for the same pages.
        if (!std::exchange(slowness_told_, true) && ca_.tell_of_slowness(verdict, episode))
            verdict.certainty = Certainty::certain;
        return verdict;
    }
    [[nodiscard]] Verdict of_start() const {
        auto verdict = ca_.of_failure(*start_.failure, start_.lines);
        if (start_.doubtful) {
            verdict.certainty = std::max(verdict.certainty, Certainty::likely);
            verdict.detail += "; error.log has a start that went well, and which of the two was later cannot be told";
        }
        return verdict;
    }
    /// What CES refused and no call in CAPF's trace explains: other hours, another EST client. What went well later is
    /// the end of the story.
    void without_call() {
        for (std::size_t i = exchanges_.size(); i-- > 0;) {
            const auto& exchange = exchanges_[i];
            if (exchange.rc == 0 && !exchange.failure && exchange.submitted) return;
            if (matched_[i] || !exchange.begin) continue;
            auto verdict = ca_.of_exchange(exchange);
            if (!verdict) continue;
            if (!logs_.lines(Log::capf).empty())
                verdict->detail += std::string(verdict->detail.empty() ? "" : "; ") + "CES, " + exchange.date +
                                   ", belongs to no call in CAPF's trace";
            add(*verdict, {});
        }
    }

    static const Line* ec_key_line(const Episode& episode) {
        const auto* ours = episode.find(":Requesting key generation, EC_KEY");
        return ours != nullptr ? ours : episode.find("KeyOrder=KEYORDER_EC_ONLY");
    }

    /// The exchanges of CES that may belong to an enrolment of CAPF: the clocks are those of one machine, but other
    /// phones may enrol in the same seconds. Our audit lines name the phone, the product's logs do not.
    [[nodiscard]] std::vector<const EstExchange*> exchanges_of(const Episode& episode) {
        std::vector<const EstExchange*> candidates;
        if (!episode.asked || !episode.told) return candidates;
        const DayTime from = *episode.asked - kSlack;
        for (const auto index : exchange_times_.within(from, since(from, *episode.told + kSlack))) {
            const auto& exchange = exchanges_[index];
            if (since(*exchange.begin, *exchange.end) <= kLateEnd) candidates.push_back(&exchange);
        }
        keep_newest(candidates, [](const EstExchange* one) { return std::string_view(one->date); });
        const auto near = requests_.near(episode.device);
        auto known = requests_of(near, episode);
        keep_newest(known, [](const CesRequest* one) { return one->date; });
        if (known.empty()) return candidates;
        std::erase_if(candidates, [&](const EstExchange* one) {
            return std::none_of(known.begin(), known.end(),
                                [&](const CesRequest* request) { return request->connection == one->connection; });
        });
        return candidates;
    }
    /// CAPF's trace has no dates. Of several days that have the same hour the last one is meant.
    template <typename Items, typename DateOf>
    static void keep_newest(Items& items, const DateOf& date_of) {
        std::string newest;
        for (const auto& one : items) newest = std::max(newest, std::string(date_of(one)));
        std::erase_if(items, [&](const auto& one) { return date_of(one) != newest; });
    }
    /// What all of them say; nothing when they contradict each other.
    [[nodiscard]] std::optional<Verdict> of_exchanges(const std::vector<const EstExchange*>& candidates) const {
        std::optional<Verdict> common;
        for (const auto* exchange : candidates) {
            auto verdict = ca_.of_exchange(*exchange);
            if (!verdict || (common && common->cause != verdict->cause)) return std::nullopt;
            common = std::move(verdict);
        }
        return common;
    }

    // The rest -----------------------------------------------------------------------------------------------------

    /// A phone that does not trust CAPF ends the handshake by itself and says so.
    void handshakes(const std::vector<Episode>& episodes) {
        const Line* refused = nullptr;
        for (const auto& line : logs_.lines(Log::capf)) {
            if (contains(line.text, "TLS handshake with ") &&
                (contains(line.text, "alert bad certificate") || contains(line.text, "alert unknown ca") ||
                 contains(line.text, "alert certificate unknown")))
                refused = &line;
            if (contains(line.text, "MsgType : CAPF_MSG_AUTH_RESP")) refused = nullptr;  // a phone that did trust it
        }
        const bool alone = device_.empty() || episodes.empty();
        if (refused != nullptr && alone) add({"capf-untrusted", Certainty::likely, {}, {refused}}, {});
    }

    const LogSet& logs_;
    const std::string device_;
    std::vector<EstExchange> exchanges_;
    const CesRequestIndex requests_;
    TimeIndex exchange_times_;
    std::vector<const Line*> without_encipherment_;
    CesStart start_;
    CaVerdicts ca_;
    std::vector<bool> matched_;  // exchanges that a call explains
    bool slowness_told_ = false;
    Diagnosis diagnosis_;
};

}  // namespace

std::string_view to_string(Certainty certainty) noexcept {
    switch (certainty) {
        case Certainty::certain:
            return "certain";
        case Certainty::likely:
            return "likely";
        case Certainty::possible:
            return "possible";
    }
    return "";
}

Diagnosis diagnose(const LogSet& logs, std::string_view device) { return Doctor(logs, device).run(); }

}  // namespace opencapf::diagnosis
