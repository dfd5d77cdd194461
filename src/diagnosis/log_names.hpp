// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace opencapf::diagnosis {

/// Was the file `one` written before the file `other`, as far as names tell? Rotated files come before the one that is
/// being written: "capf.log.2", "capf.log.1", "capf.log"; "capf.log-20261127" before "capf.log". Numbers in names count
/// as numbers: "sdi9.txt" before "sdi10.txt". A strict weak order.
bool is_older_name(std::string_view one, std::string_view other);

}  // namespace opencapf::diagnosis
