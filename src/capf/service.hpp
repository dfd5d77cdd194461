// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/config.hpp"
#include "capf/device_store.hpp"
#include "capf/gate.hpp"
#include "capf/issuer/issuer_parts.hpp"
#include "capf/issuer/offline_store.hpp"
#include "capf/metrics.hpp"
#include "capf/phone_trust.hpp"
#include "capf/schema.hpp"
#include "capf/spool.hpp"
#include "capf/trace.hpp"
#include "capf/unconfirmed_store.hpp"
#include "opencapf/base/current.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace opencapf::capf {

/// Devices with a running session: one operation at a time for each. Thread-safe.
class ActiveDevices {
public:
    /// A session's claim on its device, given up when it goes.
    class Hold {
    public:
        Hold(ActiveDevices& owner, std::string name, std::function<void()> break_session)
            : owner_(owner), name_(std::move(name)), break_session_(std::move(break_session)) {}
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        /// Another session has taken the device over: this one must leave the device row alone.
        [[nodiscard]] bool superseded() const noexcept { return superseded_; }

    private:
        friend class ActiveDevices;
        ActiveDevices& owner_;
        const std::string name_;
        const std::function<void()> break_session_;
        std::atomic<bool> superseded_{false};
    };
    /// The newest session wins: a phone that lost power is back before its old connection is known to be dead. An older
    /// session is superseded and broken. `break_session` is called on the newer session's thread.
    std::unique_ptr<Hold> acquire(const std::string& name, std::function<void()> break_session);

private:
    std::mutex mutex_;
    std::map<std::string, Hold*> holders_;
};

/// What every session shares. Members are thread-safe or immutable.
struct Service {
    Service(const Config& c, const metrics::Registry& registry)
        : current_config(c),
          phone_trust(load_phone_trust(c.phone_trust, c.tls.certificate_file)),
          metrics(registry),
          est_server(registry.gauge("capfd_est_up"), registry.gauge("capfd_est_last_success_time_seconds")),
          database(c.database, migrations()),
          devices(database),
          unconfirmed(database),
          offline(database),
          spool(c.spool_directory),
          trace(c.sdi_log),
          issuer_parts(load_issuer_parts(c)),
          workers(c.workers) {
        unconfirmed.explain_interrupted();
    }

    /// In force now; a session keeps the one it began with.
    [[nodiscard]] std::shared_ptr<const Config> config() const { return current_config.get(); }

    Current<Config> current_config;         ///< a reload sets it
    Current<x509::TrustStore> phone_trust;  ///< CAPF-trust for phones' certificates; a reload sets it
    const Metrics metrics;
    metrics::Upstream est_server;
    storage::Database database;
    DeviceStore devices;
    UnconfirmedStore unconfirmed;
    OfflineStore offline;
    Spool spool;
    Trace trace;
    Current<IssuerParts> issuer_parts;  ///< a reload sets it
    net::WorkPool workers;
    ActiveDevices active;
    std::atomic<std::uint32_t> next_session{1};
};

/// What lives on one loop: the EST client, and the CA certificates it has seen.
struct LoopState {
    LoopState(net::Loop& l, std::shared_ptr<const IssuerParts> p, std::size_t enrolments)
        : loop(l), gate(l, enrolments) {
        use(std::move(p));
    }
    /// A reload; running enrolments keep what they began with.
    void use(std::shared_ptr<const IssuerParts> fresh) {
        parts = std::move(fresh);
        est = parts->est ? std::make_shared<est::Client>(loop, *parts->est) : nullptr;
        ca_certificates.clear();
        next_ca_lookup = {};
    }
    net::Loop& loop;
    std::shared_ptr<const IssuerParts> parts;
    std::shared_ptr<est::Client> est;  ///< of the Online CA, else null
    Gate gate;                         ///< enrolments at the same time
    std::vector<x509::Certificate> ca_certificates;
    std::chrono::steady_clock::time_point next_ca_lookup{};  ///< a failed one is not repeated at once
};

}  // namespace opencapf::capf
