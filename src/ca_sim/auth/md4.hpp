// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <array>

namespace opencapf::ca_sim {

using Digest16 = std::array<std::uint8_t, 16>;

/// MD4 after RFC 1320, for NTLM's password hash only. Our own, because OpenSSL 3 keeps it in the legacy provider, which
/// would have to be loaded for the whole process.
Digest16 md4(ByteView message);

}  // namespace opencapf::ca_sim
