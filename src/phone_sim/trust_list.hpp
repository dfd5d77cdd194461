// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/itl.hpp"
#include "phone_sim/phone_store.hpp"

namespace opencapf::phone_sim {

/// The trust list that is in force after the phone has been offered one.
struct TrustList {
    capf_protocol::Itl itl;
    bool refused = false;  ///< the one that was offered; the old one stays
    std::string note;      ///< what the phone shows; empty when nothing changed
};

/// Offers the phone `file` as its TFTP server does at each start: the first one is trusted as it is found, a later one
/// when a signer of the kept one has signed it; anything else leaves the kept one. What is in force is in `store`.
/// Errors: malformed, too_large or unauthorized (there is nothing to keep), io.
Result<TrustList> offer_trust_list(const PhoneStore& store, const std::string& file);

}  // namespace opencapf::phone_sim
