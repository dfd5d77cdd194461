// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "opencapf/config/reader.hpp"
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace opencapf::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

struct Item {
    std::string name;
    int size = 1;
    SecretSource password{};
};

/// A configuration as the daemons have them: secrets, named items, live and other keys.
struct Sample {
    int port = 3804, level = 1;
    std::string certificate;
    SecretSource key;
    std::vector<Item> items{};
    Values values{};

    void fill(Reader& reader) {
        reader.live({"level", "certificate", "items"});
        reader.integer("port", port, 1, 65535, "a port");
        reader.integer("level", level, 0, 9, "a level");
        reader.content("certificate", certificate, "a certificate");
        reader.require("private_key");
        reader.secret("private_key", key, "a key");
        reader.objects(
            "items",
            [this](Reader& child) {
                Item item;
                child.require("name");
                child.text("name", item.name, "its name");
                child.integer("size", item.size, 1, 9, "its size");
                child.secret("password_file", item.password, "its password");
                items.push_back(std::move(item));
            },
            "parts");
    }
};

class Configured : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directory(dir_.file("testd.d"));
        write("testd.json", R"({"private_key": "k", "port": 1, "items": [{"name": "a"}, {"name": "b", "size": 2}]})");
    }
    void TearDown() override {
        for (const char* name :
             {"TEST_D_PRIVATE_KEY", "TEST_D_PRIVATE_KEY_FILE", "TEST_D_ITEMS_A_PASSWORD_FILE", "CREDENTIALS_DIRECTORY"})
            ::unsetenv(name);
    }
    void write(const std::string& name, const std::string& text) {
        write_file_atomically(dir_.file(name), text, 0600, Durability::survives_process);
    }
    Sample read() {
        Sample sample;
        sample.values =
            Reader::read_file(dir_.file("testd.json"), "test-d", [&](Reader& reader) { sample.fill(reader); });
        return sample;
    }
    std::string problem() {
        try {
            read();
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "none";
    }
    std::vector<std::string> texts_of_changes(const Values& before) {
        std::vector<std::string> texts;
        for (const auto& change : changes(before, read().values))
            texts.push_back((change.live ? "live " : "later ") + change.text);
        return texts;
    }
    const test::TempDir dir_;
};

TEST_F(Configured, OverlaysReplaceInTheOrderOfTheirNames) {
    write("testd.d/20-b.json", R"({"port": 3, "level": 3})");
    write("testd.d/10-a.json", R"({"port": 2, "level": 2} // a comment)");
    write("testd.d/30-c.json.disabled", R"({"port": 9})");
    const auto sample = read();
    EXPECT_EQ(sample.port, 3);
    EXPECT_EQ(sample.level, 3);
}

TEST_F(Configured, NullBringsTheDefaultBack) {
    write("testd.d/10.json", R"({"port": null})");
    EXPECT_EQ(read().port, 3804);
}

TEST_F(Configured, NamedItemsMergeByName) {
    write("testd.d/10.json", R"({"items": [{"name": "b", "size": 7}, {"name": "c"}]})");
    const auto sample = read();
    ASSERT_EQ(sample.items.size(), 3U);
    EXPECT_EQ(sample.items[0].size, 1);
    EXPECT_EQ(sample.items[1].size, 7);
    EXPECT_EQ(sample.items[2].name, "c");
}

TEST_F(Configured, ProblemsNameTheFileThatCausedThem) {
    write("testd.d/10.json", R"({"port": 0, "items": [{"name": "b", "size": 70}]})");
    write("testd.d/20.json", R"({"private_key": null, "nonsense": {"x": 1}})");
    const auto text = problem();
    EXPECT_THAT(text, HasSubstr(dir_.file("testd.d/10.json") + ": /port: 0 is outside"));
    EXPECT_THAT(text, HasSubstr(dir_.file("testd.d/10.json") + ": /items/1/size: 70 is outside"));
    EXPECT_THAT(text, HasSubstr(dir_.file("testd.d/20.json") + ": /private_key: missing"));
    EXPECT_THAT(text, HasSubstr(dir_.file("testd.d/20.json") + ": /nonsense: an object: unknown key"));
    write("testd.d/10.json", "{");
    EXPECT_THAT(problem(), HasSubstr(dir_.file("testd.d/10.json") + ": [json.exception.parse_error"));
}

TEST_F(Configured, EditorsMayFindTheSchema) {
    write("testd.d/10.json", R"({"$schema": "https://example.test/x.json"})");
    EXPECT_EQ(problem(), "none");
    write("testd.d/10.json", R"({"items": [{"name": "a", "$schema": "x"}]})");
    EXPECT_THAT(problem(), HasSubstr("unknown key"));
}

TEST_F(Configured, SecretsComeFromTheEnvironmentFirst) {
    write("k", "from configuration\n");
    EXPECT_EQ(read().key.line().reveal(), "from configuration");
    std::filesystem::create_directory(dir_.file("credentials"));
    write("credentials/test_d_private_key", "from credential\n");
    ::setenv("CREDENTIALS_DIRECTORY", dir_.file("credentials").c_str(), 1);
    EXPECT_EQ(read().key.line().reveal(), "from credential");
    write("other", "from file\nsecond line");
    ::setenv("TEST_D_PRIVATE_KEY_FILE", dir_.file("other").c_str(), 1);
    EXPECT_EQ(read().key.line().reveal(), "from file");
    ::setenv("TEST_D_PRIVATE_KEY", "from environment", 1);
    EXPECT_EQ(read().key.line().reveal(), "from environment");
    ::setenv("TEST_D_PRIVATE_KEY", "", 1);
    EXPECT_THROW(static_cast<void>(read().key.line()), std::runtime_error);
}

TEST_F(Configured, AnItemsSecretHasItsNameInTheVariable) {
    write("secret", "s\n");
    ::setenv("TEST_D_ITEMS_A_PASSWORD_FILE", dir_.file("secret").c_str(), 1);
    const auto sample = read();
    EXPECT_EQ(sample.items[0].password.line().reveal(), "s");
    EXPECT_EQ(sample.items[1].password.origin(), "");
}

TEST_F(Configured, ARequiredSecretMayComeFromElsewhere) {
    write("testd.json", "{}");
    EXPECT_THAT(problem(), HasSubstr("/private_key: missing"));
    ::setenv("TEST_D_PRIVATE_KEY", "x", 1);
    EXPECT_EQ(problem(), "none");
}

TEST_F(Configured, ChangesSayWhatTakesEffectWhen) {
    write("k", "one");
    write("cert.pem", "one");
    write("testd.d/10.json", R"({"certificate": "cert.pem"})");
    const auto before = read().values;
    EXPECT_THAT(texts_of_changes(before), IsEmpty());
    write("k", "two");
    write("cert.pem", "two");
    write("testd.d/10.json",
          R"({"certificate": "cert.pem", "port": 2, "level": 5, "items": [{"name": "b", "size": 3}, {"name": "c"}]})");
    EXPECT_THAT(
        texts_of_changes(before),
        ElementsAre("live /certificate: new content of \"" + dir_.file("cert.pem") + "\"", "live /items/b/size: 2 -> 3",
                    "live /items/c/name: new, \"c\"", "live /items/c/password_file: new, \"\"",
                    "live /items/c/size: new, 1", "live /level: 1 -> 5", "later /port: 1 -> 2",
                    "later /private_key: new content of \"" + dir_.file("k") + "\""));
    // What waits for a restart is told again.
    const auto running = after_reload(before, read().values);
    EXPECT_THAT(texts_of_changes(running),
                ElementsAre("later /port: 1 -> 2", "later /private_key: new content of \"" + dir_.file("k") + "\""));
    write("testd.json", R"({"private_key": "k", "port": 1, "items": [{"name": "a"}]})");
    write("testd.d/10.json", R"({"certificate": "cert.pem", "level": 5})");
    EXPECT_THAT(texts_of_changes(running), ::testing::Contains("live /items/b/name: removed, was \"b\""));
}

TEST_F(Configured, NoChangeEverShowsASecret) {
    ::setenv("TEST_D_PRIVATE_KEY", "geheim-1", 1);
    const auto before = read().values;
    ::setenv("TEST_D_PRIVATE_KEY", "geheim-2", 1);
    EXPECT_THAT(texts_of_changes(before),
                ElementsAre("later /private_key: new content of \"environment variable TEST_D_PRIVATE_KEY\""));
}

TEST(Schema, DescribesEveryKeyAsTheReaderChecksIt) {
    Sample sample;
    const auto schema = Json::parse(Reader::schema("test-d", [&](Reader& reader) { sample.fill(reader); }));
    EXPECT_FALSE(schema.contains("required"));  // a secret may come from the environment
    const auto& properties = schema["properties"];
    EXPECT_EQ(properties["port"], Json({{"type", "integer"},
                                        {"minimum", 1},
                                        {"maximum", 65535},
                                        {"default", 3804},
                                        {"description", "a port"},
                                        {"x-reload", false}}));
    EXPECT_EQ(properties["level"]["x-reload"], true);
    EXPECT_EQ(properties["private_key"]["x-environment"], "TEST_D_PRIVATE_KEY");
    const auto& item = properties["items"]["items"];
    EXPECT_EQ(item["required"], Json::array({"name"}));
    EXPECT_EQ(item["additionalProperties"], false);
    EXPECT_EQ(item["properties"]["size"]["x-reload"], true);
    EXPECT_EQ(item["properties"]["password_file"]["x-environment"], "TEST_D_ITEMS_<NAME>_PASSWORD");
    EXPECT_TRUE(properties.contains("$schema"));
}

}  // namespace
}  // namespace opencapf::config
