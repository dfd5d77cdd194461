// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "opencapf/config/reader.hpp"
#include "opencapf/process/admin_socket.hpp"
#include "opencapf/process/daemon.hpp"
#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <future>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace opencapf::process {
namespace {

using test::TempDir;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;

/// Sends itself the signals an operator would, and tells on stderr what it was asked to do.
class ScriptedApp final : public App {
public:
    ScriptedApp(std::vector<int> signals, bool hangs) : signals_(std::move(signals)), hangs_(hangs) {}
    void start() override {
        loops_.start();
        std::fputs("started ", stderr);
        for (const int signal : signals_) ::kill(::getpid(), signal);
        // Long enough for the watchdog's question to go unanswered; then the operator loses patience. The loop hangs
        // until the stop, so that it answers nobody.
        if (hangs_) {
            loops_[0].post([this] {
                auto stopped = stopped_.get_future();
                stopped.wait_for(std::chrono::seconds(1));
                ::kill(::getpid(), SIGTERM);
                stopped.wait_for(std::chrono::seconds(20));
            });
        }
    }
    void stop() override {
        std::fputs("stopped ", stderr);
        stopped_.set_value();
    }
    void reload() override {
        std::fputs("reloaded ", stderr);
        ::kill(::getpid(), SIGTERM);
    }

    net::LoopPool& loops() override { return loops_; }

private:
    net::LoopPool loops_{1};
    std::vector<int> signals_;
    const bool hangs_;
    std::promise<void> stopped_;
};

const DaemonInfo kInfo{"testd", "A daemon for tests", "/nonexistent/testd.json", [] { return std::string("{}"); },
                       nullptr};

std::unique_ptr<App> make_app(const std::string& path, bool check_only, const std::vector<int>& signals) {
    int number = 0;
    config::Reader::read_file(path, "testd",
                              [&](config::Reader& reader) { reader.integer("number", number, 0, 9, "a number"); });
    if (number == 9) throw std::runtime_error("the port is taken");
    if (check_only) return nullptr;
    return std::make_unique<ScriptedApp>(signals, number == 5);
}

/// run_daemon() in the child of a death test.
[[noreturn]] void run(std::vector<std::string> arguments, const std::vector<int>& signals = {}) {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);  // a death test looks at stderr only
    ::alarm(20);
    std::vector<char*> argv{const_cast<char*>("testd")};
    for (auto& argument : arguments) argv.push_back(argument.data());
    const int code = run_daemon(static_cast<int>(argv.size()), argv.data(), kInfo,
                                [&](const std::string& path, bool check) { return make_app(path, check, signals); });
    std::exit(code);
}

class DaemonDeathTest : public ::testing::Test {
protected:
    std::string config(const std::string& text) {
        write_file_atomically(dir_.file("c.json"), text, 0600, Durability::survives_process);
        return dir_.file("c.json");
    }
    TempDir dir_;
};

TEST_F(DaemonDeathTest, TellsVersionAndHelp) {
    EXPECT_EXIT(run({"--version"}), ExitedWithCode(kExitOk), "testd " OPENCAPF_VERSION);
    EXPECT_EXIT(run({"--help"}), ExitedWithCode(kExitOk), "A daemon for tests");
}

TEST_F(DaemonDeathTest, WrongUsageIs2) {
    EXPECT_EXIT(run({"--no-such-option"}), ExitedWithCode(kExitUsage), "no-such-option");
    EXPECT_EXIT(run({"--config"}), ExitedWithCode(kExitUsage), "--config");
}

TEST_F(DaemonDeathTest, CheckConfigStartsNothing) {
    const auto good = config(R"({"number": 1})");
    EXPECT_EXIT(run({"--check-config", "--config", good}), ExitedWithCode(kExitOk), "^[^\n]*c.json: good\n$");
}

TEST_F(DaemonDeathTest, BadConfigurationIs3WithEveryProblem) {
    const auto bad = config(R"({"number": 70, "what": 1})");
    EXPECT_EXIT(run({"--check-config", "--config", bad}), ExitedWithCode(kExitConfig),
                "/number: 70 is outside 0..9\n.*/what: .*unknown key, expected one of number");
    EXPECT_EXIT(run({"--config", bad}), ExitedWithCode(kExitConfig), "/number");
    EXPECT_EXIT(run({}), ExitedWithCode(kExitConfig), "/nonexistent/testd.json");
}

TEST_F(DaemonDeathTest, FailedStartIs1) {
    const auto taken = config(R"({"number": 9})");
    EXPECT_EXIT(run({"--config", taken}), ExitedWithCode(kExitFailure), "testd: the port is taken");
}

TEST_F(DaemonDeathTest, StopsOnSigtermAndSigintAndReloadsOnSighup) {
    const auto good = config("{}");
    for (const int signal : {SIGTERM, SIGINT})
        EXPECT_EXIT(run({"--config", good}, {signal}), ExitedWithCode(kExitOk), "started .*stopped .*testd stopped");
    EXPECT_EXIT(run({"--config", good}, {SIGHUP}), ExitedWithCode(kExitOk), "started .*reloaded .*stopped ");
}

/// The states that a service manager hears, one datagram each.
class FakeManager {
public:
    explicit FakeManager(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size());
        EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~FakeManager() {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(fd_);
    }
    FakeManager(const FakeManager&) = delete;
    FakeManager& operator=(const FakeManager&) = delete;
    std::vector<std::string> told() const {
        std::vector<std::string> states;
        char buffer[256];
        for (ssize_t count = 0; (count = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
            states.emplace_back(buffer, static_cast<std::size_t>(count));
        return states;
    }

private:
    int fd_;
};

TEST_F(DaemonDeathTest, ReloadIsToldToTheServiceManager) {
    const FakeManager manager(dir_.file("notify"));
    EXPECT_EXIT(run({"--config", config("{}")}, {SIGHUP}), ExitedWithCode(kExitOk), "");
    EXPECT_THAT(manager.told(), ::testing::ElementsAre("READY=1", "RELOADING=1", "READY=1", "STOPPING=1"));
}

TEST_F(DaemonDeathTest, TheWatchdogHearsALifeSignWhileLoopsAnswer) {
    const FakeManager manager(dir_.file("notify"));
    ::setenv("WATCHDOG_USEC", "2000000", 1);
    EXPECT_EXIT(run({"--config", config("{}")}, {SIGTERM}), ExitedWithCode(kExitOk), "");
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_THAT(manager.told(), ::testing::ElementsAre("READY=1", "WATCHDOG=1", "STOPPING=1"));
}

TEST_F(DaemonDeathTest, TheWatchdogHearsNothingOfALoopThatHangs) {
    const FakeManager manager(dir_.file("notify"));
    ::setenv("WATCHDOG_USEC", "400000", 1);
    EXPECT_EXIT(run({"--config", config(R"({"number": 5})")}, {}), ExitedWithCode(kExitOk), "does not answer");
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_THAT(manager.told(), ::testing::ElementsAre("READY=1", "STOPPING=1"));
}

[[noreturn]] void tell_activated_socket(const char* count, bool listening) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "opencapf-test-%d", ::getpid());
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (listening) ::listen(fd, 1);
    ::dup2(fd, 3);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    if (*count != '\0') ::setenv("LISTEN_FDS", count, 1);
    try {
        const int first = activated_socket();
        std::fprintf(stderr, "first %d then %d", first, activated_socket());
    } catch (const std::exception& error) {
        std::fputs(error.what(), stderr);
    }
    std::exit(0);
}

TEST_F(DaemonDeathTest, TakesTheSocketOfTheServiceManagerOnce) {
    EXPECT_EXIT(tell_activated_socket("", true), ExitedWithCode(0), "first -1 then -1");
    EXPECT_EXIT(tell_activated_socket("1", true), ExitedWithCode(0), "first 3 then -1");
    EXPECT_EXIT(tell_activated_socket("1", false), ExitedWithCode(0), "exactly one listening stream socket");
    EXPECT_EXIT(tell_activated_socket("2", true), ExitedWithCode(0), "exactly one listening stream socket");
}

Task<std::string> answer(std::string line) { co_return "got " + line; }

/// A client that may send anything. Blocking, with a time-out.
class RawClient {
public:
    explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size());
        const timeval limit{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    [[nodiscard]] bool connected() const noexcept { return connected_; }
    void send(std::string_view text) const { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
    [[nodiscard]] std::string line() const {
        std::string text;
        char c = 0;
        while (::recv(fd_, &c, 1, 0) == 1 && c != '\n') text += c;
        return text;
    }
    [[nodiscard]] bool dropped() const {
        char c = 0;
        return ::recv(fd_, &c, 1, 0) <= 0 && errno != EAGAIN;
    }

private:
    int fd_;
    bool connected_ = false;
};

class AdminSocketTest : public ::testing::Test {
protected:
    AdminSocketTest() : loops_(1) { loops_.start(); }
    ~AdminSocketTest() override {
        if (socket_) socket_->stop();
        loops_.stop();
    }
    void open() {
        socket_ = std::make_unique<AdminSocket>(loops_[0], path_, &answer);
        socket_->start();
    }
    TempDir dir_;
    const std::string path_ = dir_.file("admin.sock");
    net::LoopPool loops_;
    std::unique_ptr<AdminSocket> socket_;
};

TEST_F(AdminSocketTest, AnswersRequests) {
    open();
    EXPECT_EQ(admin_request(path_, "one"), "got one");
    EXPECT_EQ(admin_request(path_, ""), "got ");
    const std::string longest(64 * 1024 - 1, 'x');
    EXPECT_EQ(admin_request(path_, longest), "got " + longest);
}

TEST_F(AdminSocketTest, ServesSeveralClientsAndSeveralLinesEach) {
    open();
    const RawClient first(path_), second(path_);
    first.send("a\nb\nhal");
    second.send("c\n");
    EXPECT_EQ(second.line(), "got c");
    EXPECT_EQ(first.line(), "got a");
    EXPECT_EQ(first.line(), "got b");
    first.send("f\n");
    EXPECT_EQ(first.line(), "got half");
}

TEST_F(AdminSocketTest, DropsAClientWhoseLineIsTooLong) {
    open();
    const RawClient client(path_);
    client.send(std::string(64 * 1024 + 1, 'x'));
    EXPECT_TRUE(client.dropped());
    EXPECT_EQ(admin_request(path_, "next"), "got next");
    const auto refused = admin_request(path_, std::string(200'000, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::closed);
}

TEST_F(AdminSocketTest, IsForOwnerAndGroupOnly) {
    const auto mask = ::umask(0);
    open();
    EXPECT_EQ(::umask(mask), 0U);
    struct stat info {};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0660U);
}

TEST_F(AdminSocketTest, ReplacesAStaleSocketFile) {
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.c_str(), path_.size());
        ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::close(fd);  // as after kill -9: the file stays, nobody listens
    }
    open();
    EXPECT_EQ(admin_request(path_, "x"), "got x");
}

TEST_F(AdminSocketTest, RefusesASocketOnWhichAnotherAnswers) {
    open();
    try {
        const AdminSocket second(loops_[0], path_, &answer);
        FAIL() << "took over a live socket";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::address_in_use);
        EXPECT_THAT(error.what(), HasSubstr(path_));
    }
    EXPECT_EQ(admin_request(path_, "x"), "got x");
}

TEST_F(AdminSocketTest, NeverDeletesAFileThatIsNoSocket) {
    write_file_atomically(path_, "precious", 0600, Durability::survives_process);
    EXPECT_THROW(open(), std::system_error);
    EXPECT_EQ(read_file(path_), "precious");
}

TEST_F(AdminSocketTest, NamesAPathItCannotUse) {
    EXPECT_THROW(AdminSocket(loops_[0], dir_.file("none/admin.sock"), &answer), std::system_error);
    EXPECT_THROW(AdminSocket(loops_[0], dir_.file(std::string(200, 'x')), &answer), std::system_error);
}

TEST_F(AdminSocketTest, StopRemovesTheFileAndClientsHearSo) {
    open();
    socket_->stop();
    const auto refused = admin_request(path_, "x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unreachable);
    EXPECT_THAT(refused.error().message, HasSubstr(path_));
    EXPECT_FALSE(std::filesystem::exists(path_));
    test::run_plain(loops_[0], [] {});
    open();
    EXPECT_EQ(admin_request(path_, "again"), "got again");
}

TEST_F(AdminSocketTest, ClientWithATooLongPathGetsAnError) {
    EXPECT_EQ(admin_request(dir_.file(std::string(200, 'x')), "x").error().code, Errc::unreachable);
}

}  // namespace
}  // namespace opencapf::process
