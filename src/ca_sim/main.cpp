// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/app.hpp"
#include "ca_sim/metrics.hpp"
#include "opencapf/process/daemon.hpp"

int main(int argc, char** argv) {
    const opencapf::process::DaemonInfo info{"ca-simd", "Certificate authority with Microsoft's web enrolment pages",
                                             "/etc/opencapf/ca-simd.json", opencapf::ca_sim::config_schema,
                                             opencapf::ca_sim::describe_metrics};
    return opencapf::process::run_daemon(argc, argv, info, opencapf::ca_sim::make_app);
}
