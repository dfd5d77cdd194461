// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/cluster/member.hpp"
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
#include "opencapf/storage/file_lock.hpp"

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
        /// The database says so: the other session is another instance's.
        void supersede() noexcept { superseded_ = true; }
        /// Of the session's cluster::Claim.
        void set_token(std::int64_t token) noexcept { token_ = token; }

    private:
        friend class ActiveDevices;
        ActiveDevices& owner_;
        const std::string name_;
        const std::function<void()> break_session_;
        std::atomic<bool> superseded_{false};
        std::atomic<std::int64_t> token_{0};
    };
    /// The newest session wins: a phone that lost power is back before its old connection is known to be dead. An older
    /// session is superseded and broken. `break_session` is called on the newer session's thread.
    std::unique_ptr<Hold> acquire(const std::string& name, std::function<void()> break_session);
    /// Breaks the sessions whose claims are no longer among those in the database.
    void keep_only(const cluster::Beat& beat);

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
          lock(c.database + ".lock",
               c.cluster.on() ? storage::FileLock::Mode::shared : storage::FileLock::Mode::exclusive,
               c.database + ": another capfd uses this database; several can when each has a name in cluster/instance"),
          name_lock(lock_name(c)),
          database(c.database, migrations(), {c.cluster.on(), kBusyTimeout}),
          devices(database),
          unconfirmed(database),
          offline(database),
          spool(c.spool_directory),
          trace(c.sdi_log),
          issuer_parts(load_issuer_parts(c)),
          workers(c.workers) {
        if (c.cluster.on()) {
            member = std::make_unique<cluster::Member>(database, c.cluster);
        } else {
            unconfirmed.explain_interrupted();
        }
    }
    /// Jobs that only one instance may do are this one's.
    [[nodiscard]] bool leads() const noexcept { return !member || member->leads(); }

    /// In force now; a session keeps the one it began with.
    [[nodiscard]] std::shared_ptr<const Config> config() const { return current_config.get(); }

    Current<Config> current_config;         ///< a reload sets it
    Current<x509::TrustStore> phone_trust;  ///< CAPF-trust for phones' certificates; a reload sets it
    const Metrics metrics;
    metrics::Upstream est_server;
    storage::FileLock lock, name_lock;  ///< of the database, and of this instance's name
    storage::Database database;
    DeviceStore devices;
    UnconfirmedStore unconfirmed;
    OfflineStore offline;
    Spool spool;
    Trace trace;
    Current<IssuerParts> issuer_parts;  ///< a reload sets it
    net::WorkPool workers;
    ActiveDevices active;
    std::unique_ptr<cluster::Member> member;  ///< null when this process is alone
    std::atomic<std::uint32_t> next_session{1};
    std::atomic<bool> checking{false}, enrolling{false};  ///< a self-check, a trial enrolment runs

private:
    /// Longer than the transactions of several instances that wait for each other.
    static constexpr std::chrono::milliseconds kBusyTimeout{15'000};
    static storage::FileLock lock_name(const Config& config);
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
