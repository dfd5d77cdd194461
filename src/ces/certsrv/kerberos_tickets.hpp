// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/net/loop.hpp"

#include <string>

namespace opencapf::ces {

/// Tells MIT Kerberos where this process' keytab and tickets are: KRB5_CLIENT_KTNAME and KRB5CCNAME, which it reads
/// from the environment only. Empty values change nothing. Call it before there are threads.
void use_kerberos(const std::string& client_keytab, const std::string& ccache);

/// Has a ticket for HTTP/`host` in the cache, so that libcurl's log-in on the loop need not ask the KDC, which would
/// block. Runs on `pool`; quick when the ticket is there. Errors: unavailable, with what Kerberos says.
Task<Result<void>> get_ticket(net::WorkPool& pool, std::string host);

}  // namespace opencapf::ces
