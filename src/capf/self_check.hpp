// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"
#include "opencapf/base/check.hpp"

namespace opencapf::capf {

/// What capfd can tell of the chain without enrolling: CAPF's own certificate and key, the phone trust directory, and,
/// with an Online CA, its EST server step by step: endpoint, clock, its CA certificates and whether phones' LSCs of
/// them would be taken. On `loop`, for as long as the time-outs of "est" allow. Both outlive it. Error conflict:
/// another one runs.
Task<Result<Checks>> self_check(Service& service, net::Loop& loop);

}  // namespace opencapf::capf
