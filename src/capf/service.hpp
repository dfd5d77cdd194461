// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/config.hpp"
#include "capf/device_store.hpp"
#include "capf/spool.hpp"
#include "capf/trace.hpp"
#include "opencapf/est/client.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace opencapf::capf {

/// Devices with a running session: one operation at a time for each. Thread-safe.
class ActiveDevices {
public:
    /// Released when it goes.
    class Hold {
    public:
        Hold(ActiveDevices& owner, std::string name) : owner_(owner), name_(std::move(name)) {}
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        ActiveDevices& owner_;
        std::string name_;
    };
    /// Null when the device already has a session.
    std::unique_ptr<Hold> acquire(const std::string& name);

private:
    std::mutex mutex_;
    std::set<std::string> names_;
};

/// What every session shares. Members are thread-safe or immutable.
struct Service {
    explicit Service(const Config& c)
        : config(c), devices(c.database), spool(c.spool_directory), trace(c.sdi_log), workers(c.workers) {}

    const Config config;
    DeviceStore devices;
    Spool spool;
    Trace trace;
    net::WorkPool workers;
    ActiveDevices active;
    std::atomic<std::uint32_t> next_session{1};
};

/// What lives on one loop: the EST client, and the CA certificates it has seen.
struct LoopState {
    LoopState(net::Loop& loop, est::ClientConfig config) : est(loop, std::move(config)) {}
    est::Client est;
    std::vector<x509::Certificate> ca_certificates;
};

}  // namespace opencapf::capf
