// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/loops.hpp"
#include "support/scripted_server.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace opencapf::ces::test {

using opencapf::test::issue;
using opencapf::test::LabPki;
using opencapf::test::make_root;
using opencapf::test::make_self_signed;
using opencapf::test::run_on;
using opencapf::test::ScriptedServer;
using opencapf::test::TempDir;

/// The script of an AD CS server: plain Basic, one account, and switches for everything that can go wrong.
struct CaScript {
    enum class Mode { issue, deny, pend, error_page, gibberish, wrong_key };
    std::mutex mutex;
    Mode mode = Mode::issue;
    std::string templates = "CiscoRA";
    net::Duration delay{0};                ///< before every answer but those of the start
    net::Duration post_delay{0};           ///< before the request is taken
    bool drop_after_fetch = false;         ///< the connection ends with certnew.cer's answer
    std::chrono::seconds clock_offset{0};  ///< of the Date header
    std::vector<std::string> log;          ///< "GET /certsrv 301" in order
    std::vector<std::string> forms;
    std::vector<std::string> request_ids;  ///< X-Request-ID of every request that had one
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
