// SPDX-License-Identifier: Apache-2.0
#include "capfctl/table.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <ostream>

namespace opencapf::capfctl {
namespace {

constexpr std::size_t kMaxCell = 4096;

void print_row(std::ostream& out, const Row& row, const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const auto text = printable(row[i], kMaxCell);
        line += text;
        if (i + 1 < row.size()) line.append(widths[i] + 2 - std::min(text.size(), widths[i]), ' ');
    }
    out << line << '\n';
}

void print_csv_row(std::ostream& out, const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) out << (i == 0 ? "" : ",") << csv_field(row[i]);
    out << "\r\n";
}

}  // namespace

void print_table(std::ostream& out, const Row& head, const std::vector<Row>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& text : head) widths.push_back(text.size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths.at(i) = std::max(widths.at(i), printable(row[i], kMaxCell).size());
    print_row(out, head, widths);
    for (const auto& row : rows) print_row(out, row, widths);
}

void print_csv(std::ostream& out, const Row& head, const std::vector<Row>& rows) {
    print_csv_row(out, head);
    for (const auto& row : rows) print_csv_row(out, row);
}

std::string csv_field(std::string_view text) {
    constexpr std::string_view kFormula = "=+-@\t\r", kQuoted = ",\"\r\n\t";
    std::string field(text);
    if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos) field.insert(0, 1, '\'');
    if (field.find_first_of(kQuoted) == std::string::npos && field == text) return field;
    std::string quoted = "\"";
    for (const char c : field) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace opencapf::capfctl
