// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/server.hpp"

#include "capf/axl/calls.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/server_config.hpp"

namespace opencapf::capf::axl {
namespace {

http::Response plain(unsigned status, const char* text) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain");
    response.body = text;
    return response;
}

http::Response xml(unsigned status, std::string text) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/xml;charset=utf-8");
    response.body = "<?xml version='1.0' encoding='UTF-8'?>" + std::move(text);
    return response;
}

class Connection final : public http::Connection {
public:
    Connection(Service& service, const Current<Accounts>& accounts, net::WorkPool& hashing, std::string remote)
        : service_(service), accounts_(accounts), hashing_(hashing), remote_(std::move(remote)) {}

    Task<http::Response> handle(const http::Request& request) override {
        std::string defect;
        try {
            co_return co_await respond(request);
        } catch (const std::exception& error) {
            defect = error.what();
        }
        log::error("AXL: " + defect);
        co_return xml(500, fault("", "14.0", 5000, "internal failure"));
    }

    void rejected(const Error& error, http::Response&) override {
        log::warn("AXL: " + remote_ + ": " + printable(error.message, 256));
    }

private:
    Task<http::Response> respond(const http::Request& request) {
        if (request.path != "/axl/" && request.path != "/axl") co_return plain(404, "not found\n");
        if (request.method != "POST") {
            auto refusal = plain(405, "AXL is asked with POST\n");
            refusal.headers.add("Allow", "POST");
            co_return refusal;
        }
        const auto user = co_await log_in(std::string(request.headers.get("Authorization")));
        if (!user) {
            auto refusal = plain(401, "a user of the accounts file is expected\n");
            refusal.headers.add("WWW-Authenticate", "Basic realm=\"Cisco Web Services Realm\"");
            co_return refusal;
        }
        auto call = parse_call(request.body);
        if (!call) co_return xml(500, fault("", "14.0", code_of(call.error()), call.error().message));
        const std::string name = call->name, version = call->version;
        auto answered = co_await answer(service_, std::move(*call), *user);
        if (answered) co_return xml(200, std::move(*answered));
        co_return xml(500, fault(name, version, code_of(answered.error()), answered.error().message));
    }

    // Once for each connection: scrypt is slow on purpose. New accounts count at once.
    Task<std::optional<std::string>> log_in(std::string header) {
        const auto accounts = accounts_.get();
        auto given = parse_basic(header);
        if (!given) co_return std::nullopt;
        if (accounts == trusted_by_ && trusted_.equals(header)) co_return given->user;
        const auto right = std::make_shared<bool>(false);
        std::function<void()> job = [right, accounts, given] {
            *right = accounts->check(given->user, given->password);
        };
        co_await hashing_.run(std::move(job));
        if (!*right) {
            log::warn("AXL: " + remote_ + ": wrong user or password for " + printable(given->user, 128));
            co_return std::nullopt;
        }
        trusted_ = Secret(header);
        trusted_by_ = accounts;
        co_return given->user;
    }

    Service& service_;
    const Current<Accounts>& accounts_;
    net::WorkPool& hashing_;
    const std::string remote_;
    Secret trusted_;                              ///< Authorization header that was right ...
    std::shared_ptr<const Accounts> trusted_by_;  ///< ... by these
};

net::TlsServerContext context_of(const Config& config) {
    net::TlsServerConfig tls;
    tls.certificate_file = config.certificate;
    tls.private_key = config.private_key;
    return net::TlsServerContext(tls);
}

}  // namespace

Server::Server(net::LoopPool& loops, const Config& config, Service& service)
    : service_(service),
      accounts_(Accounts::from(config.accounts)),
      listener_(
          loops, config.listen, context_of(config),
          [this, limits = config.limits](net::Loop&, std::unique_ptr<net::Stream> stream) {
              auto connection = std::make_unique<Connection>(service_, accounts_, hashing_, stream->remote().address);
              return http::serve(std::move(stream), limits, std::move(connection),
                                 [this] { return listener_.draining(); });
          },
          process::operator_log_events()) {}

Server::Fresh Server::load(const Config& config) { return {context_of(config), Accounts::from(config.accounts)}; }

void Server::use(Fresh fresh) {
    listener_.replace_tls(std::move(fresh.tls));
    accounts_.set(std::make_shared<const Accounts>(std::move(fresh.accounts)));
}

}  // namespace opencapf::capf::axl
