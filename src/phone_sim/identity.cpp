// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/identity.hpp"

#include "phone_sim/mic.hpp"

#include <array>

namespace opencapf::phone_sim {

using namespace capf_protocol;

namespace {

struct Candidate {
    std::string_view name;
    std::optional<Credential> (PhoneStore::*load)() const;
};

constexpr Candidate kLsc{"lsc", &PhoneStore::lsc_credential};
constexpr Candidate kMic{"mic", &PhoneStore::mic_credential};

/// Why a credential cannot be used, or nothing.
std::optional<std::string> defect(const Credential& credential) {
    const auto key = credential.certificate.usable_public_key();
    if (!key) return key.error().message;
    if (!(*key == credential.key.public_key())) return "it is for another key";
    return std::nullopt;
}

void spoil(Bytes& signature) {
    if (!signature.empty()) signature.back() ^= 1U;
}

Result<IdentityProof> prove(const Credential& credential, const PhoneOptions& options, const Memory& memory,
                            std::uint32_t session_id) {
    const IdentityKey identity{credential.key, credential.certificate};
    std::optional<Credential> device;
    if (options.sudi) device = memory.store().mic_credential();
    if (!device) return make_identity_proof(identity, options.name, session_id, options.profile.version);
    const IdentityKey sudi{device->key, device->certificate};
    return make_identity_proof(identity, options.name, session_id, options.profile.version, &sudi);
}

}  // namespace

Result<ChosenProof> prove_identity(const PhoneOptions& options, const Memory& memory, std::uint32_t session_id) {
    const bool lsc_first = options.auth == Auth::lsc;
    const std::array candidates{lsc_first ? kLsc : kMic, lsc_first ? kMic : kLsc};
    std::string why;
    for (const auto& candidate : candidates) {
        const auto note = [&](const std::string& problem) {
            why += (why.empty() ? "" : "; ") + std::string(candidate.name == "lsc" ? "LSC: " : "MIC: ") + problem;
        };
        auto credential = (memory.store().*candidate.load)();
        if (options.fault == Fault::other_certificate) credential = make_impostor(options.name);
        if (!credential) {
            note("there is none");
            continue;
        }
        if (const auto problem = defect(*credential)) {
            note(*problem);
            continue;
        }
        auto proof = prove(*credential, options, memory, session_id);
        if (!proof) {
            note(proof.error().message);
            continue;
        }
        if (options.fault == Fault::bad_signature) {
            spoil(proof->signed_data);
            if (proof->sha2_signed_data) spoil(proof->sha2_signed_data->signature);
        }
        return ChosenProof{*std::move(proof), candidate.name};
    }
    return fail(Errc::not_found, "the phone has no certificate to authenticate with (" + why + ")");
}

}  // namespace opencapf::phone_sim
