// SPDX-License-Identifier: Apache-2.0
#include "capf/config.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/config/reader.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf {
namespace {

using ::testing::HasSubstr;

class ConfigFile : public ::testing::Test {
protected:
    Config read(const std::string& text) {
        write_file_atomically(directory_.file("capfd.json"), text);
        return read_config(directory_.file("capfd.json"));
    }
    std::string problems(const std::string& text) {
        try {
            read(text);
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return "no problem found";
    }
    test::TempDir directory_;
};

TEST_F(ConfigFile, TheShippedDefaultIsGood) {
    const Config config = read(read_file(OPENCAPF_CONFIG "/capfd.json"));
    EXPECT_EQ(config.listen.port, 3804);
    EXPECT_EQ(config.est.port, 8084);
    EXPECT_EQ(config.est.path, "/.well-known/est");
    EXPECT_EQ(config.protocol.key_generation_timeout, std::chrono::minutes(30));
    EXPECT_FALSE(config.allow_unsigned_requests);
    EXPECT_TRUE(config.signing_phones.empty());
    EXPECT_EQ(config.database, "/var/lib/opencapf/capfd/capfd.sqlite");
    EXPECT_EQ(config.est.trust_file, directory_.file("pki/ces-ca.pem"));
}

// The file shows every key "with its default": reading it must change nothing that is not required.
TEST_F(ConfigFile, TheShippedFileShowsTheDefaults) {
    const Config shown = read(read_file(OPENCAPF_CONFIG "/capfd.json"));
    const Config defaults;
    EXPECT_EQ(shown.listen.address, defaults.listen.address);
    EXPECT_EQ(shown.listen.max_connections, defaults.listen.max_connections);
    EXPECT_EQ(shown.loops, defaults.loops);
    EXPECT_EQ(shown.workers, defaults.workers);
    EXPECT_EQ(shown.protocol.max_frame_bytes, defaults.protocol.max_frame_bytes);
    EXPECT_EQ(shown.protocol.auth_timeout, defaults.protocol.auth_timeout);
    EXPECT_EQ(shown.protocol.store_timeout, defaults.protocol.store_timeout);
    EXPECT_EQ(shown.protocol.key_generation_attempts, defaults.protocol.key_generation_attempts);
    EXPECT_EQ(shown.est.read_timeout, defaults.est.read_timeout);
    EXPECT_EQ(shown.default_model, defaults.default_model);
    EXPECT_EQ(shown.drain_timeout, defaults.drain_timeout);
}

TEST_F(ConfigFile, SaysWhatIsMissing) {
    const std::string text = problems("{}");
    for (const auto* key : {"/tls", "/database", "/admin_socket", "/spool_directory", "/logs"})
        EXPECT_THAT(text, HasSubstr(std::string(key) + ": missing, expected: "));
}

TEST_F(ConfigFile, SaysWhereTheValueIsWrong) {
    const std::string text = problems(R"({"listen": {"port": 70000}, "protocol": {"nothing_pending_reason": 3},
        "est": {"path": "no-slash", "user": "a:b", "maximum_tls_version": "1.1"}, "typo": 1})");
    EXPECT_THAT(text, HasSubstr("/listen/port: 70000 is outside 0..65535"));
    EXPECT_THAT(text, HasSubstr("/protocol/nothing_pending_reason: 3 is not one of [0,7]"));
    EXPECT_THAT(text, HasSubstr("/est/path"));
    EXPECT_THAT(text, HasSubstr("/est/user"));
    EXPECT_THAT(text, HasSubstr("/est/maximum_tls_version"));
    EXPECT_THAT(text, HasSubstr("/typo: 1: unknown key, expected one of "));
}

TEST_F(ConfigFile, WhatAnIssuerNeedsIsRequiredWithItAlone) {
    const std::string rest = R"("tls": {"certificate": "c", "private_key": "k"}, "database": "d", "admin_socket": "a",
        "spool_directory": "s", "logs": {"sdi": "l"})";
    const auto with = [&](const std::string& parameters, const std::string& est = "") {
        return problems(R"({"service_parameters": {)" + parameters + "}, " + est + rest + "}");
    };
    EXPECT_EQ(problems("{" + rest + "}"), "no problem found");
    EXPECT_EQ(with(R"("certificate_issuer_to_endpoint": "offline")"), "no problem found");
    EXPECT_THAT(with(R"("certificate_issuer_to_endpoint": "online")"), HasSubstr("/est: missing"));
    const std::string microsoft = with(R"("certificate_issuer_to_endpoint": "online")", R"("est": {},)");
    for (const auto* key : {"/est/host", "/est/trust", "/est/user", "/est/password_file"})
        EXPECT_THAT(microsoft, HasSubstr(std::string(key) + ": missing"));
    const std::string est = R"("certificate_issuer_to_endpoint": "online", "online_ca_type": "est")";
    EXPECT_THAT(with(est, R"("est": {},)"), HasSubstr("/service_parameters/online_ca_hostname"));
    const std::string named = est + R"(, "online_ca_hostname": "ca")";
    EXPECT_THAT(with(named, R"("est": {"trust": "t"},)"), HasSubstr("/est/user: missing"));
    EXPECT_THAT(with(named, R"("est": {"trust": "t", "client_certificate": "c"},)"), HasSubstr("/est/client_key"));
    EXPECT_EQ(with(named, R"("est": {"trust": "t", "client_certificate": "c", "client_key": "k"},)"),
              "no problem found");
    EXPECT_THAT(with(R"("certificate_enrollment_profile_label": "a/b")"), HasSubstr("letters, digits"));
    EXPECT_THAT(with(R"("duration_of_certificate_validity": 1826)"), HasSubstr("outside 1..1825"));
}

TEST_F(ConfigFile, MinutesAndDaysOfTheParametersCount) {
    const Config config = read(R"({"service_parameters": {"maximum_allowable_time_for_key_generation": 2,
        "maximum_allowable_attempts_for_key_generation": 7, "duration_of_certificate_validity": 10},
        "tls": {"certificate": "c", "private_key": "k"}, "database": "d", "admin_socket": "a",
        "spool_directory": "s", "logs": {"sdi": "l"}})");
    EXPECT_EQ(config.protocol.key_generation_timeout, std::chrono::minutes(2));
    EXPECT_EQ(config.protocol.key_generation_attempts, 7u);
    EXPECT_EQ(config.service.validity(), std::chrono::hours(240));
    EXPECT_EQ(Config{}.service.validity(), std::chrono::hours(24 * 1825));
}

}  // namespace
}  // namespace opencapf::capf
