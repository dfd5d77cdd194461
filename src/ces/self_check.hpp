// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/shared.hpp"
#include "ces/upstream/enroller.hpp"
#include "opencapf/base/check.hpp"

namespace opencapf::ces {

/// Tries what an enrolment needs, short of enrolling: for each CA the trust directory, name, TCP, TLS and certificates
/// of its web server, its clock, then what its type has (Upstream::try_out()), and the key usages of the last
/// certificate of each template. On the enroller's loop, which outlives it, for as long as the CA's time-outs allow.
/// Error conflict: another one runs.
Task<Result<Checks>> self_check(Shared& shared, Enroller& enroller);

}  // namespace opencapf::ces
