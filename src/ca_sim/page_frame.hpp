// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/page_texts.hpp"

#include <string>
#include <string_view>

namespace opencapf::ca_sim {

inline constexpr std::string_view kEol = "\r\n";

/// Page text that is written line by line; every line ends in CRLF.
class PageText {
public:
    PageText& line(std::string_view text) {
        text_ += text;
        text_ += kEol;
        return *this;
    }
    [[nodiscard]] std::string take() { return std::move(text_); }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

/// The look all pages share: head, title bar with CA name and Home link, thin rule and page title as clients know them
/// (certsrv.md 1.7), our own style sheet on top, then `content` as the main landmark. `ca_name` is escaped here;
/// `heading` (the text of locPageTitle) and `content` are HTML already.
std::string page(std::string_view ca_name, std::string_view heading, std::string_view content,
                 PageLanguage language = PageLanguage::english);

/// For a <NoScript> with links: the form whose links need script would only be in the way.
inline constexpr std::string_view kHideScriptForm = "<Style>form[name=UIForm]{display:none}</Style>";

/// The inline style sheet, LF between rules. It must stay free of what clients search pages for: location=", digits
/// after "ReqID", file names.
std::string_view page_style() noexcept;

}  // namespace opencapf::ca_sim
