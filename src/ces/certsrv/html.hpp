// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ces {

/// One start or end tag of a page. Names in lower case; `begin` and `end` are offsets of '<' and behind '>'.
struct HtmlTag {
    std::string name;
    bool closing = false;
    std::string id;     ///< attribute "id", entities decoded
    std::string field;  ///< attribute "name"
    std::string value;  ///< attribute "value"
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Reads tags the way IIS's ASP pages need it: unquoted and quoted attributes, any letter case; comments and the inside
/// of script elements are skipped. At most `limit` tags. Never fails: text that is no HTML simply has no tags.
std::vector<HtmlTag> html_tags(std::string_view page, std::size_t limit = 20'000);

/// Numeric and the five XML entities plus &nbsp; anything else stays as it is. Code points above 127 become UTF-8.
std::string html_unescape(std::string_view text);

/// `text` without tags; entities stay, so that quotes of the text and escaped quotes differ. White space is collapsed.
std::string html_strip(std::string_view text);

/// Position of `needle` at or after `from`, ASCII letter case ignored; npos when absent.
std::size_t find_ignoring_case(std::string_view text, std::string_view needle, std::size_t from = 0) noexcept;

}  // namespace opencapf::ces
