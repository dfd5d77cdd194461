// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace opencapf::phone_sim {

/// The program: `phone-sim run` and `phone-sim fleet`. Returns the exit code.
int run_cli(int argc, char** argv);

}  // namespace opencapf::phone_sim
