// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/est/client.hpp"
#include "support/loops.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>

namespace opencapf::est {

/// The EST client against an HTTPS server whose every answer the test writes. Tests are named after the requirement
/// they show (EST-C-nn in the table of docs/est-client.md).
class EstClient : public testing::Test {
protected:
    EstClient()
        : pki_(dir_),
          server_(dir_, [this](net::Loop& loop, const http::Request& request) { return answer(loop, request); }),
          loops_(1) {
        loops_.start();
    }
    ~EstClient() override {
        server_.stop();
        loops_.stop();
    }

    Task<http::Response> answer(net::Loop& loop, const http::Request& request) {
        requests_.push_back(request);
        if (delay_.count() > 0) co_await loop.sleep(delay_);
        const auto scripted = at_.find(request.target);
        if (scripted != at_.end()) co_return scripted->second;
        if (request.method == "POST" && challenge_ && !request.headers.has("Authorization")) {
            http::Response response;
            response.status = 401;
            response.headers.add("WWW-Authenticate", "Negotiate");
            response.headers.add("WWW-Authenticate", challenge_scheme_);
            co_return response;
        }
        co_return reply_;
    }

    ClientConfig config() {
        ClientConfig config;
        config.host = "localhost";
        config.port = server_.port();
        config.trust = std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{pki_.root.certificate});
        config.user = "LAB\\ciscora";
        config.password = Secret("secret");
        return config;
    }
    EnrollResult enroll(ClientConfig config, const std::string& correlation = {}) {
        Client client(loops_[0], std::move(config));
        return test::run_on<EnrollResult>(loops_[0], [&] { return client.enroll(csr_, correlation); });
    }
    CaCertsResult cacerts(ClientConfig config, const std::string& correlation = {}) {
        Client client(loops_[0], std::move(config));
        return test::run_on<CaCertsResult>(loops_[0], [&] { return client.cacerts(correlation); });
    }
    CsrAttrsResult csrattrs(ClientConfig config) {
        Client client(loops_[0], std::move(config));
        return test::run_on<CsrAttrsResult>(loops_[0], [&] { return client.csrattrs(); });
    }
    void reply_with(const std::vector<x509::Certificate>& certificates) {
        reply_ = {};
        reply_.headers.add("Content-Type", std::string(kTypeEnrolled));
        reply_.body = encode_body(x509::make_certs_only(certificates));
    }
    void reply_with_status(unsigned status) {
        reply_ = {};
        reply_.status = status;
        reply_.body = "why\n";
    }
    static http::Response redirect_to(const std::string& location) {
        http::Response response;
        response.status = 302;
        response.headers.add("Location", location);
        return response;
    }
    x509::Certificate certificate_for(const x509::PublicKey& key) {
        test::CertificateSpec spec;
        spec.common_name = "SEP1";
        return test::make_certificate(spec, key, pki_.root.key, &pki_.root.certificate);
    }

    test::TempDir dir_;
    test::LabPki pki_;
    bool challenge_ = true;
    std::string challenge_scheme_ = "Basic realm=\"estrealm\"";
    net::Duration delay_{0};
    http::Response reply_;
    std::map<std::string, http::Response> at_;  ///< answers of single targets, before all else
    std::vector<http::Request> requests_;
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP1"}}, key_);
    test::ScriptedServer server_;
    net::LoopPool loops_;
};

}  // namespace opencapf::est
