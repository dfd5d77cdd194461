// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/pending_cookie.hpp"

#include "ca_sim/submission.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

constexpr std::string_view kName = "Requests";
constexpr std::size_t kMaxFriendlyType = 80;

/// What may stand in a tuple: brackets would end it, control bytes have no business in a page.
std::string plain_text(std::string_view text) {
    std::string plain(text.substr(0, kMaxFriendlyType));
    if (text.size() > plain.size()) {
        // Never half a UTF-8 character.
        while (!plain.empty() && (static_cast<unsigned char>(plain.back()) & 0xc0) == 0x80) plain.pop_back();
        if (!plain.empty() && static_cast<unsigned char>(plain.back()) >= 0xc0) plain.pop_back();
    }
    for (char& c : plain) {
        if (c == '[') c = '(';
        if (c == ']') c = ')';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return plain;
}

std::string plain_flags(std::string_view text) {
    const bool digits = !text.empty() && text.size() <= 10 &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? std::string(text) : "0";
}

std::optional<PendingEntry> parse_tuple(std::string_view tuple) {
    std::string_view fields[4];
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t comma = tuple.find(',');
        if (comma == std::string_view::npos) return std::nullopt;
        fields[i] = tuple.substr(0, comma);
        tuple.remove_prefix(comma + 1);
    }
    fields[3] = tuple;
    const auto id = parse_request_id(fields[0]);
    if (!id) return std::nullopt;
    PendingEntry entry;
    entry.request_id = *id;
    entry.target_store_flags = plain_flags(trim(fields[1]));
    entry.save_certificate = !iequals(trim(fields[2]), "no");
    entry.friendly_type = plain_text(fields[3]);
    return entry;
}

std::string tuple_of(const PendingEntry& entry) {
    return "[" + std::to_string(entry.request_id) + "," + plain_flags(entry.target_store_flags) + "," +
           (entry.save_certificate ? "yes" : "no") + "," + plain_text(entry.friendly_type) + "]";
}

/// The cookie's value as sent, or empty.
std::string_view cookie_value(std::string_view header) {
    while (!header.empty()) {
        const std::size_t end = header.find(';');
        const std::string_view pair = trim(header.substr(0, end));
        header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == kName) return pair.substr(equals + 1);
    }
    return {};
}

}  // namespace

std::vector<PendingEntry> parse_pending_cookie(std::string_view cookie_header) {
    const std::string_view sent = cookie_value(cookie_header);
    if (sent.size() > kMaxPendingCookie) return {};
    const std::string text = percent_decode(sent, true);
    std::vector<PendingEntry> entries;
    std::size_t at = text.find('[');
    while (at != std::string::npos) {
        const std::size_t end = text.find(']', at);
        if (end == std::string::npos) break;
        if (auto entry = parse_tuple(std::string_view(text).substr(at + 1, end - at - 1))) {
            remember(entries, std::move(*entry));
        }
        at = text.find('[', end);
    }
    return entries;
}

void remember(std::vector<PendingEntry>& entries, PendingEntry entry) {
    forget(entries, entry.request_id);
    if (entries.size() >= kMaxPendingEntries) entries.erase(entries.begin());
    entries.push_back(std::move(entry));
}

bool forget(std::vector<PendingEntry>& entries, std::int64_t request_id) {
    return std::erase_if(entries, [&](const PendingEntry& entry) { return entry.request_id == request_id; }) != 0;
}

std::string pending_set_cookie(const std::vector<PendingEntry>& entries, WallTime now, int days) {
    std::string value;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        std::string longer = percent_encode(tuple_of(*entry)) + value;
        if (longer.size() > kMaxPendingCookie) break;
        value = std::move(longer);
    }
    const WallTime end = value.empty() ? WallTime() : now + std::chrono::hours(24) * days;
    return std::string(kName) + "=" + value + "; expires=" + format_utc(end, "%a, %d-%b-%Y %H:%M:%S GMT") +
           "; secure; path=/; HttpOnly; SameSite=Lax";
}

}  // namespace opencapf::ca_sim
