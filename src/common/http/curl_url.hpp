// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace opencapf::http {

/// Host of an absolute URL, without the brackets of an IPv6 address; empty when there is none.
std::string host_of(const std::string& url);

}  // namespace opencapf::http
