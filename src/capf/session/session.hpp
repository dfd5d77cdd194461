// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"
#include "opencapf/net/stream.hpp"

namespace opencapf::capf {

/// One phone's connection from AUTH_REQUEST to END_SESSION. `service` and `loop` outlive it.
Task<> run_session(Service& service, LoopState& loop, std::unique_ptr<net::Stream> stream);

}  // namespace opencapf::capf
