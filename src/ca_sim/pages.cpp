// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/pages.hpp"

#include "ca_sim/page_frame.hpp"
#include "opencapf/base/text.hpp"

#include <array>

namespace opencapf::ca_sim {
namespace {

struct StatusText {
    unsigned status;
    std::string_view title;
    std::string_view explanation;
};

constexpr std::array<StatusText, 6> kStatusTexts{{
    {401, "401 - Unauthorized: Access is denied due to invalid credentials.",
     "The credentials you supplied do not allow you to view this directory or page."},
    {404, "404 - File or directory not found.",
     "Nothing is served under this name; it may have been removed or renamed."},
    {405, "405 - HTTP verb used to access this page is not allowed.", "This page does not answer this HTTP method."},
    {500, "500 - Internal server error.", "The server met a problem and could not show this page."},
    {501, "501 - Header values specify a method that is not implemented.", "The server does not know this method."},
    {503, "503 - Service Unavailable.", "The server is stopping or overloaded. Try again later."},
}};

}  // namespace

BrowserClass browser_class(std::string_view user_agent) noexcept {
    if (user_agent.find("MSIE") != std::string_view::npos || user_agent.find("Trident") != std::string_view::npos) {
        return BrowserClass::internet_explorer;
    }
    if (user_agent.find("Mozilla") != std::string_view::npos) return BrowserClass::netscape;
    return BrowserClass::unknown;
}

std::string moved_body(std::string_view location) {
    std::string body =
        "<head><title>Document Moved</title></head>\n<body><h1>Object Moved</h1>This document may be found "
        "<a HREF=\"";
    body += html_escape(location);
    body += "\">here</a></body>";
    return body;
}

std::string http_error_body(unsigned status) {
    StatusText text{status, "Error", "The request was not answered."};
    for (const StatusText& known : kStatusTexts) {
        if (known.status == status) text = known;
    }
    PageText out;
    out.line(
           "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
           "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">")
        .line("<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">")
        .line("<head>")
        .line("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-1\"/>")
        .line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>")
        .line("<title>" + std::string(text.title) + "</title>")
        .line("</head>")
        .line("<body>")
        .line("<h1>Server Error</h1>")
        .line("<h2>" + std::string(text.title) + "</h2>")
        .line("<h3>" + std::string(text.explanation) + "</h3>")
        .line("</body>")
        .line("</html>");
    return out.take();
}

std::string kernel_unauthorized_body() {
    PageText out;
    out.line("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">")
        .line("<HTML><HEAD><TITLE>Not Authorized</TITLE>")
        .line("<META HTTP-EQUIV=\"Content-Type\" Content=\"text/html; charset=us-ascii\"></HEAD>")
        .line("<BODY><h2>Not Authorized</h2>")
        .line("<hr><p>HTTP Error 401. The requested resource requires user authentication.</p>")
        .line("</BODY></HTML>");
    return out.take();
}

}  // namespace opencapf::ca_sim
