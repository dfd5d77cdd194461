// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/process/daemon.hpp"

namespace CLI {
class App;
}

namespace opencapf::process {

/// The text about exit codes and the hidden flag `--describe` of a daemon: beside its command line "config" (JSON
/// Schema), "secrets" (environment, key, help) and "metrics". Call it after all other options are there.
void describe_daemon(CLI::App& app, const DaemonInfo& info);

}  // namespace opencapf::process
