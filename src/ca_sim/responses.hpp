// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/auth/authenticator.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/http/message.hpp"

#include <string>
#include <string_view>

/// Answers with the headers IIS sends (certsrv.md 1.4, 4.1).
namespace opencapf::ca_sim {

/// What depends on the process, not on the page.
struct ServerHeaders {
    std::string cookie_name;  ///< "ASPSESSIONID" and 8 letters, the same for the process's life
    WallClock clock;
};
ServerHeaders make_server_headers(WallClock clock);

/// An ASP page: 200, text/html without parameters, and a new session cookie.
http::Response asp_page(const ServerHeaders& server, std::string body);
/// A download from ASP: like a page, with this media type (again without parameters).
http::Response asp_download(const ServerHeaders& server, std::string_view media_type, std::string body);
/// A static file.
http::Response static_file(const ServerHeaders& server, std::string_view media_type, std::string body);
/// IIS's page of an error status.
http::Response http_error(const ServerHeaders& server, unsigned status);
/// 301 with the body of certsrv.md 1.1.
http::Response moved(const ServerHeaders& server, const std::string& location);
/// 401 for `decision`; `kernel_mode` makes an NTLM leg look like HTTP.sys'.
http::Response unauthorized(const ServerHeaders& server, const Decision& decision, bool kernel_mode);

/// Media types of downloads by client (certsrv.md 1.4).
std::string_view certificate_media_type(BrowserClass browser) noexcept;
std::string_view chain_media_type(BrowserClass browser) noexcept;
std::string_view crl_media_type(BrowserClass browser) noexcept;

/// "https://host/path": `host` is the Host header when it is a plausible host[:port], else `fallback`.
std::string absolute_url(std::string_view host, std::string_view fallback, std::string_view path);

}  // namespace opencapf::ca_sim
