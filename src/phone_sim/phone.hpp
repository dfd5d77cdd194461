// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/session.hpp"

namespace opencapf::phone_sim {

struct PhoneResult {
    std::string name;
    SessionResult session;  ///< the last one
    int attempts = 0;       ///< rounds over the phone's servers
    double latency_ms = 0;  ///< first connect to the end of the last session, retries and waits included
};

/// One phone until it is done or gives up. A communication failure leads to the next server at once, and after the last
/// one to another round as phones do it; everything else is final. A retry that meets "nothing pending" after the LSC
/// had been stored counts as done: only the server's goodbye was lost. References must outlive the task.
Task<PhoneResult> run_phone(SessionContext context, const PhoneOptions& options, Memory& memory);

}  // namespace opencapf::phone_sim
