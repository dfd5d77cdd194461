// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/axl/accounts.hpp"
#include "capf/axl/config.hpp"
#include "capf/service.hpp"
#include "opencapf/base/current.hpp"
#include "opencapf/net/listener.hpp"

namespace opencapf::capf::axl {

/// The AXL-like endpoint: POST /axl/ over HTTPS with HTTP Basic, SOAP 1.1 (docs/axl.md).
class Server {
public:
    /// Binds at once. Throws as net::Listener, net::TlsServerContext and Accounts::from. `service` outlives it.
    Server(net::LoopPool& loops, const Config& config, Service& service);

    void start() { listener_.start(); }
    /// As net::Listener::drain().
    std::size_t drain(net::Duration grace) { return listener_.drain(grace); }
    [[nodiscard]] std::string local_address() const { return listener_.local_address(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

    /// What a reload may change.
    struct Fresh {
        net::TlsServerContext tls;
        Accounts accounts;
    };
    /// Reads certificate, key and accounts. Throws as the constructor.
    static Fresh load(const Config& config);
    void use(Fresh fresh);

private:
    Service& service_;
    Current<Accounts> accounts_;
    net::WorkPool hashing_{1};  ///< guessing passwords must not take the threads that phones need
    net::Listener listener_;
};

}  // namespace opencapf::capf::axl
