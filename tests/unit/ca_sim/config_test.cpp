// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/config.hpp"

#include "opencapf/config/reader.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string with(const std::string& more) {
    return R"({"tls":{"certificate":"a","private_key":"b"},"host_name":"dc","ca":{"certificate":"c","private_key":"d"},
              "database":"e","log_directory":"f",)" +
           more + "}";
}

std::string problems(const std::string& text) {
    try {
        parse_config("x.json", text);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return "(none)";
}

TEST(Config, ReadsTemplatesAndAccounts) {
    const Config config = parse_config("x.json", with(R"("accounts":[{"name":"ra","password_file":"p"}],
        "templates":[{"name":"CiscoRA","oid":"1.2.3","validity_days":10,"eku":["ipsecEndSystem"],"enroll":["RA"]}],
        "authentication":{"providers":["ntlm"]})"));
    ASSERT_EQ(config.templates.size(), 1U);
    EXPECT_EQ(config.templates[0].display_name, "CiscoRA");
    EXPECT_EQ(config.templates[0].validity, std::chrono::hours(240));
    EXPECT_EQ(config.templates[0].eku, std::vector<std::string>{"1.3.6.1.5.5.7.3.5"});
    EXPECT_FALSE(config.templates[0].allow_unsigned_requests);
    EXPECT_EQ(config.authentication.providers, std::vector<std::string>{"NTLM"});
    EXPECT_EQ(config.authentication.basic_realm, "dc");
    EXPECT_EQ(config.ca.no_template_hresult, 0x80094801U);
}

TEST(Config, NamesEveryProblem) {
    EXPECT_THAT(problems("{}"), AllOf(HasSubstr("tls"), HasSubstr("host_name"), HasSubstr("database")));
    EXPECT_THAT(problems(with(R"("authentication":{"providers":["Kerberos"]})")), HasSubstr("NTLM, Negotiate"));
    EXPECT_THAT(problems(with(R"("authentication":{"providers":["NTLM","ntlm"]})")), HasSubstr("each provider once"));
    EXPECT_THAT(problems(with(R"("accounts":[{"name":"LAB\\ra","password_file":"p"}])")),
                HasSubstr("/accounts/0/name"));
    EXPECT_THAT(problems(with(R"("accounts":[{"name":"a","password_file":"p"},{"name":"A","password_file":"p"}])")),
                HasSubstr("each account once"));
    EXPECT_THAT(problems(with(R"("templates":[{"name":"a;b","oid":"1.2"}])")), HasSubstr("/templates/0/name"));
    EXPECT_THAT(problems(with(R"("templates":[{"name":"a","oid":"x"}])")), HasSubstr("dotted OID"));
    EXPECT_THAT(problems(with(R"("templates":[{"name":"a","oid":"1.2","key_usage":["all"]}])")), HasSubstr("not all"));
    EXPECT_THAT(problems(with(R"("templates":[{"name":"a","oid":"1.2","enroll":["nobody"]}])")), HasSubstr("nobody"));
    EXPECT_THAT(problems(with(R"("unknown_key":1)")), HasSubstr("unknown_key"));
}

TEST(Config, ReadsHowToLogIn) {
    const Config defaults = parse_config("x.json", with(R"("accounts":[])"));
    EXPECT_EQ(defaults.authentication.extended_protection, ExtendedProtection::off);
    EXPECT_EQ(defaults.authentication.keytab, "");
    EXPECT_EQ(defaults.authentication.kerberos_service, "HTTP");
    EXPECT_TRUE(defaults.authentication.persist_kerberos);
    EXPECT_EQ(defaults.authentication.lockout.threshold, 0U);
    const Config config = parse_config("x.json", with(R"("authentication":{"keytab":"k","kerberos_service":"",
        "persist_kerberos":false,"extended_protection":"require",
        "lockout":{"threshold":5,"duration_seconds":60,"window_seconds":30}})"));
    EXPECT_EQ(config.authentication.extended_protection, ExtendedProtection::require);
    EXPECT_EQ(config.authentication.keytab, "k");
    EXPECT_EQ(config.authentication.kerberos_service, "");
    EXPECT_FALSE(config.authentication.persist_kerberos);
    EXPECT_EQ(config.authentication.lockout.threshold, 5U);
    EXPECT_EQ(config.authentication.lockout.duration, std::chrono::seconds(60));
    EXPECT_EQ(config.authentication.lockout.window, std::chrono::seconds(30));
    EXPECT_THAT(problems(with(R"("authentication":{"extended_protection":"on"})")), HasSubstr("extended_protection"));
    EXPECT_THAT(problems(with(R"("authentication":{"lockout":{"threshold":-1}})")), HasSubstr("threshold"));
}

TEST(Config, ReadsTheLogFormat) {
    const Config defaults = parse_config("x.json", with(R"("domain":{"computer":"DC7"})"));
    EXPECT_EQ(defaults.log_format.fields.size(), 15U);
    EXPECT_EQ(defaults.log_format.computer_name, "DC7");
    const Config config =
        parse_config("x.json", with(R"x("log_fields":["sc-status","CS(Cookie)","date"],"log_software":"IIS 8.5")x"));
    EXPECT_EQ(config.log_format.fields, (std::set{W3cField::date, W3cField::cookie, W3cField::status}));
    EXPECT_EQ(config.log_format.software, "IIS 8.5");
    EXPECT_THAT(problems(with(R"x("log_fields":["cs(Authorization)"])x")), HasSubstr("/log_fields"));
    EXPECT_THAT(problems(with(R"("log_fields":["date","Date"])")), HasSubstr("each field once"));
    EXPECT_THAT(problems(with(R"("log_fields":[])")), HasSubstr("at least one field"));
}

TEST(Config, DefaultFileIsGood) {
    const Config config = load_config(OPENCAPF_TEST_DATA "/../../config/ca-simd.json");
    ASSERT_EQ(config.templates.size(), 2U);
    EXPECT_EQ(config.templates[0].name, "CiscoRA");
    EXPECT_EQ(config.templates[1].schema, 1);
    EXPECT_EQ(config.accounts[0].name, "ciscora");
    EXPECT_EQ(config.authentication.providers, (std::vector<std::string>{"NTLM", "Negotiate", "Basic"}));
    EXPECT_EQ(config.authentication.keytab, "");
    EXPECT_EQ(config.log_format, parse_config("x.json", with(R"("accounts":[])")).log_format);
    EXPECT_EQ(config.database, "/var/lib/opencapf/ca-simd/requests.sqlite");
    EXPECT_THAT(config.tls.certificate_file, HasSubstr("/config/pki/iis.pem"));
}

}  // namespace
}  // namespace opencapf::ca_sim
