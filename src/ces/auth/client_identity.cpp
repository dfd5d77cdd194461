// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/client_identity.hpp"

#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <openssl/x509_vfy.h>

namespace opencapf::ces {
namespace {

/// `pattern` may begin or end with '*'.
bool fits(std::string_view pattern, std::string_view text) {
    if (pattern == "*") return true;
    const bool open_end = pattern.ends_with('*'), open_begin = pattern.starts_with('*');
    if (open_end) pattern.remove_suffix(1);
    if (open_begin) pattern.remove_prefix(1);
    if (open_begin && open_end) return text.find(pattern) != std::string_view::npos;
    if (open_begin) return text.ends_with(pattern);
    return open_end ? text.starts_with(pattern) : text == pattern;
}

bool fits(const MappingRule& rule, const x509::Certificate& certificate) {
    if (!fits(rule.issuer, certificate.issuer_rfc2253()) || !fits(rule.subject, certificate.subject_rfc2253()))
        return false;
    if (rule.alternative_name == "*") return true;
    const auto names = x509::alternative_names(x509::subject_alt_name_der(certificate));
    return std::any_of(names.begin(), names.end(),
                       [&rule](const std::string& name) { return fits(rule.alternative_name, name); });
}

/// One pass, so that a name with braces in it cannot bring a placeholder of its own.
std::string filled_in(const std::string& pattern, const x509::Certificate& certificate) {
    constexpr std::string_view kCn = "{cn}", kSubject = "{subject}";
    std::string account;
    for (std::size_t at = 0; at < pattern.size();) {
        if (pattern.compare(at, kCn.size(), kCn) == 0) {
            account += certificate.common_name();
            at += kCn.size();
        } else if (pattern.compare(at, kSubject.size(), kSubject) == 0) {
            account += certificate.subject_rfc2253();
            at += kSubject.size();
        } else {
            account += pattern[at++];
        }
    }
    return account;
}

}  // namespace

ClientIdentity identify_client(const std::vector<x509::Certificate>& chain, const ClientTrust& trust) {
    ClientIdentity identity{
        chain.front(), TrustedBy::nobody, {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ""}, false};
    const std::vector<x509::Certificate> untrusted(chain.begin() + 1, chain.end());
    const auto vouches = [&](const x509::TrustStore* set) {
        if (set == nullptr) return false;
        const auto good = x509::check_client_chain(*set, chain.front(), untrusted, trust.lists, trust.check);
        if (!good) identity.problem = good.error();
        return good.has_value();
    };
    if (vouches(trust.implicit_set)) identity.trusted_by = TrustedBy::implicit_set;
    // Last, so that its problem is the one to be told: it is what an administrator thinks of.
    if (vouches(trust.explicit_set)) identity.trusted_by = TrustedBy::explicit_set;
    identity.registration_authority = identity.trusted_by == TrustedBy::explicit_set &&
                                      x509::has_extended_key_usage(identity.certificate, x509::kCmcRaOid);
    return identity;
}

std::optional<std::string> account_of(const x509::Certificate& certificate, const std::vector<MappingRule>& rules) {
    if (rules.empty()) return certificate.subject_rfc2253();
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const MappingRule& each) { return fits(each, certificate); });
    if (rule == rules.end()) return std::nullopt;
    std::string account = filled_in(rule->account, certificate);
    return account.empty() ? std::nullopt : std::optional<std::string>(std::move(account));
}

}  // namespace opencapf::ces
