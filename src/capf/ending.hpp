// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device.hpp"
#include "capf/metrics.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/capf_protocol/codes.hpp"

#include <optional>
#include <string>

namespace opencapf::capf {

/// How a session ends that is no success: what the phone is told, and what becomes of the operation.
struct Ending {
    capf_protocol::Reason answer = capf_protocol::Reason::refused;
    std::optional<OperationResult> result;  ///< empty: the device row stays as it is
    bool keep_armed = false;
    std::string why;
    Errc cause = Errc::rejected;  ///< timeout: the peer is there but silent; internal: a disk or database failed
};
template <class T>
using Step = tl::expected<T, Ending>;

inline tl::unexpected<Ending> stop(Ending ending) { return tl::unexpected<Ending>(std::move(ending)); }

/// Counts a session that ended. `device` is the row as the session found it, null when there is none.
void count(const Metrics& metrics, const Step<void>& done, const Device* device, bool superseded);

}  // namespace opencapf::capf
