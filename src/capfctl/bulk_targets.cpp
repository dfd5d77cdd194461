// SPDX-License-Identifier: Apache-2.0
#include "capfctl/bulk_targets.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>

namespace opencapf::capfctl {
namespace {

constexpr std::array<std::string_view, 7> kColumns{"name", "auth", "string", "key_order", "rsa", "ec", "by"};

[[noreturn]] void refuse(std::size_t line, const std::string& why) {
    throw std::runtime_error("line " + std::to_string(line) + ": " + why);
}

// A quoted field may hold commas and doubled quotes; no field here has a line break.
std::vector<std::string> split_line(std::string_view text, std::size_t line) {
    std::vector<std::string> fields(1);
    bool quoted = false, closed = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            const bool twice = c == '"' && i + 1 < text.size() && text[i + 1] == '"';
            if (c != '"' || twice) fields.back() += c;
            if (twice) ++i;
            if (c == '"' && !twice) {
                quoted = false;
                closed = true;
            }
        } else if (c == ',') {
            fields.emplace_back();
            closed = false;
        } else if (closed || (c == '"' && !fields.back().empty())) {
            refuse(line, "a quote in the middle of a field");
        } else if (c == '"') {
            quoted = true;
        } else {
            fields.back() += c;
        }
    }
    if (quoted) refuse(line, "a quote that is not closed");
    return fields;
}

std::vector<std::string> read_header(std::string_view text) {
    auto names = split_line(text, 1);
    for (auto& name : names) {
        name = to_lower(trim(name));
        if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end())
            refuse(1,
                   "unknown column '" + printable(name, 40) + "'; known: name, auth, string, key_order, rsa, ec, by");
        if (std::count(names.begin(), names.end(), name) > 1) refuse(1, "column '" + name + "' stands there twice");
    }
    if (std::find(names.begin(), names.end(), "name") == names.end()) refuse(1, "there is no column 'name'");
    return names;
}

int number(const std::string& text, const std::string& column, std::size_t line) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        refuse(line, column + ": '" + printable(text, 40) + "' is no number");
    return value;
}

// What is said for all must not contradict what a line says for itself.
void override_member(Json& target, const std::string& column, const std::string& value, std::size_t line) {
    if (column == "rsa" || column == "ec") {
        target[column] = number(value, column, line);
        return;
    }
    if (column == "auth" && value != "string") {
        target["string"] = "";
        target.erase("generate_string");
    }
    if (column == "string") target.erase("generate_string");
    target[column] = value;
}

}  // namespace

std::vector<Json> read_targets(std::string_view csv, const Json& defaults) {
    std::vector<Json> targets;
    std::vector<std::string> columns;
    std::map<std::string, std::size_t> seen;
    if (csv.substr(0, 3) == "\xEF\xBB\xBF") csv.remove_prefix(3);  // what spreadsheets put in front of UTF-8
    std::size_t line = 0;
    for (const auto& raw : split(csv, '\n')) {
        ++line;
        std::string_view text = raw;
        if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
        if (line == 1) {
            columns = read_header(text);
            continue;
        }
        if (trim(text).empty()) continue;
        const auto fields = split_line(text, line);
        if (fields.size() != columns.size())
            refuse(line,
                   std::to_string(fields.size()) + " fields, the first line has " + std::to_string(columns.size()));
        Json target = defaults;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const std::string value(trim(fields[i]));
            if (!value.empty()) override_member(target, columns[i], value, line);
        }
        if (!target.contains("name")) refuse(line, "no name");
        const auto [first, fresh] = seen.emplace(to_lower(target["name"].get<std::string>()), line);
        if (!fresh) refuse(line, "the device stands in line " + std::to_string(first->second) + " already");
        targets.push_back(std::move(target));
    }
    if (targets.empty()) throw std::runtime_error("there are no devices in it");
    return targets;
}

}  // namespace opencapf::capfctl
