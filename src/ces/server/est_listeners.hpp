// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/config.hpp"
#include "opencapf/net/listener.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace opencapf::ces {

/// All places where EST clients connect: `listen`, and those of `listeners`. Thread-safe but for start() and drain().
class EstListeners {
public:
    using Session =
        std::function<Task<>(net::Loop&, std::unique_ptr<net::Stream>, std::shared_ptr<const EstListenerConfig>)>;
    /// Binds at once. Throws std::exception that names address or file.
    EstListeners(net::LoopPool& loops, const Config& config, const Session& session,
                 const std::function<net::ListenerEvents()>& events);

    void start();
    /// Of the listener `name`; "" is the first one. 0 when there is none of that name.
    [[nodiscard]] std::uint16_t port(std::string_view name = {}) const;
    [[nodiscard]] std::string local_address() const { return listeners_.front().listener->local_address(); }
    /// For the log: "0.0.0.0:8084, flat 0.0.0.0:8085".
    [[nodiscard]] std::string addresses() const;
    [[nodiscard]] std::size_t sessions() const;
    [[nodiscard]] bool draining() const { return listeners_.front().listener->draining(); }
    /// All at once, each as net::Listener::drain().
    std::size_t drain(net::Duration grace);
    /// Later connections speak what `config` says. Throws before anything is changed.
    void replace_tls(const Config& config);

private:
    struct Place {
        std::shared_ptr<const EstListenerConfig> config;
        std::unique_ptr<net::Listener> listener;
    };
    std::vector<Place> listeners_;
};

/// The TLS of a listener of `config` that treats client certificates as `mode` says.
net::TlsServerConfig est_tls(const Config& config, net::ClientCertificates mode);

}  // namespace opencapf::ces
