// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/check.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/net/endpoint_check.hpp"

#include <string>

namespace opencapf::http {

/// How far the server's clock is from ours, by the Date header of its answer to a GET of `path` without credentials.
/// Good within five minutes, which is what Kerberos takes. Unknown without a Date, and when a server that is not
/// genuine says another time. Ends the connection of `endpoint`. At most its `timeout` and 16 KiB.
Task<Check> check_clock(net::EndpointQuestion question, net::EndpointAnswer& endpoint, std::string path);

}  // namespace opencapf::http
