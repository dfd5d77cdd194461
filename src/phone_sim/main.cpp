// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/cli.hpp"

int main(int argc, char** argv) { return opencapf::phone_sim::run_cli(argc, argv); }
