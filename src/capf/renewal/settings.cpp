// SPDX-License-Identifier: Apache-2.0
#include "capf/renewal/settings.hpp"

namespace opencapf::capf::renewal {

void read_settings(config::Reader& r, Settings& s) {
    constexpr double kDay = 86'400;
    r.boolean("enabled", s.enabled, "arm devices by itself before their LSC ends");
    r.seconds("interval", s.interval, 0.1, 30 * kDay, "between two looks at all devices");
    r.integer("window_days", s.window_days, 0, 1825, "renew so many days before an LSC ends; 0 = see window_percent");
    r.integer("window_percent", s.window_percent, 1, 50,
              "renew in the last so many percent of its validity; with window_days the earlier of both counts");
    r.integer("jitter_percent", s.jitter_percent, 0, 90,
              "spread renewals over this part of the window, by the device's name");
    std::size_t auth = static_cast<std::size_t>(s.auth) - 2;
    r.choice("auth", auth, {"null", "lsc", "mic"}, "how phones prove themselves for a renewal");
    s.auth = static_cast<AuthMode>(auth + 2);
    r.seconds("operation_deadline", s.deadline, 60, 90 * kDay, "how long an armed renewal waits for its phone");
    r.seconds("sweep_grace", s.sweep_grace, 0, kDay,
              "how long after its deadline an operation that no phone came for is ended");
    r.seconds("retry_pause", s.retry_pause, 0.1, 30 * kDay, "after a failed renewal; doubles with each further one");
    r.seconds("retry_pause_max", s.retry_pause_max, 0.1, 90 * kDay, "longest such pause");
    r.seconds("no_gain_pause", s.no_gain_pause, 0, 366 * kDay,
              "after a renewal that brought no later end, because the issuer itself ends");
    r.integer("max_armed", s.max_armed, 1, 1'000'000, "renewals that wait for their phones at the same time");
    r.seconds("patience", s.patience, 1, 90 * kDay,
              "a renewal armed longer ago waits on, but no longer counts in max_armed");
    r.integer("alarm_expiring_days", s.alarm_expiring_days, 1, 1825,
              "alarm when an LSC ends within so many days and less than a quarter of its validity is left");
    r.integer("alarm_failures", s.alarm_failures, 1, 1000, "alarm when so many renewals in a row failed");
    r.integer("alarm_keep_days", s.alarm_keep_days, 1, 3650, "how long alarms stay in the list once they are cleared");
}

}  // namespace opencapf::capf::renewal
