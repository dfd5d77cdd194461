// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/tls_key_log.hpp"
#include "opencapf/process/reload.hpp"
#include "opencapf/process/server_config.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace opencapf::process {
namespace {

struct Config {
    net::TlsServerConfig tls;
    config::Source source;
};

Config read(const std::string& file) {
    Config config;
    config.source.file = file;
    config.source.values = config::Reader::read_file(file, "TESTD", [&](config::Reader& reader) {
        reader.live({"tls"});
        reader.object(
            "tls", [&](config::Reader& child) { read_server_tls(child, config.tls); }, "TLS");
    });
    return config;
}

class LabSwitches : public testing::Test {
protected:
    ~LabSwitches() override { net::set_tls_key_log(""); }
    [[nodiscard]] std::string config_with(const std::string& more) const {
        std::ofstream(dir_.file("testd.json"))
            << R"({"tls": {"certificate": "a.pem", "private_key": "a.key")" << more << "}}";
        return dir_.file("testd.json");
    }
    [[nodiscard]] std::string keys() const { return dir_.file("keys.log"); }

private:
    test::TempDir dir_;
};

TEST_F(LabSwitches, TheKeyLogIsOffUnlessTheConfigurationNamesAFile) {
    apply_lab_switches(read(config_with(R"(, "lab_tls_key_log": "keys.log")")).source.values);
    EXPECT_EQ(keys(), net::tls_key_log_file());
    apply_lab_switches(read(config_with("")).source.values);
    EXPECT_EQ("", net::tls_key_log_file());
    apply_lab_switches({});
    EXPECT_EQ("", net::tls_key_log_file());
}

TEST_F(LabSwitches, AReloadSwitchesItAndAFailedOneLeavesItAsItWas) {
    Config running = read(config_with(""));
    (void)config_with(R"(, "lab_tls_key_log": "keys.log")");
    ReloadReport failed;
    std::string during;
    const auto refuse = [&](const Config&) {
        during = net::tls_key_log_file();
        throw std::runtime_error("no");
    };
    reload_config(running.source, running, read, refuse, failed);
    EXPECT_EQ(keys(), during);
    EXPECT_EQ(1U, failed.problems.size());
    EXPECT_EQ("", net::tls_key_log_file());
    ReloadReport good;
    reload_config(
        running.source, running, read, [](const Config&) {}, good);
    EXPECT_EQ(keys(), net::tls_key_log_file());
    ASSERT_EQ(1U, good.applied.size());
    EXPECT_EQ(0U, good.applied[0].find("/tls/lab_tls_key_log: "));
}

}  // namespace
}  // namespace opencapf::process
