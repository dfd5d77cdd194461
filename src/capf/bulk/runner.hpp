// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/bulk/store.hpp"
#include "capf/periodic.hpp"

namespace opencapf::capf {
struct Service;
}

namespace opencapf::capf::bulk {

/// Drives the jobs that run. All it knows is in the database.
class Runner {
public:
    /// `service` and `loop` outlive it.
    Runner(Service& service, net::Loop& loop);
    void start() { periodic_.start(); }
    void wake() { periodic_.wake(); }  ///< the configuration has changed, or who leads
    void stop() { periodic_.stop(); }

private:
    Task<net::Duration> round();
    Task<> serve(std::int64_t job, WallTime now, Rules rules);
    Service& service_;
    Store store_;
    Periodic periodic_;
};

}  // namespace opencapf::capf::bulk
