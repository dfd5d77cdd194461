// SPDX-License-Identifier: Apache-2.0
#include "ces/server/est_listeners.hpp"

#include <algorithm>
#include <thread>

namespace opencapf::ces {
namespace {

bool demands_pop(const EstConfig& est) {
    const auto demands = [](const ProfileConfig& profile) { return profile.pop_enabled; };
    return demands(est.base) || std::any_of(est.labels.begin(), est.labels.end(), demands);
}

EstListenerConfig first_place(const Config& config) {
    EstListenerConfig place;
    place.listen = config.listen;
    place.client_certificates = config.tls.client_certificates;
    return place;
}

}  // namespace

net::TlsServerConfig est_tls(const Config& config, net::ClientCertificates mode) {
    net::TlsServerConfig tls = config.tls;
    tls.client_certificates = mode;
    // TLS 1.3 has no tls-unique, and nobody has standardised the exporter for EST over HTTPS (EST-S-65).
    if (config.est.pop_caps_tls && demands_pop(config.est) && tls.minimum_version == "1.2") tls.maximum_version = "1.2";
    return tls;
}

EstListeners::EstListeners(net::LoopPool& loops, const Config& config, const Session& session,
                           const std::function<net::ListenerEvents()>& events) {
    std::vector<EstListenerConfig> places{first_place(config)};
    places.insert(places.end(), config.listeners.begin(), config.listeners.end());
    for (auto& each : places) {
        Place place;
        place.config = std::make_shared<const EstListenerConfig>(std::move(each));
        net::Listener::Session serve = [session, settings = place.config](net::Loop& loop,
                                                                          std::unique_ptr<net::Stream> stream) {
            return session(loop, std::move(stream), settings);
        };
        const auto tls = est_tls(config, place.config->client_certificates);
        place.listener = std::make_unique<net::Listener>(loops, place.config->listen, net::TlsServerContext(tls),
                                                         std::move(serve), events());
        listeners_.push_back(std::move(place));
    }
}

void EstListeners::start() {
    for (auto& place : listeners_) place.listener->start();
}

std::uint16_t EstListeners::port(std::string_view name) const {
    for (const auto& place : listeners_)
        if (place.config->name == name) return place.listener->port();
    return 0;
}

std::string EstListeners::addresses() const {
    std::string text;
    for (const auto& place : listeners_) {
        if (!text.empty()) text += ", " + place.config->name + " ";
        text += place.listener->local_address();
    }
    return text;
}

std::size_t EstListeners::sessions() const {
    std::size_t count = 0;
    for (const auto& place : listeners_) count += place.listener->sessions();
    return count;
}

std::size_t EstListeners::drain(net::Duration grace) {
    std::vector<std::size_t> cut(listeners_.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < listeners_.size(); ++i)
            threads.emplace_back([this, &cut, i, grace] { cut[i] = listeners_[i].listener->drain(grace); });
    }
    std::size_t all = 0;
    for (const auto count : cut) all += count;
    return all;
}

void EstListeners::replace_tls(const Config& config) {
    std::vector<net::TlsServerContext> contexts;
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        const auto mode = i == 0 ? config.tls.client_certificates : listeners_[i].config->client_certificates;
        contexts.emplace_back(est_tls(config, mode));
    }
    for (std::size_t i = 0; i < listeners_.size(); ++i) listeners_[i].listener->replace_tls(std::move(contexts[i]));
}

}  // namespace opencapf::ces
