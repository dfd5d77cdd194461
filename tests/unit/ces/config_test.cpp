// SPDX-License-Identifier: Apache-2.0
#include "ces/config.hpp"

#include "opencapf/config/reader.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using testing::HasSubstr;

std::string problems_of(const std::string& text) {
    try {
        parse_config("test.json", text);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "no problem";
}

const std::string kRest =
    R"("tls":{"certificate":"c","private_key":"k"},"credentials":{"user":"u","password_file":"p"},)"
    R"("logs":{"ciscora":"a","error_log":"b"})";

std::string with_ca(const std::string& ca) {
    return "{\"ca\":{\"host\":\"h\",\"trust_directory\":\"t\"" + ca + "}," + kRest + "}";
}

TEST(CesConfigTest, DefaultsAreTheProducts) {
    const auto config = parse_config("test.json", with_ca(""));
    EXPECT_EQ(config.listen.port, 8084);
    EXPECT_EQ(config.ca.base_url(), "https://h:443/certsrv");
    EXPECT_EQ(config.ca.auth, CaAuth::ntlm);
    EXPECT_FALSE(config.ca.fast);
    EXPECT_EQ(config.ca.login_timeout, net::Duration(10'000));
    EXPECT_EQ(config.ca.submit_timeout, net::Duration(10'000));
    // Not the product's: it has no limit, and issues for phones that have left.
    EXPECT_LT(config.ca.total_timeout, config.est.client_timeout);
    EXPECT_TRUE(config.ca.login_twice);
    EXPECT_EQ(config.est.base.wrap, est::Wrap::lines_of_64);
    EXPECT_TRUE(config.trusted_unsigned_accounts.empty());
}

TEST(CesConfigTest, ShippedFileIsValidAndShowsTheDefaults) {
    const auto config = load_config(std::string(OPENCAPF_TEST_DATA) + "/../../config/cesd.json");
    const auto defaults = parse_config("test.json", with_ca(""));
    EXPECT_EQ(config.ca.host, "lab-dc.example.test");
    EXPECT_EQ(config.listen.port, defaults.listen.port);
    EXPECT_EQ(config.listen.max_connections, defaults.listen.max_connections);
    EXPECT_EQ(config.ca.max_page_bytes, defaults.ca.max_page_bytes);
    EXPECT_EQ(config.est.limits.max_body_bytes, defaults.est.limits.max_body_bytes);
    EXPECT_EQ(config.est.limits.idle_timeout, defaults.est.limits.idle_timeout);
    EXPECT_EQ(config.est.pending_lifetime, defaults.est.pending_lifetime);
    EXPECT_EQ(config.chain_retry_longest, defaults.chain_retry_longest);
    EXPECT_EQ(config.drain_timeout, defaults.drain_timeout);
    EXPECT_EQ(config.classic_access_lines, defaults.classic_access_lines);
}

TEST(CesConfigTest, BadValuesAreNamed) {
    EXPECT_THAT(problems_of("{}"), HasSubstr("/ca"));
    EXPECT_THAT(problems_of(with_ca(",\"template\":\"a\\r\\nSAN:dns=x\"")), HasSubstr("/ca/template"));
    EXPECT_THAT(problems_of("{\"ca\":{\"host\":\"a/b\",\"trust_directory\":\"t\"}}"), HasSubstr("/ca/host"));
    EXPECT_THAT(problems_of(with_ca(",\"auth\":\"kerberos\"")), HasSubstr("/ca/auth"));
    EXPECT_THAT(problems_of(with_ca(",\"unknown\":1")), HasSubstr("unknown"));
    EXPECT_THAT(problems_of("{\"est\":{\"base64_wrap\":10}}"), HasSubstr("/est/base64_wrap"));
    EXPECT_THAT(problems_of("{\"est\":{\"realm\":\"a\\\"b\"}}"), HasSubstr("/est/realm"));
}

TEST(CesConfigTest, AMappingRuleFixesTheBeginningOfAName) {
    const auto with = [](const std::string& subject) {
        return problems_of(R"({"est":{"client_certificates":{"mapping":[{"name":"a","account":"b","subject":")" +
                           subject + "\"}]}}}");
    };
    // A common name may hold ",O=Admins" and what it looks like at the end of a name.
    EXPECT_THAT(with("*,O=Admins"), HasSubstr("/est/client_certificates/mapping/0/subject"));
    EXPECT_THAT(with("CN=ra*"), testing::Not(HasSubstr("/mapping/0/subject")));
    EXPECT_THAT(with("*"), testing::Not(HasSubstr("/mapping/0/subject")));
}

TEST(CesConfigTest, TemplateNames) {
    EXPECT_EQ(template_name_problem("CiscoRA"), "");
    EXPECT_NE(template_name_problem(""), "");
    EXPECT_NE(template_name_problem("a\nb"), "");
    EXPECT_NE(template_name_problem(std::string(300, 'a')), "");
}

}  // namespace
}  // namespace opencapf::ces
