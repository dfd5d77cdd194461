// SPDX-License-Identifier: Apache-2.0
#include "capfctl/commands.hpp"

int main(int argc, char** argv) { return opencapf::capfctl::run(argc, argv); }
