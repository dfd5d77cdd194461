// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/est_upstream.hpp"
#include "cesd_fixture.hpp"

#include <thread>

namespace opencapf::ces {
namespace {

using test::CaScript;
using testing::HasSubstr;

class StandbyTest : public CesdTest {
protected:
    Config two() {
        Config settings = config();
        CaConfig standby = settings.ca;
        settings.ca.name = "first";
        standby.name = "second";
        standby.port = second_.server.port();
        settings.standby_cas = {standby};
        settings.ca_probe_period = net::Duration(50);
        settings.ca_good_probes = 2;
        return settings;
    }
    template <class Condition>
    bool eventually(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        return condition();
    }

    test::FakeCertsrv second_{dir_, pki_};
};

TEST_F(StandbyTest, NextCaIsAskedWhenTheFirstIsDown) {
    start(two());
    ASSERT_TRUE(enroll(csr_).ok());
    EXPECT_EQ(second_.script.forms.size(), 0U);
    ca_->server.stop();
    const auto other = x509::make_request({{"CN", "SEP0000000000BB"}}, key_);
    const auto result = enroll(other);
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(second_.script.forms.size(), 1U);
    const auto views = ca_views(cesd_->shared());
    ASSERT_EQ(views.size(), 2U);
    EXPECT_TRUE(views[0].down);
    EXPECT_FALSE(views[0].last_error.empty());
    EXPECT_FALSE(views[1].down);
    EXPECT_EQ(views[1].submitted, 1U);
}

TEST_F(StandbyTest, NothingGoesElsewhereOnceThePostIsOut) {
    Config settings = two();
    settings.ca.submit_timeout = net::Duration(200);
    start(std::move(settings));
    ca_->set([](CaScript& script) { script.post_delay = net::Duration(2'000); });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 504U);
    EXPECT_EQ(second_.script.forms.size(), 0U);
}

TEST_F(StandbyTest, PendingRequestIsCollectedWhereItIs) {
    start(two());
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::pend; });
    EXPECT_EQ(enroll(csr_).error, est::EstError::ca_enroll_retry);
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::issue; });
    EXPECT_TRUE(enroll(csr_).ok());
    EXPECT_EQ(ca_->script.forms.size(), 1U);
    EXPECT_EQ(second_.script.forms.size(), 0U);
}

TEST_F(StandbyTest, ProbesFindADeadCaWithoutLoggingIn) {
    start(two());
    second_.server.stop();
    EXPECT_TRUE(eventually([&] { return ca_views(cesd_->shared())[1].down; }));
    EXPECT_FALSE(ca_views(cesd_->shared())[0].down);
}

TEST(CaStateTest, BackOnlyAfterGoodAnswersInARow) {
    CaState state("ca", {});
    const Error dead{Errc::unreachable, "nobody there"};
    const Error refused{Errc::unauthorized, "no"};
    state.report(&refused, 3);
    EXPECT_FALSE(state.down()) << "a refusal is an answer";
    state.report(&dead, 3);
    EXPECT_TRUE(state.down());
    state.report(nullptr, 3);
    state.report(nullptr, 3);
    state.report(&dead, 3);
    state.report(nullptr, 3);
    state.report(nullptr, 3);
    EXPECT_TRUE(state.down());
    state.report(nullptr, 3);
    EXPECT_FALSE(state.down());
    EXPECT_EQ(state.view().last_error, "nobody there");
}

TEST(Cacerts, UnitesChainsWithRolloverCertificates) {
    const auto first = test::make_root("Root 1");
    const auto second = test::make_root("Root 2");
    const auto extra = test::make_root("Root 2 with 1");
    const auto chain1 = make_chain({first.certificate}, x509::TrustStore({first.certificate}), est::Wrap::one_line);
    const auto chain2 =
        make_chain({second.certificate, first.certificate}, x509::TrustStore({first.certificate}), est::Wrap::one_line);
    ASSERT_TRUE(chain1 && chain2);
    const auto all = unite_chains({*chain1, nullptr, *chain2}, {extra.certificate}, est::Wrap::one_line);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->certificates.size(), 3U);
    EXPECT_EQ(unite_chains({nullptr}, {extra.certificate}, est::Wrap::one_line), nullptr);
    using namespace std::chrono_literals;
    const auto end = first.certificate.not_after();
    EXPECT_EQ(next_refresh(**chain1, 24h, end - 1000h), net::Duration(24h));
    EXPECT_EQ(next_refresh(**chain1, 24h, end - 10h), net::Duration(5h)) << "sooner before the end";
    EXPECT_EQ(next_refresh(**chain1, 24h, end - 10s), net::Duration(1min)) << "but not all the time";
}

/// A second cesd whose CA is the first one.
class EstUpstreamTest : public CesdTest {
protected:
    void start_behind() {
        Config settings = config();
        settings.ca.type = CaType::est;
        settings.ca.port = cesd_->port();
        settings.ca.auth = CaAuth::basic;
        settings.ca.est_path = "/.well-known/est";
        settings.logs.ciscora = dir_.file("second-nginx.txt");
        settings.logs.error_log = dir_.file("second-error.log");
        first_ = std::move(cesd_);
        cesd_ = std::make_unique<App>(std::move(settings));
        cesd_->start();
    }
    ~EstUpstreamTest() override {
        stop();
        if (first_) first_->stop();
    }
    std::unique_ptr<App> first_;
};

TEST_F(EstUpstreamTest, EnrolsThroughAnotherEstServer) {
    start();
    start_behind();
    EXPECT_EQ(get("/.well-known/est/cacerts").status, 200U);
    const auto result = enroll(csr_);
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_TRUE(result.issued->public_key() == csr_.public_key());
    EXPECT_EQ(ca_->script.forms.size(), 1U);
    EXPECT_EQ(enroll(csr_, "wrong").error, est::EstError::auth_fail);
}

TEST_F(EstUpstreamTest, PassesPendingOnWithItsRetryAfter) {
    Config settings = config();
    settings.est.retry_after = std::chrono::seconds(777);
    start(std::move(settings));
    start_behind();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::pend; });
    EXPECT_EQ(enroll(csr_).retry_after, std::chrono::seconds(777));
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::issue; });
    EXPECT_TRUE(enroll(csr_).ok());
    EXPECT_EQ(ca_->script.forms.size(), 1U) << "one request at the CA";
}

TEST_F(EstUpstreamTest, DenialKeepsItsReason) {
    start();
    start_behind();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::deny; });
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 403U);
    EXPECT_THAT(answer.body, HasSubstr("0x80094012"));
}

TEST(EstAnswer, OwnAccountRefusedIsNoVerdictOnTheClient) {
    est::EnrollResult result;
    result.error = est::EstError::auth_fail;
    result.http_status = 401;
    EXPECT_EQ(read_est_answer(result, true).error().error.code, Errc::protocol);
    EXPECT_EQ(read_est_answer(result, false).error().error.code, Errc::unauthorized);
    result.http_status = 0;
    result.curl_code = 7;
    EXPECT_EQ(read_est_answer(result, true).error().fate, Fate::not_sent);
    result.curl_code = 28;
    EXPECT_EQ(read_est_answer(result, true).error().fate, Fate::unknown);
    result.http_status = 403;
    EXPECT_EQ(read_est_answer(result, true).error().fate, Fate::refused);
}

}  // namespace
}  // namespace opencapf::ces
