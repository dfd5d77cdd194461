// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/identity.hpp"
#include "phone_sim/memory.hpp"
#include "phone_sim/options.hpp"

namespace opencapf::phone_sim {

struct ChosenProof {
    capf_protocol::IdentityProof proof;
    std::string_view with;  ///< "lsc" or "mic"
};

/// What a phone of mode 3 or 4 answers AUTH_REQUEST with: the proof by the certificate its mode prefers, or by the
/// other one when that is missing or cannot be used (other key, RSA 512 in version 3). With the two faults that concern
/// it. On a pool. Error not_found: no usable certificate; the text says what is wrong with each.
Result<ChosenProof> prove_identity(const PhoneOptions& options, const Memory& memory, std::uint32_t session_id);

}  // namespace opencapf::phone_sim
