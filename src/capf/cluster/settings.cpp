// SPDX-License-Identifier: Apache-2.0
#include "capf/cluster/settings.hpp"

#include "capf/device.hpp"

namespace opencapf::capf::cluster {

void read_settings(config::Reader& r, Settings& s) {
    r.optional_text("instance", s.instance,
                    "name of this process among several on one database, each with its own; \"\" = it is the only one");
    // A part of file names.
    if (s.on() && (!is_valid_device_name(s.instance) || s.instance.size() > 64))
        r.problem("instance", "expected 1 to 64 letters, digits, '.', '-' or '_'");
    r.seconds("lease", s.lease, 1, 600,
              "an instance that gives no sign of life for so long counts as dead, and loses its sessions and jobs to "
              "others; it gives one three times as often");
}

}  // namespace opencapf::capf::cluster
