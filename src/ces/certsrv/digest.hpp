// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <string>

namespace opencapf::ces {

/// SHA-256 as 32 raw bytes, used as a key of maps. Throws std::runtime_error when OpenSSL fails.
std::string sha256(ByteView data);

}  // namespace opencapf::ces
