// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::capfctl {

using Row = std::vector<std::string>;

/// Rows of texts under a head, each column as wide as its widest text. Control characters are escaped: what a CA or a
/// phone chose must not drive the terminal.
void print_table(std::ostream& out, const Row& head, const std::vector<Row>& rows);

/// The same by RFC 4180: lines end with CRLF, the first one is the head.
void print_csv(std::ostream& out, const Row& head, const std::vector<Row>& rows);

/// One field of it. A spreadsheet takes a field that begins with = + - @ or a tab for a formula and runs it, also out
/// of quotes: such a field gets an apostrophe in front.
std::string csv_field(std::string_view text);

}  // namespace opencapf::capfctl
