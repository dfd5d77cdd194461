// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/session/conversation.hpp"

namespace opencapf::capf {

// The steps of a session, in their order. Each says by itself how it may end; `conversation` outlives the task.

/// Asks the phone who it is, reads its row, and checks what the row wants to see: an authentication string, nothing, or
/// an existing certificate. The device is claimed when it succeeds.
Task<Step<void>> authenticate(Conversation& conversation);

// The operation of an authenticated phone, up to the commit of its success.
Task<Step<void>> install(Conversation& conversation);
Task<Step<void>> remove(Conversation& conversation);
Task<Step<void>> troubleshoot(Conversation& conversation);

/// The success of the device's operation with what was found, in the database and in the trace. Fails when another
/// instance has taken the device over: then nothing is written.
Task<Step<void>> succeed(Conversation& conversation, OperationResult result, decltype(Finish::found) found);

}  // namespace opencapf::capf
