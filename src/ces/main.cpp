// SPDX-License-Identifier: Apache-2.0
#include "ces/app.hpp"
#include "ces/metrics.hpp"

int main(int argc, char** argv) {
    const opencapf::process::DaemonInfo info{"cesd", "EST server and registration authority in front of AD CS",
                                             "/etc/opencapf/cesd.json", opencapf::ces::config_schema,
                                             opencapf::ces::describe_metrics};
    return opencapf::process::run_daemon(argc, argv, info, opencapf::ces::make_app);
}
