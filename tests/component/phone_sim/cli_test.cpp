// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/cli.hpp"

#include "component/phone_sim/fake_capf.hpp"
#include "opencapf/base/text.hpp"
#include "phone_sim/report.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <thread>
#include <unistd.h>

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
    for (const char* fault : {"nonsense", "disconnect-after=", "disconnect-after=x", "disconnect-after=10",
                              "disconnect-after:1.5", "slow:nan", "garbage-key:1"}) {
        auto bad_fault = base;
        bad_fault.insert(bad_fault.end(), {"--fault", fault});
        EXPECT_EQ(cli(bad_fault).code, 2) << fault;
    }
    for (const std::vector<std::string>& wrong :
         {std::vector<std::string>{"--auth", "string"},
          {"--auth", "lsc", "--auth-string", "1234"},
          {"--auth", "x"},
          {"--key-delay", "3-1"},
          {"--key-delay", "-1"},
          {"--mic-cert", server.trust_file()},
          {"--capf", "a:1", "--capf", "a:2", "--capf", "a:3", "--capf", "a:4", "--capf", "a:5"}}) {
        auto arguments = base;
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        EXPECT_EQ(cli(arguments).code, 2) << wrong.front() << " " << wrong.back();
    }
    EXPECT_EQ(cli({"run", "SEP1"}).code, 2);
    EXPECT_TRUE(server.story().empty());
}

TEST_F(Cli, FleetListsItsNamesWithoutAServer) {
    const auto printed = cli({"fleet", "--count", "2", "--prefix", "SEPAA", "--list-names"});
    EXPECT_EQ(printed.code, 0);
    EXPECT_EQ(printed.out, "SEPAA000000000001\nSEPAA000000000002\n");
}

TEST_F(Cli, ListsTheFaultsWithoutAServer) {
    const auto printed = cli({"run", "SEP1", "--fault", "list"});
    EXPECT_EQ(printed.code, 0);
    EXPECT_THAT(printed.out, ::testing::HasSubstr("disconnect-after[:N]"));
    EXPECT_EQ(cli({"fleet", "--fault", "list"}).code, 0);
}

TEST_F(Cli, TriesItsServersInTurn) {
    FakeCapf server{Script()};
    auto arguments = run_arguments(server);
    arguments[3] = "127.0.0.1:9";  // discard: nobody listens
    arguments.insert(arguments.end(), {"--capf", server.address(), "--json"});
    const auto printed = cli(arguments);
    EXPECT_EQ(printed.code, 0);
    EXPECT_EQ(json::parse(printed.out)["server"], server.address());
}

TEST_F(Cli, GivesAMicAndAuthenticatesWithIt) {
    const auto ca = test::make_root("Manufacturing CA");
    write_file_atomically(directory.file("ca.pem"), ca.certificate.pem());
    write_file_atomically(directory.file("ca.key"), ca.key.to_pem(), 0600);
    const std::vector<std::string> factory{"--ca-cert", directory.file("ca.pem"), "--ca-key", directory.file("ca.key"),
                                           "--store",   directory.file("p"),      "--type",   "ec-256"};
    const auto mic = [&factory](std::vector<std::string> names) {
        names.insert(names.begin(), "mic");
        names.insert(names.end(), factory.begin(), factory.end());
        return cli(names);
    };
    EXPECT_EQ(mic({"SEP1"}).code, 0);
    EXPECT_THAT(mic({"SEP1"}).out, ::testing::HasSubstr("0 MICs made, 1 phones had one already"));
    EXPECT_THAT(mic({"--count", "3"}).out, ::testing::HasSubstr("3 MICs made"));
    EXPECT_EQ(mic({}).code, 2);
    EXPECT_EQ(mic({"SEP1", "--count", "3"}).code, 2);

    Script script;
    script.phone_trust = {ca.certificate};
    FakeCapf server(script);
    auto arguments = run_arguments(server);
    arguments.insert(arguments.end(), {"--auth", "mic", "--sudi", "--json"});
    const auto printed = cli(arguments);
    EXPECT_EQ(printed.code, 0) << printed.out;
    EXPECT_EQ(json::parse(printed.out)["authenticated_with"], "mic");
    EXPECT_EQ(server.count("sudi CP-8865-SEP1"), 1U);

    const PhoneStore other(directory.file("p"), "SEP000000000001");
    arguments.insert(arguments.end(), {"--mic-cert", other.mic_path(), "--mic-key", other.mic_key_path()});
    EXPECT_EQ(cli(arguments).code, 0);
    EXPECT_EQ(server.count("identity CP-8865-SEP000000000001"), 1U);
}

TEST_F(Cli, AnOldPhoneNeedsAServerThatAllowsTls10) {
    Script script;
    FakeCapf modern(script);
    script.legacy = true;
    FakeCapf legacy(script);
    const auto call = [this](const FakeCapf& server) {
        auto arguments = run_arguments(server);
        arguments.insert(arguments.end(), {"--profile", "7900", "--tls-max", "1.0", "--json"});
        return cli(arguments);
    };
    EXPECT_EQ(call(modern).code, 6);
    const auto printed = call(legacy);
    EXPECT_EQ(printed.code, 0) << printed.out;
    EXPECT_EQ(json::parse(printed.out)["tls"], "TLSv1");
}

TEST_F(Cli, AnEstateEndsAtASignalWithItsSummary) {
    Script script;
    script.key = *find_kind("ec-256");
    script.forget_after_store = true;
    FakeCapf server(script);
    // The second "auth" comes after the LSC has been stored.
    std::thread operator_of_the_estate([&server] {
        while (server.count("auth SEP000000000001") < 2) std::this_thread::yield();
        ::kill(::getpid(), SIGTERM);
    });
    const auto printed = cli({"fleet", "--count", "1", "--capf", server.address(), "--trust", server.trust_file(),
                              "--store", directory.file("p"), "--poll", "0.05", "--json"});
    operator_of_the_estate.join();
    EXPECT_EQ(printed.code, 0) << printed.out;
    EXPECT_EQ(json::parse(printed.out)["installs_of"]["SEP000000000001"], 1);
}

TEST_F(Cli, AnEstateReportsItsInstalls) {
    Script script;
    script.key = *find_kind("ec-256");
    script.forget_after_store = true;
    FakeCapf server(script);
    const auto keys = directory.file("keys");
    EXPECT_EQ(cli({"keys", "--count", "2", "--type", "ec-256", "--out", keys}).code, 0);
    const std::vector<std::string> base{
        "fleet",   "--count",           "1",      "--capf", server.address(), "--trust", server.trust_file(),
        "--store", directory.file("p"), "--poll", "0.1",    "--for",          "0.5",     "--keys",
        keys};
    auto arguments = base;
    arguments.emplace_back("--json");
    const auto printed = cli(arguments);
    EXPECT_EQ(printed.code, 0) << printed.out;
    const auto figures = json::parse(printed.out);
    EXPECT_EQ(figures["installs"], 1);
    EXPECT_EQ(figures["phones_by_installs"]["1"], 1);
    EXPECT_GE(figures["outcomes"]["no-change"], 1);
    EXPECT_TRUE(figures["ever_without_valid_lsc"].empty());
    EXPECT_TRUE(figures["without_valid_lsc_at_end"].empty());
    const auto text = cli(base);
    EXPECT_EQ(text.code, 0) << "the LSC of the first run is still there";
    EXPECT_THAT(text.out, ::testing::HasSubstr("installs 0, ever without a valid LSC 0, without one now 0"));
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
