// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/settings.hpp"

namespace opencapf::capf::bulk {

void read_settings(config::Reader& r, Settings& s) {
    r.seconds("interval", s.interval, 0.1, 3600, "between two looks at running jobs");
    r.seconds("patience", s.patience, 1, 90 * 86'400.0,
              "a device armed longer ago stays armed, but no longer counts in a job's max_concurrent");
    r.seconds("preparation", s.preparation, 10, 86'400,
              "a job that is not started so long after it was made is cancelled, and its strings are forgotten");
    r.integer("keep_days", s.keep_days, 1, 3650, "how long jobs stay in the list after their end");
}

}  // namespace opencapf::capf::bulk
