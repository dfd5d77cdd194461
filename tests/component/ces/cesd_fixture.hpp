// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/app.hpp"
#include "fake_certsrv.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/est/client.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {

/// cesd in process, between the project's EST client and a scripted CA.
class CesdTest : public testing::Test {
protected:
    CesdTest() : pki_(dir_), ca_(std::make_unique<test::FakeCertsrv>(dir_, pki_)), loops_(1) { loops_.start(); }
    ~CesdTest() override {
        stop();
        loops_.stop();
    }

    Config config() {
        Config config;
        config.listen.address = "127.0.0.1";
        config.listen.port = 0;
        config.metrics.port = 0;
        config.tls.certificate_file = dir_.file("server.pem");
        config.tls.private_key = dir_.file("server.key");
        config.loops = 2;
        config.ca.host = "localhost";
        config.ca.port = ca_port_ != 0 ? ca_port_ : ca_->server.port();
        config.ca.trust_directory = dir_.file("trust");
        config.ca.auth = CaAuth::basic;
        config.user = "LAB\\ciscora";
        config.password = dir_.file("password");
        config.logs.ciscora = dir_.file("nginx.txt");
        config.logs.error_log = dir_.file("error.log");
        config.chain_retry_first = net::Duration(50);
        config.drain_timeout = net::Duration(5'000);
        return config;
    }
    void start(Config config) {
        cesd_ = std::make_unique<App>(std::move(config));
        cesd_->start();
        ca_->take_log();
    }
    void start() { start(config()); }
    void stop() {
        if (cesd_) cesd_->stop();
        cesd_.reset();
    }

    std::shared_ptr<const x509::TrustStore> trust() const {
        return std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{pki_.root.certificate});
    }
    est::EnrollResult enroll(const x509::CertificateRequest& csr, const std::string& password = "secret",
                             net::Duration read_timeout = net::Duration(10'000)) {
        est::ClientConfig client_config;
        client_config.host = "localhost";
        client_config.port = cesd_->port();
        client_config.trust = trust();
        client_config.user = "LAB\\ciscora";
        client_config.password = Secret(password);
        client_config.read_timeout = read_timeout;
        est::Client client(loops_[0], std::move(client_config));
        return test::run_on<est::EnrollResult>(loops_[0], [&] { return client.enroll(csr); });
    }
    /// A request as it stands; Basic credentials when `password` is not empty.
    http::ClientResponse send(http::ClientRequest request, const std::string& password = "") {
        http::ClientConfig transport;
        transport.trust = trust();
        if (!password.empty()) {
            transport.auth = http::AuthMethod::basic;
            transport.user = "LAB\\ciscora";
            transport.password = Secret(password);
        }
        request.url = "https://localhost:" + std::to_string(cesd_->port()) + request.url;
        using Answer = tl::expected<http::ClientResponse, http::ClientError>;
        const auto answer = test::run_on<Answer>(loops_[0], [&] { return perform(loops_[0], transport, request); });
        EXPECT_TRUE(answer) << answer.error().text;
        return answer ? *answer : http::ClientResponse{};
    }
    static Task<tl::expected<http::ClientResponse, http::ClientError>> perform(net::Loop& loop,
                                                                               http::ClientConfig transport,
                                                                               http::ClientRequest request) {
        http::Conversation conversation(loop, std::move(transport));
        auto answer = co_await conversation.perform(std::move(request));
        co_return answer;
    }
    http::ClientResponse post(const std::string& body, const std::string& type = "application/pkcs10",
                              const std::string& password = "secret") {
        http::ClientRequest request;
        request.method = "POST";
        request.url = "/.well-known/est/simpleenroll";
        request.headers.add("Content-Type", type);
        request.body = body;
        return send(std::move(request), password);
    }
    http::ClientResponse get(const std::string& path) {
        http::ClientRequest request;
        request.url = path;
        return send(std::move(request));
    }
    /// A log as it is now: what start() wrote is there, what a session writes may not be.
    std::string log_now(const std::string& name) {
        cesd_->flush_logs();
        return read_file(dir_.file(name));
    }
    /// A log when every session has ended.
    std::string log_text(const std::string& name) {
        stop();
        return read_file(dir_.file(name));
    }

    test::TempDir dir_;
    test::LabPki pki_;
    std::unique_ptr<test::FakeCertsrv> ca_;
    std::uint16_t ca_port_ = 0;
    net::LoopPool loops_;
    std::unique_ptr<App> cesd_;
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP001122334455"}}, key_);
};

}  // namespace opencapf::ces
