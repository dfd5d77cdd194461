// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/responses.hpp"

#include "opencapf/base/bytes.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

constexpr std::string_view kIis = "Microsoft-IIS/10.0";
constexpr std::string_view kHttpSys = "Microsoft-HTTPAPI/2.0";
constexpr std::string_view kHtml = "text/html";

std::string random_letters(std::size_t count) {
    std::string text;
    for (const std::uint8_t byte : random_bytes(count)) text += static_cast<char>('A' + byte % 26);
    return text;
}

http::Response base(const ServerHeaders& server, unsigned status, std::string_view media_type, std::string body,
                    std::string_view software = kIis) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", std::string(media_type));
    response.headers.add("Server", std::string(software));
    if (software == kIis) response.headers.add("X-Powered-By", "ASP.NET");
    response.headers.add("Date", format_utc(server.clock(), "%a, %d %b %Y %H:%M:%S GMT"));
    response.body = std::move(body);
    return response;
}

}  // namespace

ServerHeaders make_server_headers(WallClock clock) {
    ServerHeaders server;
    server.cookie_name = "ASPSESSIONID" + random_letters(8);
    server.clock = std::move(clock);
    return server;
}

http::Response asp_download(const ServerHeaders& server, std::string_view media_type, std::string body) {
    http::Response response = base(server, 200, media_type, std::move(body));
    response.headers.add("Cache-Control", "private");
    response.headers.add("Set-Cookie", server.cookie_name + "=" + random_letters(24) + "; secure; path=/");
    return response;
}

http::Response asp_page(const ServerHeaders& server, std::string body) {
    return asp_download(server, kHtml, std::move(body));
}

http::Response static_file(const ServerHeaders& server, std::string_view media_type, std::string body) {
    return base(server, 200, media_type, std::move(body));
}

http::Response http_error(const ServerHeaders& server, unsigned status) {
    http::Response response = base(server, status, kHtml, http_error_body(status));
    if (status == 405) response.headers.add("Allow", "GET, HEAD, POST");
    return response;
}

http::Response moved(const ServerHeaders& server, const std::string& location) {
    http::Response response = base(server, 301, "text/html; charset=UTF-8", moved_body(location));
    response.headers.add("Location", location);
    return response;
}

http::Response unauthorized(const ServerHeaders& server, const Decision& decision, bool kernel_mode) {
    http::Response response = kernel_mode && decision.handshake_leg ? base(server, 401, "text/html; charset=us-ascii",
                                                                           kernel_unauthorized_body(), kHttpSys)
                                                                    : base(server, 401, kHtml, http_error_body(401));
    for (const std::string& challenge : decision.www_authenticate) {
        response.headers.add("WWW-Authenticate", challenge);
    }
    return response;
}

std::string_view certificate_media_type(BrowserClass browser) noexcept {
    return browser == BrowserClass::unknown ? kHtml : "application/pkix-cert";
}

std::string_view chain_media_type(BrowserClass browser) noexcept {
    return browser == BrowserClass::unknown ? kHtml : "application/x-pkcs7-certificates";
}

std::string_view crl_media_type(BrowserClass browser) noexcept {
    return browser == BrowserClass::unknown ? kHtml : "application/pkix-crl";
}

std::string absolute_url(std::string_view host, std::string_view fallback, std::string_view path) {
    const bool plausible = !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(".-_:[]").find(c) != std::string_view::npos;
    });
    std::string url = "https://";
    url += plausible ? host : fallback;
    url += path;
    return url;
}

}  // namespace opencapf::ca_sim
