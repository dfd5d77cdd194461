// SPDX-License-Identifier: Apache-2.0
#include "opencapf/cli/describe.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace opencapf::cli {
namespace {

using Json = nlohmann::ordered_json;

const ExitCodes kCodes{{0, "done"}, {7, "lost"}};

Json only_option(const CLI::App& app) {
    const Json options = describe(app, kCodes)["options"];
    EXPECT_EQ(options.size(), 2U) << options;  // the first one is --help
    return options.back();
}

class Describe : public ::testing::Test {
protected:
    CLI::App app{"tests", "program"};
    std::string text = "plain";
    double number = 1.5;
    int count = 3;
    bool flag = false;
    std::vector<std::string> names;
};

TEST_F(Describe, ProgramAndExitCodes) {
    const Json described = describe(app, kCodes);
    EXPECT_EQ(described["program"], "program");
    EXPECT_EQ(described["description"], "tests");
    EXPECT_EQ(described["exit_codes"][1], (Json{{"code", 7}, {"meaning", "lost"}}));
    EXPECT_EQ(exit_codes_text(kCodes), "Exit codes:\n  0  done\n  7  lost\n");
}

TEST_F(Describe, ExamplesStandBeforeTheFooter) {
    app.footer(exit_codes_text(kCodes));
    auto* command = app.add_subcommand("run", "runs");
    add_examples(*command, {"program run", "program run 'a b' | wc"});
    EXPECT_EQ(command->get_footer(),
              "Examples:\n  program run\n  program run 'a b' | wc\n\n" + exit_codes_text(kCodes));
    const Json described = describe(app, kCodes);
    EXPECT_EQ(described["examples"], Json::array());
    EXPECT_EQ(described["subcommands"][0]["examples"], (Json{"program run", "program run 'a b' | wc"}));
}

TEST_F(Describe, TextWithDefaultAndEnvironment) {
    app.add_option("-t,--text", text, "some text")->capture_default_str()->envname("TEXT_HERE");
    EXPECT_EQ(only_option(app), (Json{{"names", {"-t", "--text"}},
                                      {"type", "text"},
                                      {"help", "some text"},
                                      {"default", "plain"},
                                      {"environment", "TEXT_HERE"}}));
}

TEST_F(Describe, FlagHasNoValue) {
    app.add_flag("--flag", flag, "on");
    EXPECT_EQ(only_option(app), (Json{{"names", {"--flag"}}, {"type", "flag"}, {"help", "on"}}));
}

TEST_F(Describe, ChoicesKeepTheirOrder) {
    app.add_option("--text", text, "one")->check(CLI::IsMember({"z", "a"}));
    EXPECT_EQ(only_option(app)["choices"], (Json{"z", "a"}));
}

TEST_F(Describe, RangesOfIntegersAndNumbers) {
    app.add_option("--number", number, "n")->check(CLI::Range(0.25, 86400.0));
    Json option = only_option(app);
    EXPECT_EQ(option["type"], "number");
    EXPECT_EQ(option["minimum"], 0.25);
    EXPECT_EQ(option["maximum"], 86400);
    CLI::App other("tests", "program");
    other.add_option("--count", count, "n")->check(CLI::Range(-1, 1'000'000));
    option = only_option(other);
    EXPECT_EQ(option["type"], "integer");
    EXPECT_EQ(option["minimum"], -1);
    EXPECT_EQ(option["maximum"], 1'000'000);
}

TEST_F(Describe, FilesAndDirectories) {
    app.add_option("--text", text, "f")->check(CLI::ExistingFile);
    EXPECT_EQ(only_option(app)["type"], "file");
    CLI::App other("tests", "program");
    other.add_option("--text", text, "d")->type_name("DIR");
    EXPECT_EQ(only_option(other)["type"], "directory");
}

TEST_F(Describe, NamedValue) {
    app.add_option("--text", text, "a")->type_name("ADDRESS");
    EXPECT_EQ(only_option(app)["type"], "text");
    EXPECT_EQ(only_option(app)["value_name"], "ADDRESS");
}

TEST_F(Describe, CheckItDoesNotUnderstandIsADefect) {
    app.add_option("--text", text, "a")->check(CLI::ValidIPV4);
    EXPECT_THROW(describe(app, kCodes), std::logic_error);
}

TEST_F(Describe, PositionalsRequiredRepeatable) {
    app.add_option("NAME", names, "names")->required();
    EXPECT_EQ(
        only_option(app),
        (Json{{"positional", "NAME"}, {"type", "text"}, {"help", "names"}, {"required", true}, {"repeatable", true}}));
}

TEST_F(Describe, ExcludedOptions) {
    auto* first = app.add_option("--first", text, "1");
    app.add_option("--second", text, "2")->excludes(first);
    EXPECT_EQ(describe(app, kCodes)["options"][2]["excludes"], Json{"--first"});
}

TEST_F(Describe, SubcommandsRecursively) {
    app.add_subcommand("outer", "o")->add_subcommand("inner", "i")->add_option("--text", text, "deep");
    const Json inner = describe(app, kCodes)["subcommands"][0]["subcommands"][0];
    EXPECT_EQ(inner["name"], "inner");
    EXPECT_EQ(inner["options"][1]["help"], "deep");
}

TEST_F(Describe, HiddenOptionsAreLeftOut) {
    app.add_option("--text", text, "hidden")->group("");
    EXPECT_EQ(describe(app, kCodes)["options"].size(), 1U);
}

TEST_F(Describe, FlagPrintsAndEndsWell) {
    app.require_subcommand(1);  // asked for before anything that is missing is
    add_describe_flag(app, kCodes, [](Json& described) { described["more"] = 1; });
    try {
        app.parse("--describe", false);
        FAIL() << "goes on after --describe";
    } catch (const CLI::ParseError& end) {
        std::ostringstream out;
        EXPECT_EQ(app.exit(end, out, out), 0);
        const Json described = Json::parse(out.str());
        EXPECT_EQ(described["program"], "program");
        EXPECT_EQ(described["more"], 1);
        EXPECT_THAT(out.str(), ::testing::Not(::testing::HasSubstr("--describe")));
    }
}

}  // namespace
}  // namespace opencapf::cli
