// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/html.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace opencapf::ces {
namespace {

constexpr auto kNone = std::string_view::npos;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

void append_utf8(std::string& out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
        return;
    }
    if (point < 0x800) {
        out += static_cast<char>(0xC0 | (point >> 6));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0 | (point >> 12));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (point >> 18));
        out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    }
    out += static_cast<char>(0x80 | (point & 0x3F));
}

/// The text of `entity` (between & and ;), or nothing when we do not know it.
bool append_entity(std::string& out, std::string_view entity) {
    if (entity.size() > 1 && entity[0] == '#') {
        const bool hex = lower(entity[1]) == 'x';
        const auto digits = entity.substr(hex ? 2 : 1);
        std::uint32_t point = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), point, hex ? 16 : 10);
        if (error != std::errc{} || end != digits.data() + digits.size() || point == 0 || point > 0x10FFFF)
            return false;
        append_utf8(out, point);
        return true;
    }
    constexpr std::pair<std::string_view, char> kNamed[] = {{"amp", '&'},  {"lt", '<'},    {"gt", '>'},
                                                            {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}};
    for (const auto& [name, character] : kNamed) {
        if (!iequals(entity, name)) continue;
        out += character;
        return true;
    }
    return false;
}

/// Attributes of one tag, reading from `at` up to '>'; returns the offset behind it, or the end of the page.
std::size_t read_attributes(std::string_view page, std::size_t at, HtmlTag& tag) {
    while (at < page.size() && page[at] != '>') {
        while (at < page.size() && (is_blank(page[at]) || page[at] == '/')) ++at;
        const auto name_begin = at;
        while (at < page.size() && !is_blank(page[at]) && page[at] != '=' && page[at] != '>' && page[at] != '/') ++at;
        const auto name = page.substr(name_begin, at - name_begin);
        while (at < page.size() && is_blank(page[at])) ++at;
        if (at >= page.size() || page[at] != '=') {
            if (name.empty() && at < page.size() && page[at] != '>') ++at;  // a stray character
            continue;
        }
        ++at;
        while (at < page.size() && is_blank(page[at])) ++at;
        std::string_view value;
        if (at < page.size() && (page[at] == '"' || page[at] == '\'')) {
            const auto close = page.find(page[at], at + 1);
            if (close == kNone) return page.size();
            value = page.substr(at + 1, close - at - 1);
            at = close + 1;
        } else {
            const auto begin = at;
            while (at < page.size() && !is_blank(page[at]) && page[at] != '>') ++at;
            value = page.substr(begin, at - begin);
        }
        std::string* target = iequals(name, "id")      ? &tag.id
                              : iequals(name, "name")  ? &tag.field
                              : iequals(name, "value") ? &tag.value
                                                       : nullptr;
        if (target != nullptr && target->empty()) *target = html_unescape(value);
    }
    return std::min(at + 1, page.size());
}

}  // namespace

std::size_t find_ignoring_case(std::string_view text, std::string_view needle, std::size_t from) noexcept {
    if (from > text.size()) return kNone;
    const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), needle.begin(),
                                   needle.end(), [](char a, char b) { return lower(a) == lower(b); });
    return found == text.end() && !needle.empty() ? kNone : static_cast<std::size_t>(found - text.begin());
}

std::vector<HtmlTag> html_tags(std::string_view page, std::size_t limit) {
    std::vector<HtmlTag> tags;
    std::size_t at = 0;
    while (tags.size() < limit && (at = page.find('<', at)) != kNone) {
        if (page.substr(at, 4) == "<!--") {
            const auto end = page.find("-->", at + 4);
            if (end == kNone) break;
            at = end + 3;
            continue;
        }
        HtmlTag tag;
        tag.begin = at;
        std::size_t name_begin = at + 1;
        if (name_begin < page.size() && page[name_begin] == '/') {
            tag.closing = true;
            ++name_begin;
        }
        std::size_t name_end = name_begin;
        while (name_end < page.size() &&
               (is_letter(page[name_end]) || (page[name_end] >= '0' && page[name_end] <= '9')))
            ++name_end;
        if (name_end == name_begin) {
            ++at;
            continue;
        }
        tag.name = to_lower(page.substr(name_begin, name_end - name_begin));
        tag.end = at = read_attributes(page, name_end, tag);
        const bool script = tag.name == "script" && !tag.closing;
        tags.push_back(std::move(tag));
        if (script) {
            at = find_ignoring_case(page, "</script", at);
            if (at == kNone) break;
        }
    }
    return tags;
}

std::string html_unescape(std::string_view text) {
    constexpr std::size_t kLongest = 10;  // characters between & and ;
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '&') {
            const auto end = text.substr(at + 1, kLongest + 1).find(';');
            if (end != kNone && append_entity(out, text.substr(at + 1, end))) {
                at += end + 1;
                continue;
            }
        }
        out += text[at];
    }
    return out;
}

std::string html_strip(std::string_view text) {
    std::string out;
    const auto add = [&](std::string_view part) {
        for (const char c : part) {
            if (!is_blank(c)) {
                out += c;
            } else if (!out.empty() && out.back() != ' ') {
                out += ' ';
            }
        }
    };
    std::size_t at = 0;
    for (const auto& tag : html_tags(text)) {
        if (tag.begin < at) continue;
        add(text.substr(at, tag.begin - at));
        at = tag.end;
        if (tag.name == "script" && !tag.closing) at = std::min(find_ignoring_case(text, "</script", at), text.size());
    }
    add(text.substr(at));
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

}  // namespace opencapf::ces
