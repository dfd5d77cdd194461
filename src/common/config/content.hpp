// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"

#include <string>

namespace opencapf::config {

/// SHA-256 over what stands at `path`, of a directory over the names and contents of its files. Empty when it cannot be
/// read: whoever uses it says why.
std::string fingerprint_of(const std::string& path);
std::string fingerprint_of(const SecretSource& source);

/// Where the environment says that the secret `variable` is: see Reader::secret(). Both members empty when nowhere.
SecretSource secret_from_environment(const std::string& variable);

}  // namespace opencapf::config
