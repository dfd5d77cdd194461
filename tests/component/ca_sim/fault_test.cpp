// SPDX-License-Identifier: Apache-2.0
#include "component/ca_sim/running_ca.hpp"
#include "opencapf/process/admin_socket.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace opencapf::ca_sim {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;

constexpr std::chrono::milliseconds kMoment{200};
constexpr const char* kAttributes = "CertificateTemplate:CiscoRA\r\n";

class Faults : public testing::Test {
protected:
    Faults() {
        ca_.config().admin_socket = ca_.ca_file() + ".sock";
        ca_.start();
    }

    Json admin(Json request) {
        request["version"] = 1;
        const auto answer = process::admin_request(ca_.config().admin_socket, request.dump());
        EXPECT_TRUE(answer);
        return Json::parse(answer.value());
    }
    Json set(const std::string& name, Json more = Json::object()) {
        more["command"] = "ca.fault.set";
        more["name"] = name;
        const Json answer = admin(more);
        EXPECT_EQ(answer["ok"], true) << answer.dump();
        return answer;
    }
    Json list() { return admin({{"command", "ca.fault.list"}})["faults"]; }

    /// "curl 60: ..." of a request that must fail.
    static std::string failure(test::Client& client, const std::string& path) {
        try {
            client.get(path);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "answered";
    }
    std::string failure(const std::string& path = "/certsrv/") { return failure(*ca_.basic(), path); }
    static std::string code(int curl_code) { return "curl " + std::to_string(curl_code) + ": "; }

    test::RunningCa ca_;
};

// TLS
// ------------------------------------------------------------------------------------------------------------------

struct TlsFault {
    const char* name;
    const char* text;
};
void PrintTo(const TlsFault& fault, std::ostream* out) { *out << fault.name; }
class TlsFaults : public Faults, public testing::WithParamInterface<TlsFault> {};

TEST_P(TlsFaults, AreSeenByOneConnectionAndThenAllIsWell) {
    set(GetParam().name, {{"count", 1}});
    const std::string seen = failure();
    EXPECT_THAT(seen, StartsWith(code(CURLE_PEER_FAILED_VERIFICATION)));
    EXPECT_THAT(seen, HasSubstr(GetParam().text));
    EXPECT_EQ(ca_.basic()->get("/certsrv/").status, 200U);
    EXPECT_EQ(list()[0]["applied"], 1);
    EXPECT_EQ(list()[0]["left"], 0);
}

INSTANTIATE_TEST_SUITE_P(All, TlsFaults,
                         testing::Values(TlsFault{"tls-self-signed", "self-signed certificate"},
                                         TlsFault{"tls-wrong-name", "does not match target host name"},
                                         TlsFault{"tls-not-yet-valid", "certificate is not yet valid"},
                                         TlsFault{"tls-expired", "certificate has expired"},
                                         TlsFault{"tls-incomplete-chain", "unable to get local issuer certificate"}),
                         [](const auto& row) {
                             std::string name = row.param.name;
                             std::erase(name, '-');
                             return name;
                         });

TEST_F(Faults, CloseAndResetBeforeTls) {
    set("close", {{"phase", "connect"}, {"count", 1}});
    EXPECT_THAT(failure(), StartsWith(code(CURLE_SSL_CONNECT_ERROR)));
    set("reset", {{"phase", "connect"}, {"count", 1}});
    // The reset may be there before libcurl looks at its new connection.
    EXPECT_THAT(failure(), AnyOf(StartsWith(code(CURLE_SSL_CONNECT_ERROR)), StartsWith(code(CURLE_COULDNT_CONNECT))));
    EXPECT_EQ(ca_.basic()->get("/certsrv/").status, 200U);
}

// Transfers
// ------------------------------------------------------------------------------------------------------------

TEST_F(Faults, ADelayIsInTheLogToo) {
    set("delay", {{"seconds", 0.2}, {"count", 1}, {"url", "certrqxt.asp"}});
    const auto client = ca_.basic();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(client->get("/certsrv/certrqxt.asp").status, 200U);
    EXPECT_GE(std::chrono::steady_clock::now() - began, kMoment);
    (void)ca_.log_lines(1);
    const auto lines = split(read_file(ca_.app().log_path()), '\n');
    const auto line =
        std::find_if(lines.begin(), lines.end(), [](const auto& one) { return one.find("rqxt") != std::string::npos; });
    ASSERT_NE(line, lines.end());
    EXPECT_GE(std::stoi(split(*line, ' ').back()), kMoment.count()) << *line;
}

TEST_F(Faults, ADelayWithinTheBody) {
    set("delay-body", {{"seconds", 0.2}, {"count", 1}});
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THAT(ca_.basic()->get("/certsrv/").body, HasSubstr("</HTML>"));
    EXPECT_GE(std::chrono::steady_clock::now() - began, kMoment);
}

TEST_F(Faults, CloseAndResetInsteadOfAnAnswer) {
    set("close", {{"count", 1}});
    EXPECT_THAT(failure(), StartsWith(code(CURLE_GOT_NOTHING)));
    set("reset", {{"count", 1}});
    EXPECT_THAT(failure(), StartsWith(code(CURLE_RECV_ERROR)));
    set("close", {{"count", 1}, {"bytes", 10}});
    EXPECT_THAT(failure(), StartsWith(code(CURLE_PARTIAL_FILE)));
    EXPECT_THAT(ca_.log_lines(3), ElementsAre("GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 200 0 64",
                                              "GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 200 0 64",
                                              "GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 200 0 64"));
}

TEST_F(Faults, AConnectionDroppedBetweenTheLegsOfNtlm) {
    set("close", {{"phase", "login"}, {"url", "/certsrv"}, {"count", 1}});
    const auto client = ca_.ntlm();
    EXPECT_THAT(failure(*client, "/certsrv"), StartsWith(code(CURLE_GOT_NOTHING)));
    EXPECT_EQ(ca_.log_lines(1).front(), "GET /certsrv - - CiscoRA+1.0 - 401 1 64");
    EXPECT_EQ(client->get("/certsrv").status, 301U);
}

// Refusals
// -------------------------------------------------------------------------------------------------------------

TEST_F(Faults, UnauthorizedWhateverThePassword) {
    set("unauthorized", {{"url", "/certsrv"}});
    const auto client = ca_.ntlm();
    const auto refused = client->get("/certsrv");
    EXPECT_EQ(refused.status, 401U);
    EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "NTLM");
    EXPECT_THAT(ca_.log_lines(2), ElementsAre("GET /certsrv - - CiscoRA+1.0 - 401 1 2148074254",
                                              "GET /certsrv - - CiscoRA+1.0 - 401 1 2148074252"));
    admin({{"command", "ca.fault.clear"}, {"name", "unauthorized"}});
    EXPECT_EQ(client->get("/certsrv").status, 301U);
}

TEST_F(Faults, RefusalsAsIisGivesThem) {
    const auto client = ca_.basic();
    set("forbidden", {{"count", 1}});
    set("server-error", {{"count", 1}});
    EXPECT_EQ(client->get("/certsrv/").status, 403U);
    EXPECT_EQ(client->get("/certsrv/").status, 500U);
    EXPECT_EQ(client->get("/certsrv/").status, 200U);
    EXPECT_THAT(ca_.log_lines(3), ElementsAre("GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 403 0 5",
                                              "GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 500 0 0",
                                              "GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 200 0 0"));
}

TEST_F(Faults, HttpSysAnswers503AndTheSiteKnowsNothing) {
    const auto client = ca_.basic();
    set("unavailable", {{"count", 1}});
    const auto answer = client->get("/certsrv/");
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.headers.get("Server"), "Microsoft-HTTPAPI/2.0");
    EXPECT_THAT(answer.body, HasSubstr("The service is unavailable."));
    EXPECT_EQ(client->get("/certsrv/").status, 200U);
    EXPECT_THAT(ca_.log_lines(1), ElementsAre("GET /certsrv/ - LAB\\ciscora Mozilla/5.0 - 200 0 0"));
}

// What the CA says
// -----------------------------------------------------------------------------------------------------

TEST_F(Faults, AMissingTemplateIsNeitherListedNorAccepted) {
    const auto client = ca_.basic();
    set("template-missing", {{"template", "CiscoRA"}});
    EXPECT_THAT(client->get("/certsrv/certrqxt.asp").body, Not(HasSubstr(";CiscoRA;")));
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body, HasSubstr("0x80094800"));
    admin({{"command", "ca.fault.clear"}, {"all", true}});
    EXPECT_THAT(client->get("/certsrv/certrqxt.asp").body, HasSubstr(";CiscoRA;"));
}

TEST_F(Faults, PendingAndDeniedAreRecorded) {
    const auto client = ca_.basic();
    set("pending", {{"count", 1}});
    set("denied", {{"count", 1}});
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body, HasSubstr("Your Request Id is 1."));
    EXPECT_THAT(client->get("/certsrv/certnew.cer?ReqID=1").body, HasSubstr("Taken Under Submission"));
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body,
                HasSubstr("Denied by Policy Module  0x80094012, "));
    EXPECT_THAT(client->get("/certsrv/certnew.cer?ReqID=2").body, HasSubstr("0x80094012"));
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body, HasSubstr("Certificate Issued"));
}

TEST_F(Faults, ACaThatIsDownAnswersNothingButPages) {
    const auto client = ca_.basic();
    set("ca-down", {{"count", 3}});
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body, HasSubstr("0x800706ba"));
    EXPECT_THAT(client->get("/certsrv/certnew.p7b?ReqID=CACert").body, HasSubstr("The RPC server is unavailable."));
    EXPECT_THAT(client->get("/certsrv/certrqxt.asp").body, HasSubstr(";CiscoRA;"));
    EXPECT_THAT(client->get("/certsrv/certcrl.crl").body, HasSubstr("0x800706ba"));
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body, HasSubstr("ReqID=1&"));
}

TEST_F(Faults, ACertificateForAnotherKey) {
    const auto client = ca_.basic();
    client->submit(test::phone_request().pem(), kAttributes);
    const auto right = x509::Certificate::from_pem(client->get("/certsrv/certnew.cer?ReqID=1&Enc=b64").body).value();
    set("wrong-key", {{"count", 3}});
    const auto body = client->get("/certsrv/certnew.cer?ReqID=1&Enc=b64").body;
    const auto wrong = x509::Certificate::from_pem(body).value();
    EXPECT_EQ(wrong.subject_rfc2253(), right.subject_rfc2253());
    EXPECT_FALSE(wrong.public_key() == right.public_key());
    EXPECT_TRUE(x509::TrustStore({x509::Certificate::load(ca_.ca_file())}).verify(wrong));
    EXPECT_THAT(body, HasSubstr("-----END CERTIFICATE-----\r\n"));
    EXPECT_EQ(client->get("/certsrv/certnew.cer?ReqID=1&Enc=b64").body, body) << "the same one each time";
    EXPECT_TRUE(x509::Certificate::from_der(as_bytes(client->get("/certsrv/certnew.cer?ReqID=1&Enc=bin").body)));
    EXPECT_EQ(client->get("/certsrv/certnew.cer?ReqID=1&Enc=b64").body, right.pem("\r\n"));
}

TEST_F(Faults, PagesAndDownloadsThatAreNotWhatTheyShouldBe) {
    const auto client = ca_.basic();
    set("other-language", {{"count", 1}});
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body,
                testing::AllOf(HasSubstr("Zertifikat"), HasSubstr("certnew.cer?ReqID=1&"), HasSubstr("ID=locInfo")));
    set("malformed-page", {{"count", 1}});
    EXPECT_THAT(client->submit(test::phone_request().pem(), kAttributes).body, Not(HasSubstr("</HTML>")));
    set("wrong-content-type", {{"count", 2}});
    EXPECT_EQ(client->get("/certsrv/certrqxt.asp").headers.get("Content-Type"), "application/octet-stream");
    EXPECT_EQ(client->get("/certsrv/certnew.cer?ReqID=1").headers.get("Content-Type"), "text/plain");
    set("truncated-pkcs7", {{"count", 1}, {"url", "certnew.p7b?ReqID=CACert"}});
    EXPECT_TRUE(x509::read_certs_only(as_bytes(client->get("/certsrv/certnew.p7b?ReqID=1&Enc=bin").body)));
    EXPECT_FALSE(x509::read_certs_only(as_bytes(client->get("/certsrv/certnew.p7b?ReqID=CACert&Enc=bin").body)));
    EXPECT_TRUE(x509::read_certs_only(as_bytes(client->get("/certsrv/certnew.p7b?ReqID=CACert&Enc=bin").body)));
}

// Administration
// -------------------------------------------------------------------------------------------------------

TEST_F(Faults, TheAdminSocketSaysWhatIsWrong) {
    const auto problem = [&](Json request) {
        const Json answer = admin(std::move(request));
        EXPECT_EQ(answer["ok"], false);
        return answer["error"]["message"].get<std::string>();
    };
    const auto set_with = [](const char* name, const char* key, Json value) {
        Json request = {{"command", "ca.fault.set"}, {"name", name}};
        request[key] = std::move(value);
        return request;
    };
    EXPECT_THAT(problem({{"command", "ca.fault.set"}}), HasSubstr("name: there is no fault ''"));
    EXPECT_THAT(problem(set_with("fire", "url", "*")), HasSubstr("there is no fault 'fire'"));
    EXPECT_THAT(problem(set_with("delay", "seconds", 601)), HasSubstr("seconds: expected a number from 0 to 600"));
    EXPECT_THAT(problem(set_with("delay", "seconds", "long")), HasSubstr("seconds: expected a number"));
    EXPECT_THAT(problem(set_with("delay", "count", 1.5)), HasSubstr("count: expected a whole number"));
    EXPECT_THAT(problem(set_with("delay", "count", -1)), HasSubstr("count: expected"));
    EXPECT_THAT(problem(set_with("delay", "bytes", 5)), HasSubstr("bytes: delay has none"));
    EXPECT_THAT(problem(set_with("delay", "phase", "later")), HasSubstr("phase: expected"));
    EXPECT_THAT(problem(set_with("delay", "url", 7)), HasSubstr("url: expected a string"));
    EXPECT_THAT(problem(set_with("pending", "url", "certnew.cer")), HasSubstr("means nothing"));
    EXPECT_THAT(problem({{"command", "ca.fault.clear"}, {"id", 9}}), HasSubstr("there is no fault 9"));
    EXPECT_THAT(problem({{"command", "ca.fault.clear"}, {"id", "9"}}), HasSubstr("id: expected a number"));
    EXPECT_THAT(problem({{"command", "ca.fault.clear"}, {"name", "delay"}}),
                HasSubstr("no fault delay is switched on"));
    EXPECT_THAT(problem({{"command", "ca.fault.boom"}}), HasSubstr("unknown command"));
    EXPECT_TRUE(list().empty());
}

TEST_F(Faults, TheAdminSocketListsAndClears) {
    const Json first = set("delay", {{"seconds", 0.5}, {"url", "/certsrv"}, {"phase", "login"}, {"count", 2}})["fault"];
    EXPECT_EQ(first["left"], 2);
    EXPECT_EQ(first["seconds"], 0.5);
    set("tls-expired");
    set("pending");
    const Json faults = list();
    ASSERT_EQ(faults.size(), 3U);
    EXPECT_EQ(faults[0], first);
    EXPECT_TRUE(faults[1]["left"].is_null());
    EXPECT_EQ(faults[2]["configured"], false);
    EXPECT_EQ(admin({{"command", "ca.fault.clear"}, {"id", first["id"]}})["cleared"], 1);
    EXPECT_EQ(admin({{"command", "ca.fault.clear"}, {"all", true}})["cleared"], 2);
    EXPECT_EQ(admin({{"command", "ca.fault.list"}, {"available", true}})["available"].size(), ca_faults::kNames.size());
}

TEST(ConfiguredFaults, ShowFromTheStart) {
    test::RunningCa ca;
    FaultSpec expired;
    expired.kind = FaultKind::tls_expired;
    expired.count = 1;
    FaultSpec denied;
    denied.kind = FaultKind::denied;
    ca.config().faults = {expired, denied};
    ca.start();
    EXPECT_THROW(ca.basic()->get("/certsrv/"), std::runtime_error);
    EXPECT_THAT(ca.basic()->submit(test::phone_request().pem(), kAttributes).body, HasSubstr("0x80094012"));
}

TEST(ConfiguredFaults, AStopDoesNotWaitForADelay) {
    test::RunningCa ca;
    FaultSpec delay;
    delay.kind = FaultKind::delay;
    delay.delay = std::chrono::minutes(10);
    ca.config().faults = {delay};
    ca.config().drain = std::chrono::seconds(60);
    ca.config().admin_socket = ca.ca_file() + ".sock";
    ca.start();
    const auto client = ca.basic();
    std::thread stop([&] {
        const auto waits = [&] {
            const auto list =
                process::admin_request(ca.config().admin_socket, R"({"version":1,"command":"ca.fault.list"})");
            return list.value().find("\"applied\":1") != std::string::npos;
        };
        while (!waits()) std::this_thread::yield();
        ca.app().stop();
    });
    EXPECT_EQ(client->get("/certsrv/").status, 200U);
    stop.join();
}

}  // namespace
}  // namespace opencapf::ca_sim
