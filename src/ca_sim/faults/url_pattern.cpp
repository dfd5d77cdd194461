// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/url_pattern.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/ca_faults/names.hpp"
#include "opencapf/http/message.hpp"

#include <algorithm>

namespace opencapf::ca_sim {

std::string normal_url_path(std::string_view path) { return to_lower(percent_decode(path, false)); }

Result<UrlPattern> UrlPattern::parse(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f; });
    if (text.empty() || text.size() > ca_faults::kMaxUrlBytes || !plain) {
        return fail(Errc::malformed,
                    "expected *, a page such as certfnsh.asp, or a path such as /certsrv; at most 256 "
                    "ASCII characters without blanks");
    }
    UrlPattern pattern;
    const std::size_t question = text.find('?');
    if (question != std::string_view::npos) pattern.conditions_ = http::parse_form(text.substr(question + 1));
    std::string_view path = text.substr(0, question);
    if (path.ends_with('*')) {
        pattern.prefix_ = true;
        path.remove_suffix(1);
    }
    if (path.find('*') != std::string_view::npos)
        return fail(Errc::malformed, "'*' may stand at the end of the path only");
    // "*" alone is everything, also outside of /certsrv.
    const bool page = !path.starts_with('/') && !(path.empty() && pattern.prefix_);
    pattern.path_ = (page ? "/certsrv/" : "") + normal_url_path(path);
    return pattern;
}

bool UrlPattern::matches(std::string_view path, std::string_view query) const {
    if (prefix_ ? !path.starts_with(path_) : path != path_) return false;
    if (conditions_.empty()) return true;
    const auto form = http::parse_form(query);
    return std::all_of(conditions_.begin(), conditions_.end(), [&](const auto& condition) {
        return iequals(http::form_value(form, condition.first), condition.second);
    });
}

std::string_view UrlPattern::only_path() const noexcept { return prefix_ ? std::string_view() : path_; }

}  // namespace opencapf::ca_sim
