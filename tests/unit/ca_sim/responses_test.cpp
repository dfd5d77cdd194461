// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/responses.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <regex>

namespace opencapf::ca_sim {
namespace {

ServerHeaders server() {
    return make_server_headers([] { return WallTime(std::chrono::seconds(1547647502)); });
}

TEST(Responses, AspPageHasTheHeadersOfIis) {
    const ServerHeaders headers = server();
    const http::Response page = asp_page(headers, "x");
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.headers.get("Content-Type"), "text/html");
    EXPECT_EQ(page.headers.get("Cache-Control"), "private");
    EXPECT_EQ(page.headers.get("Server"), "Microsoft-IIS/10.0");
    EXPECT_EQ(page.headers.get("X-Powered-By"), "ASP.NET");
    EXPECT_EQ(page.headers.get("Date"), "Wed, 16 Jan 2019 14:05:02 GMT");
    const std::string cookie(page.headers.get("Set-Cookie"));
    EXPECT_TRUE(std::regex_match(cookie, std::regex("ASPSESSIONID[A-Z]{8}=[A-Z]{24}; secure; path=/"))) << cookie;
    EXPECT_NE(asp_page(headers, "x").headers.get("Set-Cookie"), cookie);
}

TEST(Responses, UnauthorizedKeepsTheOrderOfProviders) {
    Decision decision;
    decision.www_authenticate = {"NTLM", "Negotiate", "Basic realm=\"dc\""};
    const http::Response answer = unauthorized(server(), decision, false);
    EXPECT_EQ(answer.status, 401U);
    EXPECT_FALSE(answer.close);
    std::vector<std::string> offered;
    for (const auto& [name, value] : answer.headers.fields()) {
        if (name == "WWW-Authenticate") offered.push_back(value);
    }
    EXPECT_EQ(offered, decision.www_authenticate);
    decision.handshake_leg = true;
    const http::Response kernel = unauthorized(server(), decision, true);
    EXPECT_EQ(kernel.headers.get("Server"), "Microsoft-HTTPAPI/2.0");
    EXPECT_EQ(kernel.body.size(), 341U);
}

TEST(Responses, AbsoluteUrlTakesOnlyPlausibleHosts) {
    EXPECT_EQ(absolute_url("dc.example.test:8443", "f", "/certsrv/"), "https://dc.example.test:8443/certsrv/");
    EXPECT_EQ(absolute_url("[::1]:8443", "f", "/certsrv/"), "https://[::1]:8443/certsrv/");
    EXPECT_EQ(absolute_url("", "fallback", "/certsrv/"), "https://fallback/certsrv/");
    EXPECT_EQ(absolute_url("a\"><script>", "fallback", "/x"), "https://fallback/x");
}

TEST(Responses, DownloadsDependOnTheClient) {
    EXPECT_EQ(certificate_media_type(BrowserClass::unknown), "text/html");
    EXPECT_EQ(certificate_media_type(BrowserClass::netscape), "application/pkix-cert");
    EXPECT_EQ(chain_media_type(BrowserClass::internet_explorer), "application/x-pkcs7-certificates");
    EXPECT_EQ(http_error(server(), 405).headers.get("Allow"), "GET, HEAD, POST");
}

}  // namespace
}  // namespace opencapf::ca_sim
