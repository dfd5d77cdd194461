// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/control.hpp"

#include "opencapf/log/operator_log.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace opencapf::process {
namespace {

using Json = nlohmann::json;

Task<std::string> other(std::string line) { co_return "other " + line; }

class ControlTest : public ::testing::Test {
protected:
    ControlTest() : loops_(1) {
        loops_.start();
        Control::Hooks hooks{[this] { return reload(); }, [this] { return status_; }, &other};
        control_ = std::make_unique<Control>(loops_, "testd", path_, std::move(hooks));
        control_->start();
    }
    ~ControlTest() override {
        control_->stop();
        loops_.stop();
        log::set_level(log::Level::info);
    }
    ReloadReport reload() {
        EXPECT_FALSE(reloading_.exchange(true)) << "two reloads at a time";
        reloading_ = false;
        return report_;
    }
    Json ask(const std::string& command, Json more = Json::object()) {
        more["version"] = 1;
        more["command"] = command;
        const auto answer = admin_request(path_, more.dump());
        return answer ? Json::parse(*answer) : Json(answer.error().message);
    }
    const test::TempDir dir_;
    const std::string path_ = dir_.file("admin.sock");
    net::LoopPool loops_;
    Status status_;
    ReloadReport report_;
    std::atomic<bool> reloading_{false};
    std::unique_ptr<Control> control_;
};

TEST_F(ControlTest, TellsItsState) {
    status_.facts = {{"phones", "1.2.3.4:3804"}};
    auto answer = ask("daemon.status");
    EXPECT_EQ(answer["ok"], true);
    EXPECT_EQ(answer["program"], "testd");
    EXPECT_EQ(answer["ready"], true);
    EXPECT_EQ(answer["facts"]["phones"], "1.2.3.4:3804");
    status_.not_ready = {"no CA"};
    answer = ask("daemon.status");
    EXPECT_EQ(answer["ready"], false);
    EXPECT_EQ(answer["not_ready"], Json::array({"no CA"}));
}

TEST_F(ControlTest, ReloadSaysWhatItDid) {
    report_ = {{"/log_level: 1 -> 2"}, {"/listen/port: 1 -> 2"}, {}};
    const auto answer = ask("daemon.reload");
    EXPECT_EQ(answer["applied"], Json::array({"/log_level: 1 -> 2"}));
    EXPECT_EQ(answer["needs_restart"], Json::array({"/listen/port: 1 -> 2"}));
    EXPECT_EQ(answer["problems"], Json::array());
    EXPECT_EQ(control_->reload().applied.size(), 1U);
}

TEST_F(ControlTest, LogLevelChangesAtOnce) {
    EXPECT_EQ(ask("daemon.log_level", {{"level", "debug"}})["ok"], true);
    EXPECT_EQ(log::level(), log::Level::debug);
    EXPECT_EQ(ask("daemon.status")["log_level"], "debug");
    for (const Json& wrong : {Json("loud"), Json(3), Json()}) {
        const auto answer = ask("daemon.log_level", {{"level", wrong}});
        EXPECT_EQ(answer["error"]["code"], "malformed");
    }
    EXPECT_EQ(log::level(), log::Level::debug);
}

TEST_F(ControlTest, OtherCommandsGoToTheDaemonAndNonsenseNowhere) {
    EXPECT_EQ(admin_request(path_, R"({"version":1,"command":"x.y"})"), R"(other {"version":1,"command":"x.y"})");
    for (const char* wrong : {"", "[]", "{}", R"({"version":2,"command":"daemon.status"})", R"({"version":1})"}) {
        const auto answer = admin_request(path_, wrong);
        ASSERT_TRUE(answer);
        EXPECT_EQ(Json::parse(*answer)["error"]["code"], "malformed") << wrong;
    }
}

struct Sample {
    config::Source source;
    int port = 1, level = 1;
};

TEST(ReloadConfig, AppliesAllOrNothingAndRemembersWhatWaits) {
    const auto value = [](int number, bool live) { return config::Value{std::to_string(number), "", live}; };
    const auto read = [&](const std::string&) {
        Sample fresh;
        fresh.source.values = {{"/port", value(2, false)}, {"/level", value(2, true)}};
        return fresh;
    };
    config::Source running{"file", {{"/port", value(1, false)}, {"/level", value(1, true)}}};
    const auto before = running.values;
    ReloadReport refused;
    reload_config(
        running, Sample(), read, [](Sample) { throw std::runtime_error("bad key"); }, refused);
    EXPECT_THAT(refused.problems, ::testing::ElementsAre("bad key"));
    EXPECT_TRUE(refused.applied.empty() && refused.needs_restart.empty());
    EXPECT_TRUE(config::changes(running.values, before).empty());
    for (const int round : {1, 2}) {
        ReloadReport report;
        reload_config(
            running, Sample(), read, [](const Sample&) {}, report);
        EXPECT_EQ(report.applied.size(), round == 1 ? 1U : 0U);
        EXPECT_THAT(report.needs_restart, ::testing::ElementsAre("/port: 1 -> 2"));
    }
}

}  // namespace
}  // namespace opencapf::process
