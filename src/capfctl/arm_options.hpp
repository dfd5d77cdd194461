// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// What can be said about an operation, for one device or for many.
struct ArmOptions {
    std::string operation = "install", auth = "null", string, string_file, key_order = "rsa", by;
    int rsa = 0, ec = 256;  // rsa 0: what capfd's service parameter Key Size says
    bool generate = false;
};

/// Adds --operation and the options that go with it. `options` must outlive the parsing.
void add_arm_options(CLI::App& command, ArmOptions& options);

/// The members of a request that arms; reads --string-file. Throws as Secret::from_file.
Json arm_request(const ArmOptions& options);

}  // namespace opencapf::capfctl
