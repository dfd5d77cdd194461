// SPDX-License-Identifier: Apache-2.0
#include "capf/app.hpp"

int main(int argc, char** argv) {
    using namespace opencapf;
    const process::DaemonInfo info{"capfd", "CAPF daemon: gives IP phones their locally significant certificate",
                                   "/etc/opencapf/capfd.json", capf::config_schema, capf::describe_metrics};
    return process::run_daemon(argc, argv, info, [](const std::string& path, bool check_only) {
        capf::Config config = capf::read_config(path);
        if (check_only) return std::unique_ptr<process::App>();
        process::apply_lab_switches(config.source.values);
        config.listen.descriptor = process::activated_socket();
        return std::unique_ptr<process::App>(std::make_unique<capf::App>(config));
    });
}
