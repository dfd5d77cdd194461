// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// The look all pages share (certsrv.md 1.7): head, teal title bar with CA name and Home link, thin rule, then
/// `content`. `ca_name` is escaped here; `content` is HTML already. `heading` is the text of locPageTitle.
std::string page(std::string_view ca_name, std::string_view heading, std::string_view content);

}  // namespace opencapf::ca_sim
