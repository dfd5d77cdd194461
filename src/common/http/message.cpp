// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/message.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::http {

void Headers::set(std::string_view name, std::string value) {
    for (auto& [key, old] : fields_) {
        if (!iequals(key, name)) continue;
        old = std::move(value);
        return;
    }
    add(std::string(name), std::move(value));
}

std::size_t Headers::count(std::string_view name) const noexcept {
    std::size_t found = 0;
    for (const auto& field : fields_) found += iequals(field.first, name) ? 1U : 0U;
    return found;
}

std::string_view Headers::get(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields_)
        if (iequals(key, name)) return value;
    return {};
}

bool Headers::has(std::string_view name) const noexcept {
    for (const auto& field : fields_)
        if (iequals(field.first, name)) return true;
    return false;
}

std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text, std::size_t max_pairs) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!text.empty() && pairs.size() < max_pairs) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        pairs.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
    }
    return pairs;
}

std::string_view form_value(const std::vector<std::pair<std::string, std::string>>& form, std::string_view name) {
    for (const auto& [key, value] : form)
        if (iequals(key, name)) return value;
    return {};
}

std::optional<std::time_t> parse_date(std::string_view text) {
    const std::string value(text);
    for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
        std::tm parts{};
        const char* end = ::strptime(value.c_str(), form, &parts);
        if (end != nullptr && *end == '\0') return ::timegm(&parts);
    }
    return std::nullopt;
}

}  // namespace opencapf::http
