// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace opencapf::capfctl {

/// Exit codes scripts can rely on.
inline constexpr int kExitOk = 0, kExitRefused = 1, kExitUsage = 2, kExitUnreachable = 3;

/// The whole program: parses the command line, asks capfd over its admin socket, prints the answer.
int run(int argc, char** argv);

}  // namespace opencapf::capfctl
