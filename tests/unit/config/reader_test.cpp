// SPDX-License-Identifier: Apache-2.0
#include "opencapf/config/reader.hpp"

#include "opencapf/base/text.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::config {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// One field of every type, with defaults that no test text repeats.
struct Everything {
    std::string name = "default";
    std::string note = "none";
    std::string file = "etc/default";
    bool on = false;
    std::uint16_t port = 3804;
    std::int64_t big = 5;
    milliseconds pause{1500};
    std::size_t color = 1;
    std::vector<std::string> list{"x"};
    std::map<std::string, std::string> map{};
    std::string inner = "inner default";
    std::vector<std::string> items{};

    void fill(Reader& reader) {
        reader.text("name", name, "a name");
        reader.optional_text("note", note, "may be empty");
        reader.path("file", file, "a path");
        reader.boolean("on", on, "a switch");
        reader.integer("port", port, 1, 65535, "a port");
        reader.integer("big", big, -10, INT64_MAX, "a number");
        reader.seconds("pause", pause, 0.1, 60, "a time");
        reader.choice("color", color, {"red", "green", "blue"}, "a color");
        reader.texts("list", list, "texts");
        reader.text_map("map", map, "texts by name");
        reader.object(
            "a/b~c", [this](Reader& child) { child.text("inner", inner, "deeper"); }, "a part");
        reader.objects(
            "items",
            [this](Reader& child) {
                child.require("id");
                child.text("id", items.emplace_back(), "identity");
            },
            "parts");
    }
};

Everything read(const std::string& text) {
    Everything all;
    Reader::read_text("test.json", text, [&](Reader& reader) { all.fill(reader); });
    return all;
}

/// The lines of the error that `text` gives, without "test.json: "; empty when it is good.
std::vector<std::string> problems(const std::string& text) {
    try {
        read(text);
    } catch (const ConfigError& error) {
        auto lines = split(error.what(), '\n');
        for (auto& line : lines) {
            EXPECT_TRUE(line.starts_with("test.json: ")) << line;
            line.erase(0, 11);
        }
        return lines;
    }
    return {};
}

TEST(Reader, ReadsEveryType) {
    const auto all = read(R"({
        // comments are welcome
        "name": "n", "note": "", "file": "/abs", "on": true, "port": 65535, "big": -10, "pause": 0.25,
        "color": "blue", "list": ["a", "", "b"], "map": {"k": "v"}, /* here too */
        "a/b~c": {"inner": "deep"}, "items": [{"id": "1"}, {"id": "2"}]
    })");
    EXPECT_EQ(all.name, "n");
    EXPECT_EQ(all.note, "");
    EXPECT_EQ(all.file, "/abs");
    EXPECT_TRUE(all.on);
    EXPECT_EQ(all.port, 65535);
    EXPECT_EQ(all.big, -10);
    EXPECT_EQ(all.pause, milliseconds(250));
    EXPECT_EQ(all.color, 2U);
    EXPECT_THAT(all.list, ElementsAre("a", "", "b"));
    EXPECT_THAT(all.map, ElementsAre(std::pair("k", "v")));
    EXPECT_EQ(all.inner, "deep");
    EXPECT_THAT(all.items, ElementsAre("1", "2"));
}

TEST(Reader, KeepsTheDefaultOfAMissingKey) {
    const auto all = read("{}");
    const Everything defaults;
    EXPECT_EQ(all.name, defaults.name);
    EXPECT_EQ(all.port, defaults.port);
    EXPECT_EQ(all.pause, defaults.pause);
    EXPECT_EQ(all.list, defaults.list);
    EXPECT_EQ(all.inner, defaults.inner);
}

struct Refusal {
    const char* text;
    const char* problem;
};
class ReaderRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(ReaderRefuses, AndSaysWhereAndWhy) {
    EXPECT_THAT(problems(GetParam().text), ElementsAre(HasSubstr(GetParam().problem))) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Values, ReaderRefuses,
    ::testing::Values(Refusal{R"({"port": 70000})", "/port: 70000 is outside 1..65535"},
                      Refusal{R"({"port": 0})", "/port: 0 is outside 1..65535"},
                      Refusal{R"({"port": -1})", "/port: -1 is outside 1..65535"},
                      Refusal{R"({"port": 3.7})", "/port: 3.7 is no integer, expected 1..65535"},
                      Refusal{R"({"port": 1e2})", "/port: 100.0 is no integer"},
                      Refusal{R"({"port": true})", "/port: true is no integer"},
                      Refusal{R"({"port": "3804"})", "/port: \"3804\" is no integer"},
                      Refusal{R"({"port": null})", "/port: null is no integer"},
                      Refusal{R"({"port": {"x": 1}})", "/port: an object is no integer"},
                      Refusal{R"({"big": 18446744073709551615})", "/big: 18446744073709551615 is outside"},
                      Refusal{R"({"big": 9223372036854775808})", "/big: 9223372036854775808 is outside"},
                      Refusal{R"({"big": 99999999999999999999})", "/big: 1e+20 is no integer"},
                      Refusal{R"({"big": -9223372036854775808})", "/big: -9223372036854775808 is outside"},
                      Refusal{R"({"name": ""})", "/name: \"\" is empty"},
                      Refusal{R"({"name": 7})", "/name: 7 is no string"},
                      Refusal{R"({"name": ["x"]})", "/name: an array is no string"},
                      Refusal{R"({"name": "a\nb"})", "/name: \"a\\nb\" holds a control character"},
                      Refusal{R"({"note": "a\u007fb"})", "holds a control character"},
                      Refusal{R"({"file": "a\u0000b"})", "holds a control character"},
                      Refusal{R"({"file": ""})", "/file: \"\" is empty"},
                      Refusal{R"({"list": ["ok", "a\tb"]})", "/list/1: \"a\\tb\" holds a control character"},
                      Refusal{R"({"map": {"k/": "a\u001bb"}})",
                              "/map/k~1: \"a\\u001bb\" or its key holds a control character"},
                      Refusal{R"({"map": {"a\nb": "x"}})", "holds a control character"},
                      Refusal{R"({"on": 1})", "/on: 1 is neither true nor false"},
                      Refusal{R"({"on": "true"})", "/on: \"true\" is neither"},
                      Refusal{R"({"pause": 0.05})", "/pause: 0.05 is outside 0.1..60.0 seconds"},
                      Refusal{R"({"pause": 61})", "/pause: 61 is outside"},
                      Refusal{R"({"pause": "1s"})", "/pause: \"1s\" is no number"},
                      Refusal{R"({"pause": true})", "/pause: true is no number"},
                      Refusal{R"({"color": "Red"})", "/color: \"Red\" is not one of \"red\", \"green\", \"blue\""},
                      Refusal{R"({"color": 0})", "/color: 0 is not one of"},
                      Refusal{R"({"list": "a"})", "/list: \"a\" is no array of strings"},
                      Refusal{R"({"list": ["a", 1]})", "1 in the array is no string"},
                      Refusal{R"({"map": []})", "/map: an array is no object of strings"},
                      Refusal{R"({"map": {"k": 1}})", "1 in the object is no string"},
                      Refusal{R"({"a/b~c": []})", "/a~1b~0c: an array is no object"},
                      Refusal{R"({"items": {}})", "/items: an object is no array of objects"},
                      Refusal{R"({"items": ["x"]})", "/items/0: \"x\" is no object"},
                      Refusal{R"({"items": [{"id": "1"}, {}]})", "/items/1/id: missing, expected: "},
                      Refusal{R"({"nmae": "n"})", "/nmae: \"n\": unknown key, expected one of "},
                      Refusal{R"({"a/b~c": {"x/~": 1}})", "/a~1b~0c/x~1~0: 1: unknown key"},
                      Refusal{R"({"items": [{"id": "1", "ID": "2"}]})", "/items/0/ID: \"2\": unknown key"}));

INSTANTIATE_TEST_SUITE_P(
    Duplicates, ReaderRefuses,
    ::testing::Values(Refusal{R"({"port": 1, "port": 1})", "/port: the key is there twice"},
                      Refusal{R"({"a/b~c": {"inner": "1", "inner": "2"}})", "/a~1b~0c/inner: the key is there twice"},
                      Refusal{R"({"items": [{"id": "1"}, {"id": "2", "id": "3"}]})",
                              "/items/1/id: the key is there twice"},
                      Refusal{R"({"map": {"k": "1", "k": "2"}})", "/map/k: the key is there twice"}));

INSTANTIATE_TEST_SUITE_P(Grammar, ReaderRefuses,
                         ::testing::Values(Refusal{"", "parse error"}, Refusal{"{", "parse error"},
                                           Refusal{"[]", "expected a JSON object at the top, not an array"},
                                           Refusal{"{} {}", "parse error"}, Refusal{R"({"name": "n",})", "parse error"},
                                           Refusal{"{\"name\": \"\xff\"}", "parse error"}));

TEST(Reader, CollectsAllProblemsInOneError) {
    EXPECT_THAT(problems(R"({"name": 1, "port": 70000, "what": 1, "items": [{"id": ""}], "on": 0, "on": 1})"),
                ::testing::UnorderedElementsAre(HasSubstr("/on: the key is there twice"), HasSubstr("/name: 1"),
                                                HasSubstr("/port: 70000"), HasSubstr("/on: 1 is neither"),
                                                HasSubstr("/items/0/id: \"\" is empty"),
                                                HasSubstr("unknown key, expected one of")));
}

TEST(Reader, CutsLongValuesInMessages) {
    const auto lines = problems("{\"port\": \"" + std::string(10'000, 'x') + "\"}");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_LT(lines[0].size(), 200U);
}

TEST(Reader, TakesDeepNestingWithoutHarm) {
    const std::string deep = "{\"name\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    EXPECT_THAT(problems(deep), ElementsAre(HasSubstr("/name: an array is no string")));
}

TEST(Reader, RequireAndProblemSpeakForTheCaller) {
    try {
        Reader::read_text("c", R"({"b": 5})", [](Reader& reader) {
            int b = 0;
            reader.integer("b", b, 0, 9, "");
            reader.require("a");
            reader.require("b");
            reader.problem("b", "expected an even number");
            reader.problem("c", "expected with b");
        });
        FAIL() << "no error";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(error.what(),
                     "c: /b: 5: expected an even number\nc: /c: missing: expected with b\nc: /a: missing");
    }
}

TEST(Reader, PathsAreRelativeToTheFile) {
    const test::TempDir dir;
    const auto read_back = [&](const std::string& text) {
        write_file_atomically(dir.file("c.json"), text, 0600, Durability::survives_process);
        Everything all;
        Reader::read_file(dir.file("c.json"), "testd", [&](Reader& reader) { all.fill(reader); });
        return all.file;
    };
    EXPECT_EQ(read_back(R"({"file": "sub/x.pem"})"), dir.file("sub/x.pem"));
    EXPECT_EQ(read_back(R"({"file": "/etc/x.pem"})"), "/etc/x.pem");
    EXPECT_EQ(read_back("{}"), dir.file("etc/default"));
    EXPECT_EQ(read(R"({"file": "sub/x.pem"})").file, "sub/x.pem");
}

TEST(Reader, NamesAFileItCannotRead) {
    const test::TempDir dir;
    try {
        Reader::read_file(dir.file("none.json"), "testd", [](Reader&) {});
        FAIL() << "no error";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr(dir.file("none.json")));
    }
}

}  // namespace
}  // namespace opencapf::config
