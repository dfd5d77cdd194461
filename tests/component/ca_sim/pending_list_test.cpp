// SPDX-License-Identifier: Apache-2.0
#include "component/ca_sim/running_ca.hpp"
#include "opencapf/process/admin_socket.hpp"

#include <gmock/gmock.h>
#include <optional>

// The list of pending requests that lives in a browser's cookie, over the wire.
namespace opencapf::ca_sim {
namespace {

using test::RunningCa;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string csr() { return x509::make_request({{"CN", "SEP001122334455"}}, test::phone_key()).pem(); }

std::string shown_id(const std::string& page, const std::string& before) {
    const std::size_t at = page.find(before);
    if (at == std::string::npos) throw std::runtime_error("no id in " + page);
    const std::size_t start = at + before.size();
    return page.substr(start, page.find_first_not_of("0123456789", start) - start);
}

/// What an answer wants kept of the list; nothing when it leaves the list alone.
std::optional<std::string> list_cookie(const http::ClientResponse& answer) {
    for (const auto& [name, value] : answer.headers.fields()) {
        if (iequals(name, "Set-Cookie") && value.starts_with("Requests=")) return value.substr(0, value.find(';'));
    }
    return std::nullopt;
}

http::ClientRequest post(const std::string& page, const std::string& body, const std::string& cookie) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = "/certsrv/" + page;
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    if (!cookie.empty()) request.headers.add("Cookie", cookie);
    request.body = body;
    return request;
}

TEST(PendingList, RemembersPendingRequestsOnly) {
    RunningCa ca;
    ca.start();
    const auto browser = ca.basic();
    EXPECT_EQ(list_cookie(browser->submit(csr(), "CertificateTemplate:CiscoRA")), std::nullopt);
    const auto pending = browser->submit(csr(), "CertificateTemplate:Slow");
    const std::string id = shown_id(pending.body, "Your Request Id is ");
    ASSERT_TRUE(list_cookie(pending).has_value());
    EXPECT_THAT(*list_cookie(pending), StartsWith("Requests=%5B" + id + "%2C0%2Cyes%2C"));

    http::ClientRequest list;
    list.url = "/certsrv/certckpn.asp";
    list.headers.add("Cookie", *list_cookie(pending));
    EXPECT_THAT(browser->send(list).body, HasSubstr("(Request Id " + id + ")"));
    const auto polled = browser->send(post("certfnsh.asp", "Mode=chkpnd&ReqID=" + id, *list_cookie(pending)));
    EXPECT_THAT(polled.body, HasSubstr("still pending"));
    EXPECT_EQ(list_cookie(polled), std::nullopt) << "looking does not make it live longer";

    const auto removed = browser->send(post("certrmpn.asp", "Action=rmpn&ReqID=" + id, *list_cookie(pending)));
    EXPECT_EQ(list_cookie(removed), "Requests=");
}

TEST(PendingList, ForgetsWhatWasDecided) {
    RunningCa ca;
    ca.start();
    const auto browser = ca.basic();
    const std::string id = shown_id(browser->submit(csr(), "CertificateTemplate:CiscoRA").body, "certnew.cer?ReqID=");
    const std::string list = "Requests=[" + id + ",0,yes,mine][4000000,0,yes,other]";
    for (const std::string& body : {"Mode=chkpnd&ReqID=" + id, "Action=inst&ReqID=" + id}) {
        const auto answer = browser->send(post(body.starts_with("Mode") ? "certfnsh.asp" : "certrmpn.asp", body, list));
        EXPECT_THAT(answer.body, HasSubstr("certnew.cer?ReqID=" + id + "&"));
        EXPECT_EQ(list_cookie(answer), "Requests=%5B4000000%2C0%2Cyes%2Cother%5D");
    }
}

TEST(PendingList, SaysWhatWasRevokedSinceAndForgetsIt) {
    const test::TempDir dir;
    RunningCa ca;
    ca.config().admin_socket = dir.file("admin.sock");
    ca.start();
    const auto browser = ca.basic();
    const std::string id = shown_id(browser->submit(csr(), "CertificateTemplate:CiscoRA").body, "certnew.cer?ReqID=");
    const auto revoked = process::admin_request(
        ca.config().admin_socket, R"({"version":1,"command":"ca.request.revoke","reason":0,"id":)" + id + "}");
    ASSERT_TRUE(revoked.has_value());
    ASSERT_THAT(*revoked, HasSubstr("\"ok\":true"));
    for (const std::string& body : {"Mode=chkpnd&ReqID=" + id, "Action=inst&ReqID=" + id}) {
        const auto answer = browser->send(
            post(body.starts_with("Mode") ? "certfnsh.asp" : "certrmpn.asp", body, "Requests=[" + id + ",0,yes,mine]"));
        EXPECT_THAT(answer.body, HasSubstr("<P ID=locIssRev>"));
        EXPECT_THAT(answer.body, HasSubstr("Your Request Id is " + id + "."));
        EXPECT_THAT(answer.body, Not(HasSubstr("certnew.")));
        EXPECT_EQ(list_cookie(answer), "Requests=");
    }
}

TEST(PendingList, RefusesWhatMakesNoSense) {
    RunningCa ca;
    ca.start();
    const auto browser = ca.basic();
    for (const char* body : {"", "Action=rmpn", "Action=rmpn&ReqID=x", "Action=other&ReqID=1", "Action=inst"}) {
        const auto answer = browser->send(post("certrmpn.asp", body, "Requests=[1,0,yes,mine]"));
        EXPECT_THAT(answer.body, HasSubstr("Your request failed.")) << body;
        EXPECT_EQ(list_cookie(answer), std::nullopt) << body;
    }
    EXPECT_THAT(browser->get("/certsrv/certrmpn.asp").body, HasSubstr("Your request failed."));
}

}  // namespace
}  // namespace opencapf::ca_sim
