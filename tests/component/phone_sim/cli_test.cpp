// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/cli.hpp"

#include "component/phone_sim/fake_capf.hpp"
#include "opencapf/base/text.hpp"
#include "phone_sim/report.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace opencapf::phone_sim::testing {
namespace {

using nlohmann::json;

struct Printed {
    int code;
    std::string out;
};

Printed cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "phone-sim");
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    ::testing::internal::CaptureStdout();
    const int code = run_cli(static_cast<int>(argv.size()), argv.data());
    std::fflush(stdout);
    return {code, ::testing::internal::GetCapturedStdout()};
}

class Cli : public ::testing::Test {
protected:
    std::vector<std::string> run_arguments(const FakeCapf& server) {
        return {
            "run", "SEP1", "--capf", server.address(), "--trust", server.trust_file(), "--store", directory.file("p")};
    }
    test::TempDir directory;
};

TEST_F(Cli, ShowsWhatAPhoneShows) {
    FakeCapf server{Script()};
    const auto printed = cli(run_arguments(server));
    EXPECT_EQ(printed.code, 0);
    EXPECT_THAT(printed.out, ::testing::EndsWith("LSC: Installed\n"));
}

TEST_F(Cli, JsonIsOneLine) {
    FakeCapf server{Script()};
    auto arguments = run_arguments(server);
    arguments.emplace_back("--json");
    const auto printed = cli(arguments);
    EXPECT_EQ(printed.code, 0);
    EXPECT_EQ(std::count(printed.out.begin(), printed.out.end(), '\n'), 1);
    const auto result = json::parse(printed.out);
    EXPECT_EQ(result["name"], "SEP1");
    EXPECT_EQ(result["installed"], true);
    EXPECT_EQ(result["end_reason"], 1);
    EXPECT_EQ(result["certificate"]["subject"], "CN=SEP1");
    EXPECT_TRUE(std::filesystem::exists(result["files"]["der"].get<std::string>()));
}

TEST_F(Cli, AuthenticationStringFromAFileMustBePrivate) {
    Script script;
    script.auth_string = "2468";
    FakeCapf server(script);
    auto arguments = run_arguments(server);
    arguments.insert(arguments.end(), {"--auth-string-file", directory.file("string")});
    write_file_atomically(directory.file("string"), "2468\n", 0644);
    EXPECT_EQ(cli(arguments).code, 2);
    write_file_atomically(directory.file("string"), "2468\n", 0600);
    EXPECT_EQ(cli(arguments).code, 0);
}

TEST_F(Cli, ExitCodesTellTheFailures) {
    Script script;
    script.auth_string = "2468";
    FakeCapf server(script);
    const auto printed = cli(run_arguments(server));
    EXPECT_EQ(printed.code, 3);
    EXPECT_THAT(printed.out, ::testing::HasSubstr("LSC: Not Installed ("));
    script.operation = Script::Operation::unknown;
    FakeCapf stranger(script);
    EXPECT_EQ(cli(run_arguments(stranger)).code, 4);
    EXPECT_EQ(exit_code(Outcome::communication), 5);
    EXPECT_EQ(exit_code(Outcome::untrusted), 6);
    EXPECT_EQ(exit_code(Outcome::protocol), 7);
}

TEST_F(Cli, RefusesWrongArguments) {
    FakeCapf server{Script()};
    const auto base = run_arguments(server);
    auto bad_name = base;
    bad_name[1] = "../SEP1";
    EXPECT_EQ(cli(bad_name).code, 2);
    auto bad_address = base;
    for (const char* address :
         {"localhost", "localhost:", ":3804", "localhost:0", "localhost:65536", "localhost:38x"}) {
        bad_address[3] = address;
        EXPECT_EQ(cli(bad_address).code, 2) << address;
    }
    for (const char* fault : {"nonsense", "disconnect-after=", "disconnect-after=x", "disconnect-after=10"}) {
        auto bad_fault = base;
        bad_fault.insert(bad_fault.end(), {"--fault", fault});
        EXPECT_EQ(cli(bad_fault).code, 2) << fault;
    }
    EXPECT_EQ(cli({"run", "SEP1"}).code, 2);
    EXPECT_TRUE(server.story().empty());
}

TEST_F(Cli, FleetListsItsNamesWithoutAServer) {
    const auto printed = cli({"fleet", "--count", "2", "--prefix", "SEPAA", "--list-names"});
    EXPECT_EQ(printed.code, 0);
    EXPECT_EQ(printed.out, "SEPAA000000000001\nSEPAA000000000002\n");
}

TEST_F(Cli, FleetReportsFiguresAndFailures) {
    FakeCapf server{Script()};
    std::vector<std::string> arguments{
        "fleet",   "--count",           "3",     "--capf", server.address(), "--trust", server.trust_file(),
        "--store", directory.file("p"), "--json"};
    const auto good = cli(arguments);
    EXPECT_EQ(good.code, 0);
    const auto figures = json::parse(good.out);
    EXPECT_EQ(figures["phones"], 3);
    EXPECT_EQ(figures["failed"], 0);
    EXPECT_EQ(figures["latencies"].size(), 3U);
    EXPECT_GT(figures["enrolments_per_s"], 0);
    EXPECT_LE(figures["p50_ms"], figures["max_ms"]);
    arguments.insert(arguments.end(), {"--fault", "store-failure"});
    const auto bad = cli(arguments);
    EXPECT_EQ(bad.code, 1);
    EXPECT_EQ(json::parse(bad.out)["failures"].size(), 3U);
}

}  // namespace
}  // namespace opencapf::phone_sim::testing
