// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/est/codec.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <stdexcept>
#include <utility>

namespace opencapf::capf::test {
namespace {

http::Response text(unsigned status, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

http::Response certs(const std::vector<x509::Certificate>& certificates, const std::string& type) {
    http::Response response;
    response.headers.add("Content-Type", type);
    response.headers.add("Content-Transfer-Encoding", "base64");
    response.body = to_base64(x509::make_certs_only(certificates), 64);
    return response;
}

}  // namespace

RunningCapf::RunningCapf(const std::function<void(Config&)>& change)
    : est_(dir, [this](net::Loop& loop, const http::Request& request) { return answer(loop, request); }) {
    config_.listen.address = "127.0.0.1";
    config_.listen.port = 0;
    config_.metrics.port = 0;
    config_.tls.certificate_file = dir.file("server.pem");
    config_.tls.private_key = dir.file("server.key");
    config_.loops = 2;
    config_.database = dir.file("capfd.sqlite");
    config_.admin_socket = dir.file("capfd.sock");
    config_.spool_directory = dir.file("spool");
    config_.sdi_log = dir.file("capf.log");
    config_.signing_phones = {"SEP"};
    config_.allow_unsigned_requests = true;
    config_.service.certificate_issuer = CertificateIssuer::online;
    config_.service.online_ca_hostname = "lab-dc.example.test";
    config_.est.host = "localhost";
    config_.est.port = est_.port();
    config_.est.trust_file = dir.file("trust/root.pem");
    config_.est.user = "LAB\\ciscora";
    config_.est.password = dir.file("password");
    config_.drain_timeout = net::Duration(1000);
    config_.renewal.enabled = false;  // tests that want it switch it on
    change(config_);
    start();
}

RunningCapf::~RunningCapf() { stop(); }

void RunningCapf::start() {
    app_ = std::make_unique<App>(config_);
    app_->start();
}

void RunningCapf::stop() {
    if (app_) app_->stop();
    app_.reset();
}

x509::Certificate use_capf_certificate(Config& config) {
    opencapf::test::CertificateSpec spec;
    spec.common_name = "CAPF-12345678";
    spec.ca = true;
    spec.key_usage = "digitalSignature,keyCertSign";
    const auto capf = opencapf::test::make_self_signed(spec);
    write_file_atomically(config.database + ".capf.pem", capf.certificate.pem());
    write_file_atomically(config.database + ".capf.key", capf.key.to_pem(), 0600);
    config.tls.certificate_file = config.database + ".capf.pem";
    config.tls.private_key = config.database + ".capf.key";
    return capf.certificate;
}

void let_capf_sign(Config& config) {
    use_capf_certificate(config);
    config.service.certificate_issuer = CertificateIssuer::capf;
    config.allow_unsigned_requests = false;  // no request is needed
}

Json RunningCapf::admin(Json request) {
    request["version"] = 1;
    const auto answer = process::admin_request(config_.admin_socket, request.dump());
    if (!answer) throw std::runtime_error(answer.error().message);
    return Json::parse(*answer);
}

void RunningCapf::arm(const std::string& name, Json more) {
    admin({{"command", "device.add"}, {"names", {name}}});
    Json request = {{"command", "device.arm"}, {"names", {name}}, {"operation", "install"}};
    request.update(more);
    const Json answer = admin(request);
    if (!answer["ok"].get<bool>()) throw std::runtime_error(answer.dump());
}

Json RunningCapf::device(const std::string& name) {
    return admin({{"command", "device.show"}, {"name", name}}).at("device");
}

std::pair<int, int> RunningCapf::outcome(const std::string& name) {
    const Json shown = device(name);
    return {shown["operation"].get<int>(), shown["status"].get<int>()};
}

phone_sim::PhoneOptions RunningCapf::phone(const std::string& name) const {
    phone_sim::PhoneOptions options;
    options.name = name;
    options.host = "127.0.0.1";
    options.port = port();
    options.attempts = 1;
    options.timeout = net::Duration(20'000);
    return options;
}

phone_sim::Factory RunningCapf::make_factory(const std::string& name) {
    opencapf::test::CertificateSpec spec;
    spec.common_name = name;
    spec.ca = true;
    auto key = x509::PrivateKey::generate_ec("P-256");
    auto certificate = make_certificate(spec, key.public_key(), key, nullptr);
    return {std::move(certificate), std::move(key)};
}

void RunningCapf::give_mic(const std::string& name, const phone_sim::Factory& factory) const {
    const auto key = x509::PrivateKey::generate_rsa(1024);
    phone_sim::PhoneStore(dir.file("phone-" + name), name).save_mic(key, make_mic(factory, name, key.public_key()));
}

void RunningCapf::give_lsc(const std::string& name, const std::string& holder) const {
    const auto key = x509::PrivateKey::generate_rsa(1024);
    opencapf::test::CertificateSpec spec;
    spec.common_name = "CP-8865-" + name;
    const std::string& owner = holder.empty() ? name : holder;
    phone_sim::PhoneStore(dir.file("phone-" + owner), owner)
        .save(key, make_certificate(spec, key.public_key(), pki.root.key, &pki.root.certificate));
}

net::TlsClientContext RunningCapf::trust() const {
    net::TlsClientConfig config;
    config.trust_pem = {read_file(config_.tls.certificate_file)};
    return net::TlsClientContext(config);
}

phone_sim::PhoneResult RunningCapf::call(const phone_sim::PhoneOptions& options) {
    return phone_sim::run_single(options, dir.file("phone-" + options.name), trust(), [](std::string_view) {});
}

void RunningCapf::script(const std::function<void(EstScript&)>& change) {
    const std::lock_guard lock(mutex_);
    change(script_);
}

EstScript RunningCapf::seen() {
    const std::lock_guard lock(mutex_);
    return script_;
}

std::string RunningCapf::trace() {
    log::LineFile(dir.file("flush.log")).flush();  // one writer serves all files: what was written before is on disk
    return read_file(config_.sdi_log, 64 * 1024 * 1024);
}

Task<http::Response> RunningCapf::answer(net::Loop& loop, const http::Request& request) {
    if (request.method == "GET") {
        const SQLite::Database database(config_.database);
        SQLite::Statement count(database, "SELECT count(*) FROM UnconfirmedLsc");
        count.executeStep();
        const auto recorded = count.getColumn(0).getInt64();
        script([this, recorded](EstScript& s) {
            s.trace_at_cacerts = trace();
            s.recorded_at_cacerts = recorded;
        });
        co_return certs({pki.root.certificate}, "application/pkcs7-mime");
    }
    bool wait = false;
    script([&wait](EstScript& s) {
        wait = std::exchange(s.hold_next, false);
        s.held = s.held || wait;
    });
    while (wait && seen().held) co_await loop.sleep(net::Duration(5));
    if (seen().silent) co_await loop.sleep(net::Duration(30'000));
    co_return enroll(request);
}

http::Response RunningCapf::enroll(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    http::Response response;
    const bool renewal = script_.renewal_status != 0 && request.path.ends_with("/simplereenroll");
    const unsigned status = renewal ? script_.renewal_status : script_.status;
    const auto credentials = est::parse_basic(request.headers.get("Authorization"));
    if (!credentials || credentials->user != "LAB\\ciscora" || !credentials->password.equals("secret")) {
        response = text(401, "who are you?\n");
        response.headers.add("WWW-Authenticate", "Basic realm=\"estrealm\"");
    } else if (status != 200) {
        response = text(status, "no\n");
        if (!script_.retry_after.empty()) response.headers.add("Retry-After", script_.retry_after);
    } else {
        const auto csr = x509::CertificateRequest::from_text(request.body);
        if (!csr) throw std::runtime_error(csr.error().message);
        script_.csr = *csr;
        const auto other = x509::PrivateKey::generate_ec("P-256").public_key();
        opencapf::test::CertificateSpec spec;
        spec.common_name = csr->common_name();
        const auto certificate =
            make_certificate(spec, script_.wrong_key ? other : csr->public_key(), pki.root.key, &pki.root.certificate);
        response = certs({certificate}, "application/pkcs7-mime; smime-type=certs-only");
    }
    script_.ids.emplace_back(request.headers.get("X-Request-ID"));
    script_.requests.push_back(request.method + ' ' + request.path + ' ' + std::to_string(response.status));
    return response;
}

}  // namespace opencapf::capf::test
