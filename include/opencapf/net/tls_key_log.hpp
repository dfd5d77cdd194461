// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>
#include <string>

namespace opencapf::net {

// LAB ONLY: whoever reads the key log reads every connection. The format is that of SSLKEYLOGFILE, which Wireshark's
// preference tls.keylog_file takes. There is one log for each process, because the contexts that write to it are made
// in many places, libcurl's among them. All functions are thread-safe.

/// From now on secrets go to the end of `file`, which is made with mode 0600; "" writes none. Throws std::runtime_error
/// naming the file when it cannot be opened, is no regular file, or others than its owner, this user, may touch it.
void set_tls_key_log(const std::string& file);
/// The present file, "" when none is written.
std::string tls_key_log_file();
/// Makes the connections of `context` write their secrets when there is a key log, and none otherwise, whatever was set
/// before: libcurl honours the environment variable SSLKEYLOGFILE, and nobody shall be surprised by that.
void apply_tls_key_log(SSL_CTX* context);

}  // namespace opencapf::net
