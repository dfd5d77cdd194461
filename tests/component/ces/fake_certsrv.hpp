// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/http/server.hpp"
#include "opencapf/x509/certificate.hpp"
#include "unit/ces/test_pki.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace opencapf::ces::test {

/// A directory that goes with the object.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// Runs a task on `loop` and waits for its result; call it from a thread that is no loop.
template <class T>
Task<> run_into(std::function<Task<T>()> task, std::shared_ptr<std::promise<T>> promise) {
    T result = co_await task();
    promise->set_value(std::move(result));
}
template <class T>
T run(net::Loop& loop, std::function<Task<T>()> task) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    loop.spawn([task = std::move(task), promise] { return run_into<T>(task, promise); });
    return future.get();
}

/// Root, and certificates for both servers, on disk as the programs want them.
struct LabPki {
    explicit LabPki(const TempDir& dir);
    Issued root;
    Issued server;  ///< name "localhost", used by cesd and by the fake CA alike
};

/// A TLS server in process whose answers a test scripts.
class ScriptedServer {
public:
    using Answer = std::function<Task<http::Response>(net::Loop&, const http::Request&)>;
    /// `answer` runs on a loop's thread.
    ScriptedServer(const TempDir& dir, Answer answer);
    ~ScriptedServer();
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] std::size_t connections() const { return connections_; }
    void stop();

private:
    Answer answer_;
    std::atomic<std::size_t> connections_{0};
    bool stopped_ = false;
    std::unique_ptr<net::LoopPool> loops_;
    std::unique_ptr<net::Listener> listener_;
};

/// The script of an AD CS server: plain Basic, one account, and switches for everything that can go wrong.
struct CaScript {
    enum class Mode { issue, deny, pend, error_page, gibberish, wrong_key };
    std::mutex mutex;
    Mode mode = Mode::issue;
    std::string templates = "CiscoRA";
    net::Duration delay{0};        ///< before every answer but those of the start
    std::vector<std::string> log;  ///< "GET /certsrv 301" in order
    std::vector<std::string> forms;
    std::string last_request_pem;
    std::uint64_t last_id = 9;
};

class FakeCertsrv {
public:
    FakeCertsrv(const TempDir& dir, const LabPki& pki);
    CaScript script;
    ScriptedServer server;

    void set(const std::function<void(CaScript&)>& change);
    /// What was asked since the last call.
    std::vector<std::string> take_log();

private:
    Task<http::Response> answer(net::Loop& loop, const http::Request& request);
    http::Response answer_now(const http::Request& request);
    http::Response submit(const http::Request& request);
    http::Response certificate(const http::Request& request);
    const LabPki& pki_;
};

}  // namespace opencapf::ces::test
