// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/submission.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kMaxFields = 64;
constexpr std::size_t kMaxAttributes = 64;

/// Value of a parameter such as boundary=x or name="x" in a header value; nothing when it is not there.
std::optional<std::string> header_parameter(std::string_view value, std::string_view name) {
    for (const std::string& part : split(value, ';')) {
        const std::string_view piece = trim(part);
        const std::size_t equals = piece.find('=');
        if (equals == std::string_view::npos || !iequals(trim(piece.substr(0, equals)), name)) continue;
        std::string_view text = trim(piece.substr(equals + 1));
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
        return std::string(text);
    }
    return std::nullopt;
}

/// Name of one part by its Content-Disposition header, or nothing.
std::optional<std::string> part_name(std::string_view head) {
    constexpr std::string_view kHeader = "content-disposition:";
    for (const std::string& line : split(head, '\n')) {
        if (iequals(std::string_view(line).substr(0, kHeader.size()), kHeader)) {
            return header_parameter(trim(std::string_view(line).substr(kHeader.size())), "name");
        }
    }
    return std::nullopt;
}

std::optional<Form> parse_multipart(std::string_view content_type, std::string_view body) {
    const auto boundary = header_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70) return std::nullopt;  // RFC 2046 section 5.1.1
    const std::string delimiter = "--" + *boundary;
    Form form;
    std::size_t at = body.find(delimiter);
    while (at != std::string_view::npos && form.size() < kMaxFields) {
        std::string_view rest = body.substr(at + delimiter.size());
        if (rest.starts_with("--")) return form;
        const std::size_t head_end = rest.find("\r\n\r\n");
        const std::size_t next = rest.find("\r\n" + delimiter);
        if (head_end == std::string_view::npos || next == std::string_view::npos || next < head_end + 2) break;
        const auto name = part_name(rest.substr(0, head_end));
        const std::size_t value_at = head_end + 4;
        if (name && next >= value_at) form.emplace_back(*name, std::string(rest.substr(value_at, next - value_at)));
        at = body.find(delimiter, at + delimiter.size() + next);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Form> parse_post(std::string_view content_type, std::string_view body) {
    const std::string_view media_type = trim(content_type.substr(0, content_type.find(';')));
    if (iequals(media_type, "multipart/form-data")) return parse_multipart(content_type, body);
    if (iequals(media_type, "application/x-www-form-urlencoded")) return http::parse_form(body, kMaxFields);
    return std::nullopt;
}

std::vector<Attribute> parse_attributes(std::string_view text) {
    std::vector<Attribute> attributes;
    while (!text.empty() && attributes.size() < kMaxAttributes) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string name = to_lower(line.substr(0, colon));
        std::erase_if(name, [](char c) { return c == ' ' || c == '\t' || c == '-'; });
        attributes.push_back({std::move(name), std::string(trim(line.substr(colon + 1)))});
    }
    return attributes;
}

Submission read_submission(const Form& form) {
    Submission submission;
    const std::string mode = to_lower(http::form_value(form, "Mode"));
    if (mode.find("newreq") != std::string::npos) {
        submission.mode = SubmitMode::new_request;
    } else if (mode == "chkpnd") {
        submission.mode = SubmitMode::check_pending;
    }
    submission.certificate_request = http::form_value(form, "CertRequest");
    submission.request_id = parse_request_id(http::form_value(form, "ReqID"));
    for (Attribute& attribute : parse_attributes(http::form_value(form, "CertAttrib"))) {
        // The first of each counts.
        if (attribute.name == "certificatetemplate" && !attribute.value.empty() && !submission.template_name)
            submission.template_name = std::move(attribute.value);
        if (attribute.name == "san" && submission.names.empty()) submission.names = std::move(attribute.value);
    }
    return submission;
}

std::optional<std::int64_t> parse_request_id(std::string_view text) noexcept {
    text = trim(text);
    if (text.empty() || text.size() > 10) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value < 1) return std::nullopt;
    return value;
}

FetchQuery read_fetch_query(std::string_view query) {
    const Form form = http::parse_form(query, kMaxFields);
    FetchQuery fetch;
    const std::string_view id = trim(http::form_value(form, "ReqID"));
    fetch.ca_certificate = iequals(id, "CACert");
    if (!fetch.ca_certificate) fetch.request_id = parse_request_id(id);
    if (iequals(trim(http::form_value(form, "Enc")), "bin")) fetch.encoding = Encoding::der;
    const std::string_view renewal = trim(http::form_value(form, "Renewal"));
    if (renewal == "0") fetch.renewal = 0;
    if (const auto index = parse_request_id(renewal))
        fetch.renewal = static_cast<int>(std::min<std::int64_t>(*index, INT32_MAX));
    if (!fetch.renewal && !renewal.empty() && renewal != "-1") fetch.renewal = -1;  // no such certificate
    fetch.delta = iequals(trim(http::form_value(form, "Type")), "delta");
    return fetch;
}

}  // namespace opencapf::ca_sim
