// SPDX-License-Identifier: Apache-2.0
#include "component/ca_sim/running_ca.hpp"
#include "support/metrics_text.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using opencapf::test::ask_metrics;
using opencapf::test::value_of;
using testing::StartsWith;

TEST(CaMetricsServed, CountRequestsLogInsAndAnswers) {
    test::RunningCa ca;
    ca.start();
    const std::string csr = test::phone_request().pem();
    ca.ntlm()->submit(csr, "CertificateTemplate:CiscoRA");
    ca.ntlm()->submit(csr, "CertificateTemplate:Slow");
    ca.basic()->submit(csr, "CertificateTemplate:Unknown");
    EXPECT_EQ(ca.basic("ciscora", "wrong")->get("/certsrv/").status, 401U);
    EXPECT_EQ(ca.ntlm("LAB\\ciscora", "wrong")->get("/certsrv/").status, 401U);
    const std::string text =
        opencapf::test::metrics_once(ca.app().metrics_port(), R"(ca_simd_http_responses_total{class="2xx"})", 3);
    const auto requests = [&](const std::string& disposition) {
        return value_of(text, "ca_simd_requests_total{disposition=\"" + disposition + "\"}");
    };
    EXPECT_EQ(1, requests("issued"));
    EXPECT_EQ(1, requests("pending"));
    EXPECT_EQ(1, requests("denied"));
    EXPECT_EQ(3, value_of(text, "ca_simd_stored_requests"));
    EXPECT_EQ(1, value_of(text, "ca_simd_signing_seconds_count"));
    const auto logins = [&](const std::string& scheme, const std::string& result) {
        return value_of(text, "ca_simd_logins_total{scheme=\"" + scheme + "\",result=\"" + result + "\"}");
    };
    EXPECT_EQ(2, logins("ntlm", "success"));
    EXPECT_EQ(1, logins("ntlm", "refused"));
    EXPECT_EQ(1, logins("basic", "success"));
    EXPECT_EQ(1, logins("basic", "refused"));
    EXPECT_EQ(3, value_of(text, R"(ca_simd_http_responses_total{class="2xx"})"));
    EXPECT_EQ(0, value_of(text, R"(ca_simd_http_responses_total{class="5xx"})"));
    EXPECT_GT(value_of(text, "ca_simd_certificate_expiry_time_seconds"), 1.7e9);
    EXPECT_EQ(1, value_of(text, "ca_simd_ready"));
}

TEST(CaMetricsServed, ReadyAndHealthy) {
    test::RunningCa ca;
    ca.start();
    for (const auto* path : {"/readyz", "/healthz"})
        EXPECT_THAT(ask_metrics(ca.app().metrics_port(), path), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace opencapf::ca_sim
