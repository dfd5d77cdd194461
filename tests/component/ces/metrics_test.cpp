// SPDX-License-Identifier: Apache-2.0
#include "cesd_fixture.hpp"
#include "support/metrics_text.hpp"

namespace opencapf::ces {
namespace {

using opencapf::test::ask_metrics;
using opencapf::test::metrics_once;
using opencapf::test::value_of;
using test::CaScript;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CesdMetrics : public CesdTest {
protected:
    std::string text() { return ask_metrics(cesd_->metrics_port()); }
    static double requests(const std::string& text, const std::string& operation, int status) {
        return value_of(
            text, "cesd_requests_total{operation=\"" + operation + "\",status=\"" + std::to_string(status) + "\"}");
    }
    static double steps(const std::string& text, const std::string& step, const std::string& result) {
        return value_of(text, "cesd_ca_steps_total{step=\"" + step + "\",result=\"" + result + "\"}");
    }
};

TEST_F(CesdMetrics, CountRequestsAndStepsAtTheCa) {
    start();
    ASSERT_TRUE(enroll(csr_).ok());
    EXPECT_EQ(get("/.well-known/est/cacerts").status, 200U);
    EXPECT_EQ(get("/elsewhere").status, 404U);
    const std::string shown =
        metrics_once(cesd_->metrics_port(), R"(cesd_requests_total{operation="other",status="404"})", 1);
    EXPECT_EQ(1, requests(shown, "simpleenroll", 200));
    EXPECT_EQ(1, requests(shown, "simpleenroll", 401)) << "libEST's way: first without credentials";
    EXPECT_EQ(1, requests(shown, "cacerts", 200));
    EXPECT_EQ(1, requests(shown, "other", 404));
    EXPECT_EQ(3, steps(shown, "login", "success")) << "start, check, enrolment";
    for (const auto* step : {"templates", "submit", "fetch", "chain"})
        EXPECT_EQ(1, steps(shown, step, "success")) << step;
    EXPECT_EQ(1, value_of(shown, R"(cesd_ca_step_seconds_count{step="fetch"})"));
    EXPECT_EQ(1, value_of(shown, "cesd_enrolment_seconds_count"));
    EXPECT_EQ(1, value_of(shown, "cesd_ca_up"));
    EXPECT_EQ(1, value_of(shown, "cesd_ca_chain_loaded"));
    EXPECT_GT(value_of(shown, "cesd_ca_chain_expiry_time_seconds"),
              value_of(shown, "cesd_ca_last_success_time_seconds"));
    EXPECT_EQ(0, value_of(shown, "cesd_logins_refused_total"));
}

TEST_F(CesdMetrics, CountRefusals) {
    start();
    EXPECT_FALSE(enroll(csr_, "wrong").ok());
    EXPECT_EQ(1, steps(text(), "login", "unauthorized"));
    ca_->set([](CaScript& script) { script.templates = "Another"; });
    EXPECT_FALSE(enroll(csr_).ok());
    EXPECT_EQ(2, value_of(text(), "cesd_logins_refused_total"));
    EXPECT_EQ(1, value_of(text(), "cesd_ca_up")) << "a refusal is an answer";
    EXPECT_EQ(0, value_of(text(), "cesd_enrolment_seconds_count"));
}

TEST_F(CesdMetrics, CountPendingRequests) {
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::pend; });
    start();
    EXPECT_FALSE(enroll(csr_).ok());
    EXPECT_EQ(1, value_of(text(), "cesd_pending_requests"));
}

TEST_F(CesdMetrics, ReadyOnlyWithTheCa) {
    start();
    EXPECT_THAT(ask_metrics(cesd_->metrics_port(), "/readyz"), StartsWith("HTTP/1.1 200 "));
    ca_->server.stop();
    EXPECT_FALSE(enroll(csr_).ok());
    EXPECT_THAT(ask_metrics(cesd_->metrics_port(), "/readyz"),
                AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("the CA https://localhost:")));
    EXPECT_EQ(0, value_of(text(), "cesd_ca_up"));
    EXPECT_THAT(ask_metrics(cesd_->metrics_port(), "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(CesdMetrics, NotReadyWithoutTheChain) {
    ca_->server.stop();
    start();
    EXPECT_THAT(ask_metrics(cesd_->metrics_port(), "/readyz"),
                AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("the CA's chain could not be fetched yet")));
    EXPECT_EQ(0, value_of(text(), "cesd_ca_chain_loaded"));
}

}  // namespace
}  // namespace opencapf::ces
