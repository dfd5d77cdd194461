// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/result.hpp"

namespace opencapf::phone_sim {

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::done:
            return "done";
        case Outcome::failed:
            return "failed";
        case Outcome::no_change:
            return "no-change";
        case Outcome::unknown_device:
            return "unknown-device";
        case Outcome::communication:
            return "communication-failure";
        case Outcome::untrusted:
            return "tls-failure";
        case Outcome::protocol:
            return "protocol-error";
    }
    return "failed";
}

std::string_view to_string(Operation operation) noexcept {
    switch (operation) {
        case Operation::none:
            return "none";
        case Operation::install:
            return "install";
        case Operation::fetch:
            return "fetch";
        case Operation::remove:
            return "delete";
    }
    return "none";
}

}  // namespace opencapf::phone_sim
