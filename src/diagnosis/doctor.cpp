// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/doctor.hpp"

#include "diagnosis/est_exchange.hpp"

#include <algorithm>
#include <optional>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kSecond = 1000;
constexpr DayTime kSlack = 2 * kSecond;     // of second-grained times against milliseconds
constexpr DayTime kLateEnd = 60 * kSecond;  // CES may go on that long after CAPF gave up
constexpr std::size_t kMaxEvidence = 12;    // lines of one finding

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A cause with what speaks for it, before the lines are copied.
struct Verdict {
    std::string_view cause;
    Certainty certainty = Certainty::certain;
    std::string detail;
    std::vector<const Line*> lines;
};

class Doctor {
public:
    Doctor(const LogSet& logs, std::string_view device) : logs_(logs), device_(device) {}

    Diagnosis run() {
        exchanges_ = read_exchanges(logs_);
        start_ = read_ces_start(logs_);
        diagnosis_.ces_started_well = start_.has_chain;
        if (start_.failure) add(of_failure(*start_.failure, start_.lines), {});
        const auto episodes = last_episodes(logs_, device_);
        for (const auto& episode : episodes) look_at(episode);
        handshakes(episodes);
        // Without CAPF's trace the last exchange is all there is.
        if (logs_.lines(Log::capf).empty() && !exchanges_.empty()) {
            if (const auto verdict = of_exchange(exchanges_.back())) add(*verdict, {});
        }
        return std::move(diagnosis_);
    }

private:
    void add(const Verdict& verdict, const std::string& device) {
        const Cause* known = &cause(verdict.cause);
        auto found = std::find_if(diagnosis_.findings.begin(), diagnosis_.findings.end(), [&](const Finding& finding) {
            return finding.cause == known &&
                   (finding.detail == verdict.detail || finding.detail.empty() || verdict.detail.empty());
        });
        if (found == diagnosis_.findings.end()) {
            diagnosis_.findings.push_back({known, verdict.certainty, {}, verdict.detail, {}});
            found = std::prev(diagnosis_.findings.end());
        }
        found->certainty = std::min(found->certainty, verdict.certainty);
        if (found->detail.empty()) found->detail = verdict.detail;
        if (!device.empty()) found->devices.push_back(device);
        for (const auto* line : verdict.lines)
            if (line != nullptr && found->evidence.size() < kMaxEvidence) found->evidence.push_back(evidence(*line));
    }
    Evidence evidence(const Line& line) const { return {logs_.file(line), line.number, line.text}; }

    // One phone ----------------------------------------------------------------------------------------------------

    void look_at(const Episode& episode) {
        if (contains(episode.status, "SUCCESS")) {
            if (const auto* line = without_key_encipherment(episode.device)) {
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
            episode.device, "ended with " + (episode.status.empty() ? "no status" : episode.status), {}};
        for (const auto* line : episode.lines)
            if (unexplained.evidence.size() < kMaxEvidence) unexplained.evidence.push_back(evidence(*line));
        diagnosis_.unexplained.push_back(std::move(unexplained));
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
                return with("ces-untrusted", Certainty::likely);
            case 26:
                return with("pending", Certainty::certain);
            default:
                break;
        }
        const auto* exchange = exchange_of(episode);
        if (*episode.rv == 35) {
            const bool waited = episode.asked && episode.told && elapsed(*episode.asked, *episode.told) >= 9 * kSecond;
            auto verdict = with("slow-ca", waited ? Certainty::certain : Certainty::likely);
            if (exchange != nullptr) {
                for (const auto* one : exchange->lines)
                    if (contains(one->text, "EST_ERR_HTTP_WRITE")) verdict.lines.push_back(one);
            }
            return verdict;
        }
        auto verdict = exchange != nullptr ? of_exchange(*exchange) : std::nullopt;
        if (!verdict) {
            // CES alone is silent: what it could not do when it started it cannot do now.
            if (start_.failure) verdict = of_failure(*start_.failure, start_.lines);
        }
        if (verdict) verdict->lines.insert(verdict->lines.begin(), line);
        return verdict;
    }

    static DayTime elapsed(DayTime from, DayTime to) { return to >= from ? to - from : to - from + kDay; }

    /// The exchange of CES that belongs to an enrolment of CAPF: the clocks are those of one machine.
    const EstExchange* exchange_of(const Episode& episode) const {
        const EstExchange* best = nullptr;
        for (const auto& exchange : exchanges_) {
            if (!exchange.begin || !episode.asked || !episode.told) continue;
            if (elapsed(*episode.asked - kSlack, *exchange.begin) >
                elapsed(*episode.asked - kSlack, *episode.told + kSlack))
                continue;
            if (elapsed(*exchange.begin, *exchange.end) > kLateEnd) continue;
            best = &exchange;
        }
        return best;
    }

    // CES and the CA -----------------------------------------------------------------------------------------------

    std::optional<Verdict> of_exchange(const EstExchange& exchange) const {
        if (exchange.failure) return of_failure(*exchange.failure, {});
        if (exchange.rc == 10) return Verdict{"slow-ca", Certainty::certain, {}, exchange.lines};
        std::vector<const Line*> lines;
        for (const auto* line : exchange.lines)
            if (contains(line->text, "certrqxt.asp") || contains(line->text, "rc=") ||
                contains(line->text, "Auth type=") || contains(line->text, "[Error "))
                lines.push_back(line);
        // The CA's own words are in the sentence: it names the request that it denied.
        if (exchange.status == 403 || contains(exchange.sentence, "Error 403") ||
            contains(exchange.sentence, "Denied by"))
            return Verdict{"denied", Certainty::certain, exchange.sentence, lines};
        if (exchange.rc == 22 && exchange.logged_in && exchange.request_page) {
            Verdict verdict{"template-not-offered", Certainty::likely, {}, lines};
            if (const auto* line = last_of(Log::daemon, " is not among the ")) {
                verdict.certainty = Certainty::certain;
                verdict.lines.push_back(line);
            }
            return verdict;
        }
        if (exchange.status == 202) return Verdict{"pending", Certainty::certain, exchange.sentence, lines};
        return std::nullopt;
    }

    Verdict of_failure(const CaFailure& failure, const std::vector<const Line*>& more) const {
        Verdict verdict{name_of(failure), Certainty::certain, detail_of(failure), failure.lines};
        verdict.lines.insert(verdict.lines.end(), more.begin(), more.end());
        if (verdict.cause == "login-refused") refine_login(verdict);
        if (verdict.cause == "untrusted-chain") {
            // The product words both cases alike; only our logs tell them apart.
            const auto* own = last_of(Log::daemon, "holds the self-signed server certificate");
            const bool self = failure.libcurl.ends_with("self-signed certificate");
            if (self || own != nullptr) {
                verdict.cause = "self-signed-iis";
                verdict.lines.push_back(own);
            } else if (failure.libcurl.empty() && logs_.lines(Log::daemon).empty()) {
                verdict.certainty = Certainty::likely;
            }
        }
        return verdict;
    }
    static std::string detail_of(const CaFailure& failure) {
        return failure.url.empty() ? failure.text : failure.text + " (" + failure.url + ")";
    }
    static std::string_view name_of(const CaFailure& failure) {
        const std::string_view text = failure.text;
        const bool login = failure.function == "login_to_certsrv_ca";
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
                return login ? "login-timeout" : failure.function == "retrieve_cacerts" ? "chain-timeout" : "slow-ca";
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
    /// IIS knows why it refused: 2148074252 and 1326 are a wrong password, 401.2 a kind of log-in that is not offered.
    void refine_login(Verdict& verdict) const {
        const Line* refused = nullptr;
        const Line* not_offered = nullptr;
        for (const auto& line : logs_.lines(Log::iis)) {
            if (contains(line.text, " 401 1 2148074252 ") || contains(line.text, " 401 1 1326 ")) {
                refused = &line;
                not_offered = nullptr;
            } else if (contains(line.text, " 401 2 5 ")) {
                not_offered = &line;
            } else if (contains(line.text, " 401 1 2148074254 ")) {
                not_offered = nullptr;  // NTLM's challenge: it is offered
            }
        }
        if (not_offered != nullptr) {
            verdict.cause = "ntlm-not-offered";
            verdict.lines.push_back(not_offered);
        } else if (refused != nullptr) {
            verdict.cause = "ca-credentials";
            verdict.lines.push_back(refused);
        }
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

    const Line* last_of(Log log, std::string_view text) const {
        const auto& lines = logs_.lines(log);
        const auto found =
            std::find_if(lines.rbegin(), lines.rend(), [&](const Line& line) { return contains(line.text, text); });
        return found == lines.rend() ? nullptr : &*found;
    }
    const Line* without_key_encipherment(const std::string& device) const {
        const auto& lines = logs_.lines(Log::daemon);
        const Line* found = nullptr;
        for (const auto& line : lines) {
            if (!contains(line.text, device)) continue;
            if (contains(line.text, "has no keyEncipherment")) found = &line;
        }
        return found;
    }

    const LogSet& logs_;
    const std::string device_;
    std::vector<EstExchange> exchanges_;
    CesStart start_;
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
