// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_effects.hpp"

#include "ca_sim/page_texts.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>

namespace opencapf::ca_sim {
namespace {

/// HTTP.sys' own page and headers: the site behind it does not run.
http::Response service_unavailable(const ServerHeaders& server) {
    http::Response response;
    response.status = 503;
    response.reason = "Service Unavailable";
    response.headers.add("Content-Type", "text/html; charset=us-ascii");
    response.headers.add("Server", "Microsoft-HTTPAPI/2.0");
    response.headers.add("Date", format_utc(server.clock(), "%a, %d %b %Y %H:%M:%S GMT"));
    response.body =
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">\r\n"
        "<HTML><HEAD><TITLE>Service Unavailable</TITLE>\r\n"
        "<META HTTP-EQUIV=\"Content-Type\" Content=\"text/html; charset=us-ascii\"></HEAD>\r\n"
        "<BODY><h2>Service Unavailable</h2>\r\n"
        "<hr><p>HTTP Error 503. The service is unavailable.</p>\r\n"
        "</BODY></HTML>\r\n";
    response.close = true;
    return response;
}

bool is_html(const http::Response& response) { return response.headers.get("Content-Type").starts_with("text/html"); }

void spoil_transfer(const MetFaults& faults, http::Response& response) {
    http::Transfer plan;
    const FaultSpec* delay = faults.find(FaultKind::delay);
    const FaultSpec* body_delay = faults.find(FaultKind::delay_body);
    const FaultSpec* close = faults.find(FaultKind::close);
    const FaultSpec* reset = faults.find(FaultKind::reset);
    if (delay != nullptr) plan.delay = delay->delay;
    if (body_delay != nullptr) {
        plan.body_delay = body_delay->delay;
        if (body_delay->bytes > 0) plan.body_bytes = body_delay->bytes;
    }
    if (const FaultSpec* end = close != nullptr ? close : reset) {
        plan.end = close != nullptr ? http::Transfer::End::close : http::Transfer::End::reset;
        plan.body_bytes.reset();
        if (end->bytes > 0) plan.body_bytes = end->bytes;
    }
    if (delay != nullptr || body_delay != nullptr || plan.end != http::Transfer::End::normal) response.transfer = plan;
}

constexpr std::size_t kTexts = sizeof(PageTexts) / sizeof(std::string_view);
using TextList = std::array<std::string_view, kTexts>;
static_assert(sizeof(PageTexts) == sizeof(TextList));

struct Translation {
    std::string_view english, german;
};
std::array<Translation, kTexts> translations() {
    const auto english = std::bit_cast<TextList>(page_texts(PageLanguage::english));
    const auto german = std::bit_cast<TextList>(page_texts(PageLanguage::german));
    std::array<Translation, kTexts> list;
    for (std::size_t i = 0; i < kTexts; ++i) list[i] = {english[i], german[i]};
    // A text that begins like a longer one must not take its place.
    std::stable_sort(list.begin(), list.end(),
                     [](const Translation& a, const Translation& b) { return a.english.size() > b.english.size(); });
    return list;
}

bool is_word(char c) noexcept { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Does this text of the pages stand here as a text of its own, and not as words of the CA's messages?
bool stands_at(std::string_view page, std::size_t at, std::string_view text) noexcept {
    if (!page.substr(at).starts_with(text)) return false;
    const std::string_view before = page.substr(0, at), after = page.substr(at + text.size());
    if (!after.empty() && is_word(text.back()) && is_word(after.front())) return false;
    if (before.ends_with('\n') || before.ends_with('\t')) return after.starts_with('\r');  // a line of its own
    if (before.ends_with("</LocID>")) return false;                                        // name of a disposition
    if (text.starts_with(' ')) return !before.empty() && is_word(before.back());
    // Behind another text only a longer one is told from the words of a message.
    if (text.size() > 10 && (before.ends_with(", ") || before.ends_with(". "))) return true;
    static constexpr std::array<std::string_view, 4> kLeft{">", "=\"", "Lang=", "</B> "};
    return std::any_of(kLeft.begin(), kLeft.end(), [&](std::string_view left) { return before.ends_with(left); });
}

}  // namespace

http::Response refusal_response(const ServerHeaders& server, FaultKind kind) {
    if (kind == FaultKind::unavailable) return service_unavailable(server);
    return http_error(server, kind == FaultKind::forbidden ? 403 : 500);
}

std::string malformed(std::string_view page) {
    std::string broken;
    for (std::size_t at = 0; at < page.size();) {
        // "ID=loc..." becomes "ID=", "ReqID=10" and "Request Id is 10" lose their numbers.
        constexpr std::array<std::string_view, 2> kMarks{"ID=", "Id is "};
        const auto* const mark = std::find_if(kMarks.begin(), kMarks.end(),
                                              [&](std::string_view one) { return page.substr(at).starts_with(one); });
        if (mark == kMarks.end()) {
            broken += page[at++];
            continue;
        }
        broken += *mark;
        at += mark->size();
        while (at < page.size() && is_word(page[at])) ++at;
    }
    const std::size_t tag = broken.rfind('<', broken.size() / 2);
    if (tag != std::string::npos) broken.resize(tag + 3);
    return broken;
}

std::string in_german(std::string_view page) {
    static const auto kTranslations = translations();
    std::string translated;
    for (std::size_t at = 0; at < page.size();) {
        const auto* const known = std::find_if(kTranslations.begin(), kTranslations.end(), [&](const Translation& one) {
            return stands_at(page, at, one.english);
        });
        if (known == kTranslations.end()) {
            translated += page[at++];
        } else {
            translated += known->german;
            at += known->english.size();
        }
    }
    return translated;
}

void spoil(const MetFaults& faults, std::string_view path, http::Response& response) {
    const bool refused = faults.refusal() != nullptr;
    const bool page = normal_url_path(path).ends_with(".asp") || path.ends_with('/');
    if (!refused && response.status == 200) {
        if (page && faults.find(FaultKind::other_language) != nullptr) response.body = in_german(response.body);
        if (page && faults.find(FaultKind::malformed_page) != nullptr) response.body = malformed(response.body);
        if (!page && faults.find(FaultKind::truncated_pkcs7) != nullptr) response.body.resize(response.body.size() / 2);
        if (faults.find(FaultKind::wrong_content_type) != nullptr)
            response.headers.set("Content-Type", page && is_html(response) ? "application/octet-stream" : "text/plain");
    }
    spoil_transfer(faults, response);
}

net::Opening opening_of(const MetFaults& faults) {
    net::Opening opening;
    for (const MetFaults::Met& met : faults.list()) {
        if (met.tls) opening.tls = met.tls;
        if (met.spec.kind == FaultKind::delay) opening.delay = met.spec.delay;
        if (met.spec.kind == FaultKind::close) opening.end = net::Opening::End::close;
        if (met.spec.kind == FaultKind::reset) opening.end = net::Opening::End::reset;
    }
    return opening;
}

}  // namespace opencapf::ca_sim
