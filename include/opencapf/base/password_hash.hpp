// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/base/secret.hpp"

#include <string>
#include <string_view>

namespace opencapf {

/// Salted scrypt (RFC 7914) of a password as text: "scrypt$LOG2N$R$P$SALT$KEY", salt and key in hex. Made with N =
/// 2^14, r = 8, p = 1 and 16 random bytes: 16 MiB and some 50 ms, for the maker and for whoever guesses. Blocks that
/// long: not for an event loop. Throws std::runtime_error when there are no random bytes or no memory. Thread-safe, as
/// all here.
std::string hash_password(const Secret& password);

/// Error malformed unless `hash` is such a text with costs that a server can bear (N up to 2^17, r up to 16, p up to
/// 4).
Result<void> check_password_hash(std::string_view hash);

/// Compares in constant time; false for a text that check_password_hash() refuses. Blocks as long as the costs say, up
/// to seconds and 256 MiB with the highest. Throws std::runtime_error when there is no memory.
bool password_matches(const Secret& password, std::string_view hash);

}  // namespace opencapf
