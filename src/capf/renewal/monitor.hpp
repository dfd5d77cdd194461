// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/periodic.hpp"
#include "capf/renewal/alarms.hpp"
#include "capf/renewal/store.hpp"
#include "opencapf/base/current.hpp"

#include <string>
#include <utility>
#include <vector>

namespace opencapf::capf {
struct Service;
}

namespace opencapf::capf::renewal {

/// Looks at all devices again and again: ends operations whose deadline passed, arms those whose LSC has to be renewed,
/// sees what became of them, and raises alarms. It never touches a device with a pending operation, and the LSC stays
/// until the phone has confirmed another. All it knows is in the database.
class Monitor {
public:
    /// `service` and `loop` outlive it.
    Monitor(Service& service, net::Loop& loop);
    void start() { periodic_.start(); }
    void wake() { periodic_.wake(); }  ///< the configuration has changed, or who leads
    void stop() { periodic_.stop(); }
    /// As of the last round, for the daemon's status. Thread-safe, does not wait.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> facts() const;

private:
    Task<net::Duration> round();
    Task<> sweep(WallTime now, const Settings& settings);
    Task<> settle(WallTime now, const Settings& settings);
    Task<bool> arm(WallTime now, const Settings& settings);
    Task<> arm_page(std::vector<Subject> subjects, WallTime now, const Settings& settings);
    Task<> alarms(WallTime now, const Settings& settings);
    Task<> show(WallTime now, const Settings& settings);

    struct Shown {
        Figures renewals;
        std::array<std::size_t, kAlarmKinds.size()> alarms{};
        WallTime at;
    };
    Service& service_;
    Store store_;
    AlarmStore alarm_store_;
    Current<Shown> shown_;
    Periodic periodic_;
};

}  // namespace opencapf::capf::renewal
