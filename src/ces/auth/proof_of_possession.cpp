// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/proof_of_possession.hpp"

#include "opencapf/x509/request_details.hpp"

namespace opencapf::ces {
namespace {

constexpr const char* kEstIdentityLinkingOid = "1.2.840.113549.1.9.16.2.58";  // RFC 7894

}  // namespace

Pop check_pop(const x509::CertificateRequest& csr, const ChannelBinding& binding) {
    const auto attributes = x509::request_attributes(csr);
    const x509::RequestAttribute* found = nullptr;
    for (const auto& attribute : attributes) {
        if (attribute.oid == kEstIdentityLinkingOid) found = &attribute;
        if (attribute.oid == x509::kChallengePasswordOid && found == nullptr) found = &attribute;
    }
    if (found == nullptr) return Pop::absent;
    const auto text = found->values.size() == 1 ? x509::string_value(found->values.front()) : std::nullopt;
    const auto value = text ? from_base64(*text) : std::nullopt;
    const Bytes& wanted = binding.tls_unique.empty() ? binding.tls_exporter : binding.tls_unique;
    if (wanted.empty()) return Pop::unbindable;
    return value && equal_constant_time(*value, wanted) ? Pop::valid : Pop::mismatch;
}

}  // namespace opencapf::ces
