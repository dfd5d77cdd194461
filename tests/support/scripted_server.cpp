// SPDX-License-Identifier: Apache-2.0
#include "support/scripted_server.hpp"

#include "opencapf/base/text.hpp"
#include "support/loops.hpp"

#include <filesystem>
#include <utility>

namespace opencapf::test {
namespace {

/// One connection: hands every request to the script.
class Scripted final : public http::Connection {
public:
    Scripted(net::Loop& loop, const ScriptedServer::Answer& answer) : loop_(loop), answer_(answer) {}
    Task<http::Response> handle(const http::Request& request) override { return answer_(loop_, request); }

private:
    net::Loop& loop_;
    const ScriptedServer::Answer& answer_;
};

}  // namespace

LabPki::LabPki(const TempDir& dir)
    : root(make_root("Lab Root CA")), server(issue({.common_name = "localhost", .dns_name = "localhost"}, root)) {
    std::filesystem::create_directory(dir.file("trust"));
    write_file_atomically(dir.file("trust/root.pem"), root.certificate.pem(), 0600);
    write_file_atomically(dir.file("server.pem"), server.certificate.pem(), 0600);
    write_file_atomically(dir.file("server.key"), server.key.to_pem(), 0600);
    write_file_atomically(dir.file("password"), "secret\n", 0600);
}

ScriptedServer::ScriptedServer(const TempDir& dir, Answer answer) : answer_(std::move(answer)) {
    net::ListenerConfig config;
    config.address = "127.0.0.1";
    net::TlsServerConfig tls;
    tls.certificate_file = dir.file("server.pem");
    tls.private_key = dir.file("server.key");
    loops_ = std::make_unique<net::LoopPool>(1);
    net::Listener::Session session = [this](net::Loop& loop, std::unique_ptr<net::Stream> stream) {
        ++connections_;
        return http::serve(std::move(stream), http::ServerLimits{}, std::make_unique<Scripted>(loop, answer_));
    };
    listener_ = std::make_unique<net::Listener>(*loops_, config, net::TlsServerContext(tls), std::move(session),
                                                net::ListenerEvents{});
    loops_->start();
    listener_->start();
}

void ScriptedServer::stop() {
    if (stopped_) return;
    stopped_ = true;
    listener_->drain(net::Duration(0));
    // The port is closed by a job of the loop: let it run before the loop ends.
    run_plain((*loops_)[0], [] {});
    loops_->stop();
}

ScriptedServer::~ScriptedServer() { stop(); }

}  // namespace opencapf::test
