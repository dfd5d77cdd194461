// SPDX-License-Identifier: Apache-2.0
#include "ces/log/legacy_log.hpp"

#include <cstdlib>
#include <ctime>
#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using est::EstError;
using Lines = std::vector<std::string>;

/// The tech note's lines are local time of a machine at -0500.
class LegacyLogTest : public testing::Test {
protected:
    void SetUp() override {
        if (const char* zone = std::getenv("TZ")) zone_ = zone;
        ::setenv("TZ", "XXX5", 1);
        ::tzset();
    }
    void TearDown() override {
        zone_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", zone_.c_str(), 1);
        ::tzset();
    }

    static WallTime at(std::time_t utc) { return std::chrono::system_clock::from_time_t(utc); }

    static Lines ciscora(const std::vector<Event>& events) {
        Lines lines;
        for (const auto& event : events)
            for (auto& line : render_ciscora(event)) lines.push_back(std::move(line));
        return lines;
    }
    Lines start(const std::vector<Event>& events) const {
        Lines lines;
        for (const auto& event : events)
            for (auto& line : render_error_log({time_, event}, options_)) lines.push_back(std::move(line));
        return lines;
    }
    Lines connection(const std::vector<Event>& events) const {
        Lines lines;
        for (const auto& event : events)
            for (auto& line : render_error_log({time_, event}, options_, connection_)) lines.push_back(std::move(line));
        return lines;
    }

    WallTime time_ = at(1551304408);  // 2019-02-27 16:53:28 -0500
    RenderOptions options_{3187, "0.0.0.0:8084", true};
    ConnectionInfo connection_{2, "14.48.31.128"};

private:
    std::string zone_;
};

const std::string kUrl = "https://lab-dc.michamen.com:443/certsrv";
const std::string kChainUrl = kUrl + "/certnew.p7b?ReqID=CACert&Renewal=0&Enc=bin";

TEST_F(LegacyLogTest, CiscoRaStartUp) {
    const std::vector<std::string> trust = {"/O=Cisco/CN=ACT2 SUDI CA", "/DC=com/DC=michamen/CN=lab-ca.michamen.com"};
    std::vector<Event> events = {ConfigParsed{}};
    for (const auto& subject : trust) events.emplace_back(WebTrustAdded{subject});
    events.emplace_back(EstBanner{"CiscoSSL 1.0.2n.6.2.194-fips", "CiscoSSL 1.0.2n.6.2.194-fips"});
    for (const auto& subject : trust) events.emplace_back(EstTrustAdded{subject});
    events.emplace_back(PopDisabled{});
    events.emplace_back(TlsOptionsSet{});
    events.emplace_back(LoginSucceeded{kUrl});
    events.emplace_back(ChainRetrieved{kChainUrl});
    events.emplace_back(ServerStarted{31070});
    EXPECT_EQ(
        ciscora(events),
        (Lines{"nginx: [warn] CA Chain requested but this value has not yet been set",
               "nginx: [warn] CA Cert response requested but this value has not yet been set",
               "nginx: [warn] ossl_init_cert_store: Adding cert to store (/O=Cisco/CN=ACT2 SUDI CA)",
               "nginx: [warn] ossl_init_cert_store: Adding cert to store (/DC=com/DC=michamen/CN=lab-ca.michamen.com)",
               "***EST [INFO][est_log_version:216]--> libest 2.2.0 (API level 4)",
               "***EST [INFO][est_log_version:220]--> Compiled against CiscoSSL 1.0.2n.6.2.194-fips",
               "***EST [INFO][est_log_version:221]--> Linking to CiscoSSL 1.0.2n.6.2.194-fips",
               "***EST [INFO][ossl_init_cert_store_from_raw:182]--> Adding cert to store (/O=Cisco/CN=ACT2 SUDI CA)",
               "***EST [INFO][ossl_init_cert_store_from_raw:182]--> Adding cert to store "
               "(/DC=com/DC=michamen/CN=lab-ca.michamen.com)",
               "nginx: [warn] pop_enabled off in nginx.conf. Disabling EST Proof of Possession",
               "***EST [INFO][set_ssl_option:1378]--> Using non-default ECDHE curve (nid=415)",
               "***EST [INFO][set_ssl_option:1432]--> TLS SRP not enabled",
               "EnrollmentService.sh : nginx server PID value = 31070"}));
}

TEST_F(LegacyLogTest, ErrorLogStartUp) {
    time_ = at(1551807081);  // 2019-03-05 12:31:21 -0500
    options_.pid = 31067;
    EXPECT_EQ(
        start({LoginSucceeded{kUrl}, ChainRetrieved{kChainUrl}}),
        (Lines{"2019/03/05 12:31:21 [info] 31067#0: login_to_certsrv_ca: Secure connection to MS CertServ completed "
               "successfully using the following URL https://lab-dc.michamen.com:443/certsrv",
               "2019/03/05 12:31:21 [info] 31067#0: retrieve_cacerts: Secure connection to MS CertServ completed "
               "successfully using the following URL "
               "https://lab-dc.michamen.com:443/certsrv/certnew.p7b?ReqID=CACert&Renewal=0&Enc=bin",
               "2019/03/05 12:31:21 [info] 31067#0: ra_certsrv_ca_plugin_postconf: CA Cert chain retrieved from CA, "
               "will be passed to EST"}));
    // libEST's lines of the start go to the CiscoRA log, warnings go to both.
    EXPECT_TRUE(start({TlsOptionsSet{}, ServerStarted{1}}).empty());
    EXPECT_EQ(start({PopDisabled{}}).front(),
              "2019/03/05 12:31:21 [warn] 31067#0: pop_enabled off in nginx.conf. Disabling EST Proof of Possession");
}

TEST_F(LegacyLogTest, LoginFailuresOfTheTechNote) {
    const std::vector<std::pair<int, std::string>> cases = {
        {60, "SSL certificate problem: unable to get local issuer certificate"},
        {51, "SSL: certificate subject name 'lab-dc' does not match target host name 'lab-dc.michamen.com'"},
        {6, "Could not resolve: lab-dcc.michamen.com (Domain name not found)"},
        {60, "SSL certificate problem: certificate is not yet valid"},
        {28, "Operation timed out after 10000 milliseconds with 0 bytes received"}};
    for (const auto& [code, text] : cases) {
        EXPECT_EQ(ciscora({LoginFailed{code, text, "today's words", kUrl}, ChainLoginFailed{}, ChainUnavailable{}}),
                  (Lines{"nginx: [warn] login_to_certsrv_ca: Curl call for MS CA login failed with return code " +
                             std::to_string(code) + " (" + text + ")",
                         "nginx: [warn] login_to_certsrv_ca: URL used: https://lab-dc.michamen.com:443/certsrv",
                         "nginx: [error] retrieve_cacerts: Unable to execute login to certsrv with curl",
                         "nginx: [warn] ra_certsrv_ca_plugin_postconf: Unable to retrieve CA Cert chain from CA"}));
    }
    EXPECT_EQ(
        start({LoginFailed{6, "Could not resolve: x (Domain name not found)", "Could not resolve host: x", kUrl},
               ChainLoginFailed{}}),
        (Lines{"2019/02/27 16:53:28 [warn] 3187#0: login_to_certsrv_ca: Curl call for MS CA login failed with return "
               "code 6 (Could not resolve: x (Domain name not found))",
               "2019/02/27 16:53:28 [warn] 3187#0: login_to_certsrv_ca: URL used: "
               "https://lab-dc.michamen.com:443/certsrv",
               "2019/02/27 16:53:28 [info] 3187#0: login_to_certsrv_ca: libcurl said: Could not resolve host: x",
               "2019/02/27 16:53:28 [error] 3187#0: retrieve_cacerts: Unable to execute login to certsrv with curl"}));
}

TEST_F(LegacyLogTest, ChainTimeOutOfTheTechNote) {
    EXPECT_EQ(
        ciscora({ChainRequestFailed{
                     28, "Operation timed out after 10001 milliseconds with 0 bytes received", {}, kChainUrl},
                 ChainUnavailable{}}),
        (Lines{"nginx: [warn] retrieve_cacerts: Curl request failed with return code 28 (Operation timed out after "
               "10001 milliseconds with 0 bytes received)",
               "nginx: [warn] retrieve_cacerts: URL used: "
               "https://lab-dc.michamen.com:443/certsrv/certnew.p7b?ReqID=CACert&Renewal=0&Enc=bin",
               "nginx: [warn] ra_certsrv_ca_plugin_postconf: Unable to retrieve CA Cert chain from CA"}));
}

TEST_F(LegacyLogTest, TemplateTypoBlockOfTheTechNote) {
    Access access;
    access.client = "14.48.31.128";
    access.time = time_;
    access.method = "POST";
    access.target = "/.well-known/est/simpleenroll";
    access.status = 401;
    access.bytes = 72;
    access.user_agent = "Cisco EST client 1.0";
    const std::string suffix = " while SSL EST handshaking, client: 14.48.31.128, server: 0.0.0.0:8084";
    const std::string iis = "https://lab-dc-iis.michamen.com:443/certsrv";
    EXPECT_EQ(
        connection(
            {NoPeerCertificate{}, WebTrustAdded{"/DC=com/DC=michamen/CN=LAB-DC-RTP"}, AuthDataReceived{163},
             LoginSucceeded{iis}, AuthDataReceived{11771}, PageFetched{CaPage::request, iis + "/certrqxt.asp"},
             AuthRejected{},
             RequestFailed{EstError::auth_fail, 401, "Unauthorized", "The server was unable to authorize the request."},
             access, ConnectionEnded{false}}),
        (Lines{"***EST [INFO][est_enroll_auth:356]--> TLS: no peer certificate",
               "2019/02/27 16:53:28 [warn] 3187#0: *2 ossl_init_cert_store: Adding cert to store "
               "(/DC=com/DC=michamen/CN=LAB-DC-RTP)" +
                   suffix,
               "2019/02/27 16:53:28 [info] 3187#0: *2 ra_certsrv_auth_curl_data_cb: Rcvd data len: 163" + suffix,
               "2019/02/27 16:53:28 [info] 3187#0: *2 login_to_certsrv_ca: Secure connection to MS CertServ completed "
               "successfully using the following URL https://lab-dc-iis.michamen.com:443/certsrv" +
                   suffix,
               "2019/02/27 16:53:28 [info] 3187#0: *2 ra_certsrv_auth_curl_data_cb: Rcvd data len: 11771" + suffix,
               "2019/02/27 16:53:28 [info] 3187#0: *2 navigate_to_certsrv_page: Secure connection to MS CertServ "
               "completed "
               "successfully using the following URL https://lab-dc-iis.michamen.com:443/certsrv/certrqxt.asp" +
                   suffix,
               "***EST [WARNING][est_enroll_auth:394]--> HTTP authentication failed. Auth type=1",
               "***EST [WARNING][est_http_request:1435]--> Enrollment failed with rc=22 (EST_ERR_AUTH_FAIL)",
               "***EST [INFO][mg_send_http_error:389]--> [Error 401: Unauthorized",
               "The server was unable to authorize the request.", "]",
               "***EST [ERROR][est_mg_handler:1234]--> EST error response code: 22 (EST_ERR_AUTH_FAIL)",
               "***EST [WARNING][handle_request:1267]--> Incoming request failed rv=22 (EST_ERR_AUTH_FAIL)",
               "***EST [INFO][log_access:1298]--> 14.48.31.128 [27/Feb/2019:16:53:28 -0500] \"POST "
               "/.well-known/est/simpleenroll HTTP/1.1\" 401 0",
               "***EST [INFO][log_header:1276]--> -", "***EST [INFO][log_header:1278]--> \"Cisco EST client 1.0\"",
               "***EST [WARNING][est_server_handle_request:1716]--> SSL_shutdown failed"}));
}

TEST_F(LegacyLogTest, AccessLineOfASuccess) {
    Access access;
    access.client = "10.0.0.1";
    access.time = time_;
    access.method = "POST";
    access.target = "/.well-known/est/simpleenroll";
    access.status = 200;
    access.bytes = 1963;
    EXPECT_THAT(connection({access}).front(), testing::EndsWith("HTTP/1.1\" -1 0"));
    options_.classic_access_lines = false;
    EXPECT_THAT(connection({access}).front(), testing::EndsWith("HTTP/1.1\" 200 1963"));
}

TEST_F(LegacyLogTest, LostResponseNamesTheWriteError) {
    const auto lines = connection({ResponseLost{}});
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0], "***EST [WARNING][est_http_request:1435]--> Enrollment failed with rc=10 (EST_ERR_HTTP_WRITE)");
}

TEST_F(LegacyLogTest, AccessLogIsNginxsCombinedFormatWithIdAndDuration) {
    Access access;
    access.client = "10.0.0.1";
    access.time = time_;
    access.method = "POST";
    access.target = "/.well-known/est/simpleenroll";
    access.status = 200;
    access.bytes = 1234;
    access.user_agent = "Cisco EST client 1.0";
    access.account = "LAB\\cisco \"ra";
    access.correlation = "0123456789abcdef";
    access.taken = metrics::Seconds(0.0421);
    EXPECT_EQ(render_access_log(access),
              R"(10.0.0.1 - LAB\x5Ccisco\x20\x22ra [27/Feb/2019:16:53:28 -0500] )"
              R"("POST /.well-known/est/simpleenroll HTTP/1.1" 200 1234 "-" "Cisco EST client 1.0" )"
              "rid=0123456789abcdef rt=0.042");
}

TEST_F(LegacyLogTest, WhatWasNoRequestIsInTheAccessLogOnly) {
    Access access;
    access.client = "10.0.0.1";
    access.time = time_;
    access.status = 400;
    access.bytes = 20;
    access.correlation = "ab";
    EXPECT_EQ(render_access_log(access),
              R"(10.0.0.1 - - [27/Feb/2019:16:53:28 -0500] "-" 400 20 "-" "-" rid=ab rt=0.000)");
    EXPECT_TRUE(render_error_log({time_, access}, options_, connection_).empty());
}

TEST_F(LegacyLogTest, PeersCannotForgeLines) {
    Access access;
    access.client = "10.0.0.1";
    access.time = time_;
    access.method = "GET";
    access.target = "/a\r\nb";
    access.user_agent = "x\n2019/01/01 00:00:00 [info] 1#0: forged";
    access.status = 404;
    for (const auto& event :
         std::vector<Event>{access, WebTrustAdded{"/CN=a\nb"},
                            RequestFailed{EstError::ca_enroll_fail, 403, "Forbidden", "denied\nforged"},
                            LoginFailed{35, "bad\nforged", "worse\nforged", kUrl}}) {
        for (const auto& line : connection({event})) EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    }
}

}  // namespace
}  // namespace opencapf::ces
