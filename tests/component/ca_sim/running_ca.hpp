// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/app.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/http/client.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// ca-simd in this process on a port of the system's choice, and clients as the reference describes them.
namespace opencapf::ca_sim::test {

inline constexpr const char* kHost = "lab-dc.example.test";
inline constexpr const char* kPassword = "C0rrect horse";

/// Runs one HTTP conversation after another on a loop of its own. Blocking.
class Client {
public:
    Client(const std::string& ca_file, std::uint16_t port, http::AuthMethod auth, std::string user,
           std::string password, std::string user_agent = "CiscoRA 1.0")
        : base_("https://" + std::string(kHost) + ":" + std::to_string(port)), loops_(1) {
        http::ClientConfig config;
        config.trust = std::make_shared<x509::TrustStore>(std::vector{x509::Certificate::load(ca_file)});
        config.user_agent = std::move(user_agent);
        config.auth = auth;
        config.user = std::move(user);
        config.password = Secret(std::move(password));
        config.resolve[kHost] = "127.0.0.1";
        loops_.start();
        conversation_ = std::make_unique<http::Conversation>(loops_[0], std::move(config));
    }
    ~Client() {
        std::promise<void> gone;
        loops_[0].post([&] {
            conversation_.reset();
            gone.set_value();
        });
        gone.get_future().wait();
        loops_.stop();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    http::ClientResponse send(http::ClientRequest request) {
        request.url = base_ + request.url;
        std::promise<tl::expected<http::ClientResponse, http::ClientError>> promise;
        auto answer = promise.get_future();
        loops_[0].spawn([&] { return perform(*conversation_, request, promise); });
        auto result = answer.get();
        if (!result)
            throw std::runtime_error("curl " + std::to_string(result.error().curl_code) + ": " + result.error().text);
        return std::move(*result);
    }
    http::ClientResponse get(const std::string& path) {
        http::ClientRequest request;
        request.url = path;
        return send(std::move(request));
    }
    http::ClientResponse submit(const std::string& csr, const std::string& attributes) {
        http::ClientRequest request;
        request.method = "POST";
        request.url = "/certsrv/certfnsh.asp";
        request.headers.add("Content-Type", "application/x-www-form-urlencoded");
        request.headers.add("Referer", base_ + "/certsrv/certrqxt.asp");
        request.body = "Mode=newreq&CertRequest=" + percent_encode(csr) + "&CertAttrib=" + percent_encode(attributes) +
                       "&TargetStoreFlags=0&SaveCert=yes";
        return send(std::move(request));
    }
    [[nodiscard]] const std::string& base() const noexcept { return base_; }

private:
    static Task<> perform(http::Conversation& conversation, http::ClientRequest request,
                          std::promise<tl::expected<http::ClientResponse, http::ClientError>>& promise) {
        promise.set_value(co_await conversation.perform(std::move(request)));
    }
    std::string base_;
    net::LoopPool loops_;
    std::unique_ptr<http::Conversation> conversation_;
};

class RunningCa {
public:
    /// Accounts: ciscora (may enrol for CiscoRA and Slow), guest (nothing), and locked.
    RunningCa() {
        config_.ca = write_ca(dir_);
        const Issuer issuer(config_.ca);
        const auto request = x509::make_request({{"CN", kHost}}, phone_key());
        const auto server = issuer.issue(request, cisco_ra(), 1, Requester{"ciscora", "example.test"},
                                         std::chrono::system_clock::now());
        write_file_atomically(dir_.file("iis.pem"), server.value().pem(), 0600);
        write_file_atomically(dir_.file("iis.key"), phone_key().to_pem(), 0600);
        write_file_atomically(dir_.file("password"), std::string(kPassword) + "\n", 0600);
        config_.tls.certificate_file = dir_.file("iis.pem");
        config_.tls.private_key = dir_.file("iis.key");
        config_.listen.address = "127.0.0.1";
        config_.listen.port = 0;
        config_.metrics.port = 0;
        config_.public_http.enabled = true;
        config_.public_http.listen.address = "127.0.0.1";
        config_.public_http.listen.port = 0;
        config_.host_name = kHost;
        config_.ca.host_name = kHost;
        config_.loops = 2;
        config_.workers = 2;
        config_.database = dir_.file("requests.sqlite");
        config_.log_directory = dir_.file("W3SVC1");
        config_.authentication.providers = {"NTLM", "Negotiate", "Basic"};
        config_.authentication.basic_realm = kHost;
        config_.accounts = {{"ciscora", dir_.file("password"), true, false},
                            {"guest", dir_.file("password"), true, false},
                            {"shut", dir_.file("password"), true, true}};
        Template slow = cisco_ra();
        slow.name = "Slow";
        slow.oid = "1.2.3.4";
        slow.manager_approval = true;
        config_.templates = {cisco_ra(), slow};
        config_.drain = std::chrono::milliseconds(500);
    }
    ~RunningCa() { stop(); }

    Config& config() noexcept { return config_; }
    void start() {
        app_ = std::make_unique<App>(config_);
        app_->start();
    }
    void stop() { app_.reset(); }
    App& app() { return *app_; }
    [[nodiscard]] std::string ca_file() const { return dir_.file("ca.pem"); }

    std::unique_ptr<Client> ntlm(const std::string& user = "LAB\\ciscora", const std::string& password = kPassword) {
        return std::make_unique<Client>(ca_file(), app_->port(), http::AuthMethod::ntlm, user, password);
    }
    std::unique_ptr<Client> basic(const std::string& user = "ciscora", const std::string& password = kPassword,
                                  const std::string& agent = "Mozilla/5.0") {
        return std::make_unique<Client>(ca_file(), app_->port(), http::AuthMethod::basic, user, password, agent);
    }

    /// Log lines from cs-method to sc-win32-status, without s-port and c-ip; comment lines are left out. A line is
    /// written after its answer, so this waits until there are `count`, at most 10 s.
    std::vector<std::string> log_lines(std::size_t count) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        for (;;) {
            app_->flush_log();
            auto lines = read_log_lines();
            if (lines.size() >= count || std::chrono::steady_clock::now() > deadline) return lines;
            std::this_thread::yield();
        }
    }

private:
    std::vector<std::string> read_log_lines() {
        std::vector<std::string> lines;
        for (const std::string& line : split(read_file(app_->log_path()), '\n')) {
            if (line.empty() || line.front() == '#') continue;
            const auto fields = split(line, ' ');
            if (fields.size() != 15) throw std::runtime_error("no 15 fields: " + line);
            lines.push_back(fields[3] + " " + fields[4] + " " + fields[5] + " " + fields[7] + " " + fields[9] + " " +
                            fields[10] + " " + fields[11] + " " + fields[12] + " " + fields[13]);
        }
        return lines;
    }

    TempDir dir_;
    Config config_;
    std::unique_ptr<App> app_;
};

}  // namespace opencapf::ca_sim::test
