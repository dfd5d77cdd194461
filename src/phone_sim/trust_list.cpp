// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/trust_list.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::phone_sim {
namespace {

using capf_protocol::Itl;

/// Errors: io, also for a file that is far too long.
Result<std::string> read(const std::string& file) {
    try {
        return read_file(file, capf_protocol::kMaxItlBytes);
    } catch (const std::exception& error) {
        return fail(Errc::io, error.what());
    }
}

/// The list in `bytes`, if one of the signers of `signers` signed it; without `signers` one of its own.
Result<Itl> signed_list(std::string_view bytes, const Itl* signers) {
    auto itl = capf_protocol::read_itl(as_bytes(bytes));
    if (!itl) return itl;
    const auto checked = check_itl_signer(*itl, (signers == nullptr ? *itl : *signers).content.records);
    if (!checked) return fail(checked.error());
    return itl;
}

}  // namespace

Result<TrustList> offer_trust_list(const PhoneStore& store, const std::string& file) {
    const auto offered = read(file);
    if (!store.has_trust_list()) {
        auto first = offered ? signed_list(*offered, nullptr) : Result<Itl>(fail(offered.error()));
        if (!first) return fail(first.error().with("the phone cannot use its first ITL " + file));
        store.save_trust_list(*offered);
        return TrustList{*std::move(first), false, "First ITL: trusted as it was found"};
    }
    const auto kept = read(store.trust_list_path());
    auto old = kept ? signed_list(*kept, nullptr) : Result<Itl>(fail(kept.error()));
    if (!old) return fail(old.error().with("the phone's own ITL " + store.trust_list_path() + " is broken, delete it"));
    if (offered && *kept == *offered) return TrustList{*std::move(old), false, ""};
    auto next = offered ? signed_list(*offered, &*old) : Result<Itl>(fail(offered.error()));
    if (!next) return TrustList{*std::move(old), true, "New ITL refused, the old one stays: " + next.error().message};
    store.save_trust_list(*offered);
    std::string note = "New ITL, signed by " + next->signer_name;
    return TrustList{*std::move(next), false, std::move(note)};
}

}  // namespace opencapf::phone_sim
