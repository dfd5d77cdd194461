// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/net/loop.hpp"

#include <string>

namespace opencapf::phone_sim {

/// Deliberate misbehaviour, for tests of the server.
enum class Fault {
    none,
    no_answer,
    slow,
    wrong_session,
    split_records,
    garbage_key,
    wrong_key,
    store_failure,
    disconnect_after,
    bad_signature,
    other_certificate,
};

struct FaultPlan {
    Fault fault = Fault::none;
    int after = 0;           ///< no_answer, disconnect_after: frames sent before it happens, 0..9
    net::Duration delay{0};  ///< slow: before each frame
};

/// "NAME" or "NAME:N". Error config: not a fault, or a number it does not take.
Result<FaultPlan> parse_fault(std::string_view text);

/// Every name with what it does, one per line, for --fault list.
std::string fault_list();

}  // namespace opencapf::phone_sim
