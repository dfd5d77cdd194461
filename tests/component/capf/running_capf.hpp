// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/app.hpp"
#include "phone_sim/fleet.hpp"
#include "phone_sim/mic.hpp"
#include "support/scripted_server.hpp"

#include <mutex>
#include <nlohmann/json.hpp>

/// capfd in this process, an EST server whose answers a test scripts, and phones of phone-sim's library.
namespace opencapf::capf::test {

using opencapf::test::LabPki;
using opencapf::test::ScriptedServer;
using opencapf::test::TempDir;
using Json = nlohmann::ordered_json;

/// What the EST server does with a request. Set before the phone calls.
struct EstScript {
    unsigned status = 200;        ///< of an authenticated simpleenroll
    unsigned renewal_status = 0;  ///< of a simplereenroll, 0 = as `status`
    std::string retry_after{};    ///< header of that answer, when not empty
    bool wrong_key = false;       ///< answer with a certificate for another key
    bool silent = false;          ///< never answer
    bool hold_next = false;       ///< the next request waits as long as `held` is set then
    bool held = false;
    std::string trace_at_cacerts{};        ///< what the trace said when capfd asked for the CA certificates
    std::int64_t recorded_at_cacerts = 0;  ///< certificates on record as unconfirmed at that moment
    std::vector<std::string> requests{};   ///< "POST /.well-known/est/simpleenroll 401"
    std::vector<std::string> ids{};        ///< X-Request-ID of each
    std::optional<x509::CertificateRequest> csr{};
};

class RunningCapf {
public:
    explicit RunningCapf(const std::function<void(Config&)>& change = [](Config&) {});
    ~RunningCapf();

    void start();  ///< again after stop(), on the same database
    void stop();

    /// Sends one request over the real admin socket.
    Json admin(Json request);
    /// Adds and arms `name`; `more` goes into the arming.
    void arm(const std::string& name, Json more = Json::object());
    Json device(const std::string& name);
    /// operation and status
    std::pair<int, int> outcome(const std::string& name);

    [[nodiscard]] phone_sim::PhoneOptions phone(const std::string& name) const;
    phone_sim::PhoneResult call(const phone_sim::PhoneOptions& options);
    phone_sim::PhoneResult call(const std::string& name) { return call(phone(name)); }
    /// A manufacturing CA of its own.
    [[nodiscard]] static phone_sim::Factory make_factory(const std::string& name);
    /// Puts a MIC into the flash memory of the phone `name`.
    void give_mic(const std::string& name, const phone_sim::Factory& factory) const;
    /// Puts an LSC for `name`, issued by pki.root, into the flash memory of `holder`, "" = its own phone.
    void give_lsc(const std::string& name, const std::string& holder = {}) const;
    [[nodiscard]] net::TlsClientContext trust() const;
    [[nodiscard]] std::uint16_t port() const { return app_->port(); }
    [[nodiscard]] std::uint16_t metrics_port() const { return app_->metrics_port(); }
    void stop_est() { est_.stop(); }

    void script(const std::function<void(EstScript&)>& change);
    EstScript seen();
    std::string trace();  ///< everything written so far

    TempDir dir;
    LabPki pki{dir};

private:
    Task<http::Response> answer(net::Loop& loop, const http::Request& request);
    http::Response enroll(const http::Request& request);
    std::mutex mutex_;
    EstScript script_;
    ScriptedServer est_;
    Config config_;
    std::unique_ptr<App> app_;
};

/// A CAPF certificate that may sign, in place of the server's.
x509::Certificate use_capf_certificate(Config& config);
/// CAPF itself issues the LSCs, with such a certificate.
void let_capf_sign(Config& config);

}  // namespace opencapf::capf::test
