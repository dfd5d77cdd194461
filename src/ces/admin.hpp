// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/upstream/enroller.hpp"
#include "opencapf/net/loop.hpp"

#include <string>

namespace opencapf::ces {

/// Answers one line of the admin socket (process/admin_socket.hpp). The commands stand in docs/admin-socket.md. Never
/// throws; `shared` and `enroller`, which is of the socket's loop, outlive the task.
Task<std::string> handle_admin(Shared& shared, Enroller& enroller, std::string line);

}  // namespace opencapf::ces
