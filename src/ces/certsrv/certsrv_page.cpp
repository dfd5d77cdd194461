// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/certsrv_page.hpp"

#include "ces/certsrv/html.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace opencapf::ces {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::size_t kMaxDigits = 10;
constexpr std::size_t kMaxMessage = 400;
constexpr std::size_t kMaxExcerpt = 160;
constexpr std::size_t kMaxOptions = 4096;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Digits at the start of `text`; 0 when there are none, too many, or they are all zero.
std::uint64_t leading_number(std::string_view text, std::size_t* length = nullptr) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    if (length != nullptr) *length = count;
    if (count == 0 || count > kMaxDigits) return 0;
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + count, value);
    return value;
}

/// Flags as the page's VBScript writes them: 32 bits that are a signed number there. 0 for anything else.
std::uint32_t flags(std::string_view text) {
    text = trim(text);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc{} && end == text.data() + text.size();
    return number && value >= INT32_MIN && value <= UINT32_MAX ? static_cast<std::uint32_t>(value) : 0;
}

/// `certnew.cer?ReqID=<digits>&`: the link every client looks for. Links to the CA's own certificate have no digits.
std::uint64_t issued_id(std::string_view page) {
    constexpr std::string_view kLink = "certnew.cer?ReqID=";
    for (auto at = find_ignoring_case(page, kLink); at != kNone; at = find_ignoring_case(page, kLink, at + 1)) {
        std::size_t digits = 0;
        const auto rest = page.substr(at + kLink.size());
        const auto id = leading_number(rest, &digits);
        if (id != 0 && rest.substr(digits, 1) == "&") return id;
    }
    return 0;
}

const HtmlTag* tag_with_id(const std::vector<HtmlTag>& tags, std::string_view id) {
    const auto found = std::find_if(tags.begin(), tags.end(), [&](const HtmlTag& tag) { return iequals(tag.id, id); });
    return found == tags.end() ? nullptr : &*found;
}

std::uint64_t number_after(std::string_view page, std::string_view text) {
    const auto at = find_ignoring_case(page, text);
    return at == kNone ? 0 : leading_number(trim(page.substr(at + text.size(), 64)));
}

/// First number in the text of the element that starts with `tag`, up to the next tag that ends a paragraph.
std::uint64_t number_in_element(std::string_view page, const HtmlTag& tag) {
    constexpr std::size_t kWindow = 512;
    const std::string text = html_strip(page.substr(tag.end, kWindow));
    const auto digit = std::find_if(text.begin(), text.end(), is_digit);
    return leading_number(std::string_view(text).substr(static_cast<std::size_t>(digit - text.begin())));
}

std::string one_line(std::string_view text, std::size_t limit) { return printable(trim(html_unescape(text)), limit); }

/// "0x" and eight hex digits, the first in `text`, lower case.
std::string first_hresult(std::string_view text) {
    for (auto at = find_ignoring_case(text, "0x"); at != kNone; at = find_ignoring_case(text, "0x", at + 2)) {
        const auto digits = text.substr(at + 2, 8);
        const bool hex = digits.size() == 8 && std::all_of(digits.begin(), digits.end(), [](char c) {
                             return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                         });
        if (hex) return "0x" + to_lower(digits);
    }
    return {};
}

/// The message between the first pair of straight quotes of the visible text behind `from`.
std::string quoted_message(std::string_view page, std::size_t from) {
    constexpr std::size_t kWindow = 8192;
    const std::string text = html_strip(page.substr(std::min(from, page.size()), kWindow));
    const auto open = text.find('"');
    if (open == std::string::npos) return {};
    // The message itself may hold quotes that were not escaped: it ends at the quote before the full stop.
    auto close = text.find("\".", open + 1);
    if (close == std::string::npos) close = text.find('"', open + 1);
    if (close == std::string::npos) return {};
    return text.substr(open + 1, close - open - 1);
}

/// The value of an error page's row: the text of the first DD after the label with this id (certsrv.md 2.5).
std::string row_value(std::string_view page, const std::vector<HtmlTag>& tags, std::string_view label_id) {
    const HtmlTag* label = tag_with_id(tags, label_id);
    if (label == nullptr) return {};
    const auto value = std::find_if(tags.begin() + (label - tags.data()), tags.end(),
                                    [](const HtmlTag& tag) { return tag.name == "dd" && !tag.closing; });
    if (value == tags.end()) return {};
    const auto end = std::find_if(value + 1, tags.end(), [](const HtmlTag& tag) {
        return tag.name == "dt" || tag.name == "dd" || tag.name == "dl" || tag.name == "tr" || tag.name == "table" ||
               tag.name == "p";
    });
    const std::size_t stop = end == tags.end() ? page.size() : end->begin;
    return html_unescape(html_strip(page.substr(value->end, stop - value->end)));
}

PageOutcome denied_page(std::string_view page, const HtmlTag* denied) {
    PageOutcome outcome;
    outcome.disposition = Disposition::denied;
    outcome.request_id = number_after(page, "Your Request Id is ");
    const auto english = find_ignoring_case(page, "disposition message is");
    const std::string message = quoted_message(page, english != kNone ? english : denied != nullptr ? denied->end : 0);
    outcome.message = one_line(message.empty() ? "Your certificate request was denied." : message, kMaxMessage);
    outcome.hresult = first_hresult(outcome.message);
    return outcome;
}

PageOutcome error_page(std::string_view page, const std::vector<HtmlTag>& tags) {
    PageOutcome outcome;
    const std::string disposition = row_value(page, tags, "locDispLabel");
    const auto number = leading_number(disposition);
    outcome.disposition = number == 5 ? Disposition::pending : number == 2 ? Disposition::denied : Disposition::failed;
    std::string message = row_value(page, tags, "locDispMsgLabel");
    const std::string status = row_value(page, tags, "locLastStatLabel");
    if (message.empty() || message == "(none)") message = status;
    outcome.hresult = first_hresult(message);
    if (outcome.hresult.empty()) outcome.hresult = first_hresult(status);
    if (outcome.hresult.empty()) outcome.hresult = first_hresult(row_value(page, tags, "locResultLabel"));
    outcome.message = one_line(message.empty() ? "Your request failed." : message, kMaxMessage);
    return outcome;
}

}  // namespace

std::vector<TemplateOption> parse_template_list(std::string_view page) {
    std::vector<TemplateOption> options;
    bool inside = false;
    for (const auto& tag : html_tags(page)) {
        if (tag.name == "select") {
            inside = !tag.closing && (iequals(tag.id, "lbCertTemplateID") || iequals(tag.field, "lbCertTemplate"));
        } else if (inside && tag.name == "option" && !tag.closing && options.size() < kMaxOptions) {
            const auto fields = split(tag.value, ';');
            if (fields.size() < 2) continue;
            TemplateOption option;
            option.subject_supplied = iequals(trim(fields[0]), "O");
            option.name = std::string(trim(fields[1]));
            if (fields.size() > 6) {
                option.enrolment_flags = flags(fields[4]);
                option.name_flags = flags(fields[6]);
            }
            if (fields.size() > 7)
                option.ra_signatures = static_cast<int>(std::min<std::uint64_t>(leading_number(trim(fields[7])), 100));
            options.push_back(std::move(option));
        }
    }
    return options;
}

TemplateSearch find_template(const std::vector<TemplateOption>& options, std::string_view name) {
    TemplateSearch search;
    for (const auto& option : options) {
        if (option.name == name) return {TemplateMatch::exact, option};
        if (search.match == TemplateMatch::absent && iequals(option.name, name))
            search = {TemplateMatch::other_case, option};
    }
    return search;
}

PageOutcome parse_outcome_page(std::string_view page) {
    PageOutcome outcome;
    outcome.request_id = issued_id(page);
    if (outcome.request_id != 0) {
        outcome.disposition = Disposition::issued;
        return outcome;
    }
    const auto tags = html_tags(page);
    const HtmlTag* denied = tag_with_id(tags, "locDenied");
    if (denied != nullptr) return denied_page(page, denied);

    const HtmlTag* id_text = tag_with_id(tags, "locInfoReqID");
    const bool pending_title = find_ignoring_case(page, "Certificate Pending") != kNone ||
                               find_ignoring_case(page, "still pending") != kNone ||
                               tag_with_id(tags, "locInfoChkPnd") != nullptr;
    if (id_text != nullptr || pending_title) {
        outcome.disposition = Disposition::pending;
        if (id_text != nullptr) outcome.request_id = number_in_element(page, *id_text);
        if (outcome.request_id == 0) outcome.request_id = number_after(page, "Your Request Id is ");
        outcome.message = "Taken Under Submission";
        return outcome;
    }
    if (find_ignoring_case(page, "disposition message is") != kNone) return denied_page(page, nullptr);
    if (tag_with_id(tags, "locDispLabel") != nullptr || find_ignoring_case(page, "Your request failed.") != kNone)
        return error_page(page, tags);
    outcome.message = one_line(html_strip(page.substr(0, 16 * 1024)), kMaxExcerpt);
    return outcome;
}

Result<x509::Certificate> parse_certificate_answer(std::string_view body) {
    if (body.find("-----BEGIN CERTIFICATE-----") != kNone) return x509::Certificate::from_pem(body);
    return x509::Certificate::from_der(as_bytes(body));
}

std::string make_submit_form(std::string_view request_pem, std::string_view template_name) {
    std::string attributes = "CertificateTemplate:";
    attributes += template_name;
    attributes += "\r\n";
    const std::pair<std::string_view, std::string_view> fields[] = {
        {"Mode", "newreq"},         {"CertRequest", request_pem},
        {"CertAttrib", attributes}, {"FriendlyType", "Saved-Request Certificate"},
        {"TargetStoreFlags", "0"},  {"SaveCert", "yes"},
        {"ThumbPrint", ""}};
    std::string form;
    for (const auto& [name, value] : fields) {
        if (!form.empty()) form += '&';
        form += name;
        form += '=';
        form += percent_encode(value);
    }
    return form;
}

}  // namespace opencapf::ces
