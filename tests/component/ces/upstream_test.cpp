// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/certsrv_upstream.hpp"
#include "cesd_fixture.hpp"

#include <thread>

namespace opencapf::ces {
namespace {

using est::EstError;
using test::CaScript;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class FastModeTest : public CesdTest {
protected:
    Config fast(int remember) {
        Config settings = config();
        settings.loops = 1;  // connections are kept per loop
        settings.ca.fast = true;
        settings.ca.login_twice = false;
        settings.ca.remember_logins = std::chrono::seconds(remember);
        return settings;
    }
    x509::CertificateRequest another() { return x509::make_request({{"CN", "SEP0000000000AA"}}, key_); }
};

TEST_F(FastModeTest, KeptConnectionNeedsTwoRequests) {
    start(fast(60));
    ASSERT_TRUE(enroll(csr_).ok());
    // Basic has no legs: with NTLM certrqxt.asp is preceded by one 401.
    EXPECT_THAT(ca_->take_log(), ElementsAre("GET /certsrv/certrqxt.asp 200", StartsWith("POST /certsrv/certfnsh.asp"),
                                             StartsWith("GET /certsrv/certnew.cer")));
    const auto connections = ca_->server.connections();
    ASSERT_TRUE(enroll(another()).ok());
    EXPECT_THAT(ca_->take_log(),
                ElementsAre(StartsWith("POST /certsrv/certfnsh.asp"), StartsWith("GET /certsrv/certnew.cer")));
    EXPECT_EQ(ca_->server.connections(), connections);
}

TEST_F(FastModeTest, CallersAreCheckedEachTimeUnlessRemembered) {
    start(fast(0));
    ASSERT_TRUE(enroll(csr_).ok());
    ca_->take_log();
    ASSERT_TRUE(enroll(another()).ok());
    EXPECT_THAT(ca_->take_log(), Contains("GET /certsrv/certrqxt.asp 200"));
}

TEST_F(FastModeTest, AnotherPasswordIsNeverTheRememberedOne) {
    start(fast(60));
    ASSERT_TRUE(enroll(csr_).ok());
    ca_->take_log();
    EXPECT_EQ(enroll(another(), "wrong").error, EstError::auth_fail);
    EXPECT_THAT(ca_->take_log(), ElementsAre("GET /certsrv/certrqxt.asp 401"));
    ASSERT_TRUE(enroll(another()).ok()) << "the right one still is";
}

TEST_F(FastModeTest, DroppedConnectionLogsInAgainAndPostsOnce) {
    ca_->set([](CaScript& script) { script.drop_after_fetch = true; });
    start(fast(60));
    ASSERT_TRUE(enroll(csr_).ok());
    ca_->take_log();
    ASSERT_TRUE(enroll(another()).ok());
    EXPECT_THAT(ca_->take_log(), ElementsAre("GET /certsrv 301", StartsWith("POST /certsrv/certfnsh.asp"),
                                             StartsWith("GET /certsrv/certnew.cer")));
    EXPECT_EQ(ca_->script.forms.size(), 2U);
}

TEST_F(CesdTest, RememberingIsOffInFaithfulMode) {
    const auto read = parse_config("x", R"({"ca":{"host":"h","trust_directory":"t","remember_logins":60},
        "tls":{"certificate":"c","private_key":"k"},"credentials":{"user":"u","password_file":"p"},
        "logs":{"ciscora":"a","error_log":"b"}})");
    EXPECT_EQ(read.ca.remember_logins.count(), 0);
}

TEST_F(CesdTest, TotalTimeoutEndsTheWorkBeforeTheClientLeaves) {
    Config settings = config();
    settings.ca.total_timeout = net::Duration(1'000);
    start(std::move(settings));
    ca_->set([](CaScript& script) { script.delay = net::Duration(450); });  // none too slow, together too slow
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 504U);
    EXPECT_THAT(ca_->take_log(), Not(Contains(HasSubstr("certfnsh"))));
}

TEST_F(CesdTest, OrphanOutlivesTheProcessAndGoesToTheRetry) {
    Config settings = config();
    settings.state_database = dir_.file("state.sqlite");
    start(settings);
    ca_->set([](CaScript& script) { script.post_delay = net::Duration(700); });
    EXPECT_EQ(enroll(csr_, "secret", net::Duration(400)).rv(), 35);
    auto& pending = cesd_->shared().pending;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (pending.count(PendingStage::undelivered) == 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    const auto list = pending.list();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].request_id, 10U);
    EXPECT_EQ(list[0].who.account, "LAB\\ciscora");
    EXPECT_THAT(list[0].who.subject, HasSubstr("SEP001122334455"));
    stop();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::deny; });  // it is not asked again
    start(settings);
    // Only the account it was made for gets it, and only with its password.
    EXPECT_EQ(enroll(csr_, "wrong").error, EstError::auth_fail);
    const auto result = enroll(csr_);
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(ca_->script.forms.size(), 1U);
    stop();
    start(settings);
    EXPECT_EQ(cesd_->shared().pending.size(), 0U) << "delivered: the disk knows";
}

TEST_F(CesdTest, RequestWithoutAnswerIsOnRecord) {
    Config settings = config();
    settings.ca.submit_timeout = net::Duration(200);
    settings.state_database = dir_.file("state.sqlite");
    start(settings);
    ca_->set([](CaScript& script) { script.post_delay = net::Duration(2'000); });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 504U);
    stop();
    start(settings);
    const auto list = cesd_->shared().pending.list();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].stage, PendingStage::unanswered);
    EXPECT_EQ(list[0].request_id, 0U);
}

TEST_F(CesdTest, TemplateRefusalSaysSoWithTheHresult) {
    start();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::deny; });
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 403U);
    EXPECT_THAT(answer.body, HasSubstr("refuses the template 'CiscoRA' (request id 10: Denied by Policy Module"));
}

PageOutcome denied(const std::string& message, const std::string& hresult) {
    return {Disposition::denied, 7, message, hresult};
}

TEST(CertsrvOutcome, EachReasonHasItsOwnAnswer) {
    const std::string name = "CiscoRA";
    for (const char* code : {"0x80094800", "0x80094801", "0x80094802", "0x80094012"})
        EXPECT_EQ(read_outcome(denied("Denied by Policy Module", code), name).error().code, Errc::forbidden) << code;
    for (const char* code : {"0x8009310b", "0x80090006", "0xc000a000", "0x80094001", "0x80094811"})
        EXPECT_EQ(read_outcome(denied("no", code), name).error().code, Errc::malformed) << code;
    EXPECT_EQ(read_outcome(denied("Error Parsing Request  x", ""), name).error().code, Errc::malformed);
    EXPECT_EQ(read_outcome(denied("Denied by LAB\\boss", "0x80094014"), name).error().code, Errc::rejected);
    EXPECT_EQ(read_outcome(denied("signature", "0x8009480b"), name).error().code, Errc::protocol);
    EXPECT_EQ(read_outcome({Disposition::failed, 7, "x", "0x80094004"}, name).error().code, Errc::rejected);
    EXPECT_EQ(read_outcome({Disposition::failed, 7, "x", "0x800706ba"}, name).error().code, Errc::unavailable);
    EXPECT_EQ(read_outcome({Disposition::pending, 0, "x", ""}, name).error().code, Errc::protocol);
    EXPECT_TRUE(read_outcome({Disposition::pending, 7, "x", ""}, name)->pending);
    EXPECT_FALSE(read_outcome({Disposition::issued, 7, "x", ""}, name)->pending);
}

}  // namespace
}  // namespace opencapf::ces
