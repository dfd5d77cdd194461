// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/metrics.hpp"

#include "support/metrics_text.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using test::value_of;

TEST(CaMetrics, TableIsInOrder) { EXPECT_THAT(metrics::problems_of(metric_families()), ::testing::IsEmpty()); }

TEST(CaMetrics, CountsRequestsByDisposition) {
    const metrics::Registry registry(metric_families());
    const Metrics metrics(registry);
    metrics.decided(Disposition::issued);
    metrics.decided(Disposition::issued);
    metrics.decided(Disposition::denied);
    metrics.decided(std::nullopt);
    const std::string text = registry.text();
    EXPECT_EQ(2, value_of(text, R"(ca_simd_requests_total{disposition="issued"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_requests_total{disposition="denied"})"));
    EXPECT_EQ(0, value_of(text, R"(ca_simd_requests_total{disposition="failed"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_requests_total{disposition="not_recorded"})"));
}

TEST(CaMetrics, CountsAnswersByClassAndLogInsByScheme) {
    const metrics::Registry registry(metric_families());
    const Metrics metrics(registry);
    for (const unsigned status : {200U, 204U, 301U, 401U, 503U}) metrics.answered(status);
    metrics.logged_in("NTLM TlRMTVNTUAAD", true);
    metrics.logged_in("negotiate TlRMTVNTUAAD", false);
    metrics.logged_in("Basic eDp5", true);
    metrics.logged_in("Digest username=x", true);  // a scheme the peer made up
    metrics.logged_in("", false);
    const std::string text = registry.text();
    EXPECT_EQ(2, value_of(text, R"(ca_simd_http_responses_total{class="2xx"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_http_responses_total{class="3xx"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_http_responses_total{class="5xx"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_logins_total{scheme="ntlm",result="success"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_logins_total{scheme="negotiate",result="refused"})"));
    EXPECT_EQ(1, value_of(text, R"(ca_simd_logins_total{scheme="basic",result="success"})"));
    EXPECT_EQ(0, value_of(text, R"(ca_simd_logins_total{scheme="ntlm",result="refused"})"));
}

}  // namespace
}  // namespace opencapf::ca_sim
