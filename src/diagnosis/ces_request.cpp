// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/ces_request.hpp"

#include "diagnosis/clock_offset.hpp"
#include "opencapf/base/text.hpp"

#include <charconv>
#include <deque>
#include <map>
#include <utility>

namespace opencapf::diagnosis {
namespace {

constexpr std::string_view kAudit = "info: audit: connection *";
constexpr std::size_t kPrefix = 24;             // "2026-11-28 20:39:56.199 "
constexpr DayTime kSlack = 1000;                // access.log and the trace are written after the fact
constexpr DayTime kLongestAnswer = 2 * 60'000;  // when nothing tells how long CES worked

/// Takes what stands before `mark`, and the mark, from the front of `text`; all of it when the mark is missing.
std::string_view take_until(std::string_view& text, std::string_view mark) {
    const auto end = text.find(mark);
    const auto taken = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + mark.size());
    return taken;
}

/// Takes `name=value ` or `name="value" ` from the front. Quotation marks within a value are escaped by the writer.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
    if (!text.starts_with(name) || text.substr(name.size(), 1) != "=") return std::nullopt;
    text.remove_prefix(name.size() + 1);
    if (!text.starts_with('"')) return take_until(text, " ");
    text.remove_prefix(1);
    const auto value = take_until(text, "\"");
    if (text.starts_with(' ')) text.remove_prefix(1);
    return value;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<CesRequest> request_of(const Line& line) {
    std::string_view text = line.text;
    if (text.size() < kPrefix) return std::nullopt;
    CesRequest request;
    request.line = &line;
    request.date = text.substr(0, 10);
    const auto end = day_time_of_capf(std::string(text.substr(11, 12)) + " |");
    text.remove_prefix(kPrefix);
    if (!end || !text.starts_with(kAudit)) return std::nullopt;
    request.end = *end;
    text.remove_prefix(kAudit.size());
    request.connection = take_until(text, " from ");
    take_until(text, ", request ");
    request.id = take_until(text, ": ");
    const auto status = number_of<int>(take_field(text, "status").value_or(""));
    const auto operation = take_field(text, "operation");
    if (!status || !operation) return std::nullopt;
    request.status = *status;
    request.operation = *operation;
    take_field(text, "label");
    take_field(text, "tls-linked");
    request.account = take_field(text, "account").value_or("");
    take_field(text, "trust");
    take_field(text, "certificate");
    request.subject = take_field(text, "subject").value_or("");
    return request;
}

struct Access {
    const Line* line = nullptr;
    std::string_view id;
    int status = 0;
    std::optional<DayTime> taken;
};

/// NGINX's combined format, then rid= and rt=. What a client chose stands before these and its quotation marks are
/// escaped, so the ends are safe to look at from behind.
std::optional<Access> access_of(const Line& line) {
    const std::string_view text = line.text;
    const auto rid = text.rfind("\" rid=");
    const auto request_end = text.find("\" ", text.find(" \"") + 2);
    if (rid == std::string_view::npos || request_end == std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(rid + 6);
    Access access;
    access.line = &line;
    access.id = take_until(rest, " rt=");
    std::string_view after = text.substr(request_end + 2);
    access.status = number_of<int>(take_until(after, " ")).value_or(0);
    const auto seconds = number_of<DayTime>(take_until(rest, ".")), millis = number_of<DayTime>(rest);
    if (seconds && millis && rest.size() == 3) access.taken = *seconds * 1000 + *millis;
    return access;
}

bool is_name_part(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

/// Does the whole name stand in `text`, not just a part of another one? CUCM's subjects have "CN=<model>-<name>".
bool names(std::string_view text, std::string_view device) {
    if (device.empty()) return false;
    const auto in = to_lower(text), name = to_lower(device);
    for (auto at = in.find(name); at != std::string::npos; at = in.find(name, at + 1)) {
        const auto end = at + name.size();
        if ((at == 0 || !is_name_part(in[at - 1])) && (end == in.size() || !is_name_part(in[end]))) return true;
    }
    return false;
}

/// Calls `take` for each part of the names in `text`, lower case.
template <typename Take>
void each_part(std::string_view text, const Take& take) {
    std::string part;
    for (const char c : text) {
        if (is_name_part(c)) {
            part += c;
        } else if (!part.empty()) {
            take(to_lower(std::exchange(part, {})));
        }
    }
    if (!part.empty()) take(to_lower(part));
}

/// CAPF's own id begins with the session's number, which tells two calls of one phone apart.
bool is_of_other_session(std::string_view id, const Episode& episode) {
    const auto dash = id.find('-');
    return dash != std::string_view::npos && !episode.session.empty() && names(id.substr(dash), episode.device) &&
           id.substr(0, dash) != episode.session;
}

}  // namespace

std::vector<CesRequest> read_ces_requests(const LogSet& logs) {
    // One id may stand for several requests: the one without a password and the one with it.
    std::map<std::pair<std::string_view, int>, std::deque<Access>> by_id;
    for (const auto& line : logs.lines(Log::access))
        if (const auto access = access_of(line)) by_id[{access->id, access->status}].push_back(*access);
    std::vector<CesRequest> requests;
    for (const auto& line : logs.lines(Log::daemon)) {
        auto request = request_of(line);
        if (!request) continue;
        const auto found = by_id.find({request->id, request->status});
        if (found != by_id.end() && !found->second.empty()) {
            request->taken = found->second.front().taken;
            request->access = found->second.front().line;
            found->second.pop_front();
        }
        requests.push_back(*request);
    }
    return requests;
}

CesRequestIndex::CesRequestIndex(std::vector<CesRequest> requests) : requests_(std::move(requests)) {
    for (std::size_t i = 0; i < requests_.size(); ++i) {
        const auto add = [&](const std::string& part) {
            auto& indexes = by_part_[part];
            if (indexes.empty() || indexes.back() != i) indexes.push_back(i);
        };
        each_part(requests_[i].subject, add);
        each_part(requests_[i].id, add);
    }
}

std::vector<CesRequest> CesRequestIndex::near(std::string_view device) const {
    // The rarest part of the name: "CSF" of "CSF-JDOE" is that of every soft phone.
    const std::vector<std::size_t>* fewest = nullptr;
    bool known = true;
    each_part(device, [&](const std::string& part) {
        const auto found = by_part_.find(part);
        known = known && found != by_part_.end();
        if (known && (fewest == nullptr || found->second.size() < fewest->size())) fewest = &found->second;
    });
    std::vector<CesRequest> requests;
    if (!known || fewest == nullptr) return requests;
    for (const auto index : *fewest) requests.push_back(requests_[index]);
    return requests;
}

bool is_of_call(const CesRequest& request, const Episode& episode) {
    return (names(request.subject, episode.device) || names(request.id, episode.device)) &&
           !is_of_other_session(request.id, episode);
}

std::vector<const CesRequest*> requests_of(const std::vector<CesRequest>& requests, const Episode& episode,
                                           DayTime ahead) {
    std::vector<const CesRequest*> found;
    if (!episode.asked || !episode.told) return found;
    const DayTime waited = signed_since(*episode.asked, *episode.told);
    for (const auto& request : requests) {
        if (!is_of_call(request, episode)) continue;
        const DayTime end = signed_since(*episode.asked + ahead, request.end);
        const DayTime begin = end - request.taken.value_or(0);
        const DayTime latest = waited + kSlack + (request.taken ? 0 : kLongestAnswer);
        if (end >= -kSlack && begin >= -kSlack && begin <= latest) found.push_back(&request);
    }
    return found;
}

}  // namespace opencapf::diagnosis
