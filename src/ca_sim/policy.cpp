// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/policy.hpp"

#include "ca_sim/cmc_request.hpp"
#include "ca_sim/der.hpp"
#include "ca_sim/san_attribute.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <memory>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace opencapf::ca_sim {
namespace {

constexpr std::array<std::pair<Disposition, std::string_view>, 5> kDispositions{{
    {Disposition::signing, "signing"},
    {Disposition::issued, "issued"},
    {Disposition::pending, "pending"},
    {Disposition::denied, "denied"},
    {Disposition::failed, "failed"},
}};

constexpr const char* kOidNameValuePair = "1.3.6.1.4.1.311.13.2.1";

struct ExtensionsFree {
    void operator()(STACK_OF(X509_EXTENSION) * stack) const noexcept {
        sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
    }
};
using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), ExtensionsFree>;

std::optional<std::string> name_value_template(X509_REQ* request) {
    for (int i = 0; i < X509_REQ_get_attr_count(request); ++i) {
        X509_ATTRIBUTE* attribute = X509_REQ_get_attr(request, i);
        if (der::oid_text(X509_ATTRIBUTE_get0_object(attribute)) != kOidNameValuePair) continue;
        const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, 0);
        if (value == nullptr || value->type != V_ASN1_SEQUENCE) continue;
        const ASN1_STRING* sequence = value->value.sequence;
        der::Cursor outer(
            ByteView(ASN1_STRING_get0_data(sequence), static_cast<std::size_t>(ASN1_STRING_length(sequence))));
        auto pair = outer.enter(der::kSequence);
        if (!pair) continue;
        const auto name = pair->bmp_string();
        const auto text = pair->bmp_string();
        if (name && text && iequals(*name, "CertificateTemplate")) return *text;
    }
    return std::nullopt;
}

Verdict denied(Hresult code, std::string message, std::string template_name = {}) {
    Verdict verdict;
    verdict.code = code;
    verdict.message = std::move(message);
    verdict.template_name = std::move(template_name);
    return verdict;
}

Verdict policy_denied(Hresult code, std::string_view text, std::string template_name) {
    return denied(code, fmt::format("Denied by Policy Module  {}, {}", hresult_hex(code), text),
                  std::move(template_name));
}

Verdict unsupported(const std::string& name) {
    return policy_denied(hresult::kUnsupportedTemplate,
                         "The request was for a certificate template that is not supported by the Active Directory "
                         "Certificate Services policy: " +
                             printable(name, 256) + ".",
                         name);
}

Verdict bad_signature(std::string template_name, std::string detail) {
    Verdict verdict =
        denied(hresult::kBadSignature,
               "Error Verifying Request Signature or Signing Certificate  " + hresult_line(hresult::kBadSignature),
               std::move(template_name));
    verdict.detail = std::move(detail);
    return verdict;
}

/// The template all sources agree on; a verdict when they name none, an unknown one, or different ones.
struct Selection {
    const Template* entry = nullptr;
    std::optional<Verdict> verdict;
};
Selection select_template(const TemplateNaming& naming, const std::optional<std::string>& attribute,
                          const std::vector<Template>& templates, Hresult no_template_code) {
    Selection selection;
    bool named = false;
    for (const auto* source : {&naming.oid, &naming.name, &naming.name_value, &attribute}) {
        if (!*source) continue;
        named = true;
        const Template* entry =
            source == &naming.oid ? find_template_by_oid(templates, **source) : find_template(templates, **source);
        if (entry == nullptr) {
            selection.verdict = unsupported(**source);
            return selection;
        }
        if (selection.entry != nullptr && selection.entry != entry) {
            selection.verdict = policy_denied(hresult::kTemplateConflict, hresult_text(hresult::kTemplateConflict),
                                              selection.entry->name);
            return selection;
        }
        selection.entry = entry;
    }
    if (!named) {
        selection.verdict = policy_denied(no_template_code,
                                          "The request does not contain a certificate template extension or the "
                                          "CertificateTemplate request attribute.",
                                          {});
    }
    return selection;
}

bool has_subject(X509_REQ* request) {
    if (X509_NAME_entry_count(X509_REQ_get_subject_name(request)) > 0) return true;
    const Extensions extensions(X509_REQ_get_extensions(request));
    return extensions && X509v3_get_ext_by_NID(extensions.get(), NID_subject_alt_name, -1) >= 0;
}

bool key_fits(const x509::PublicKey& key, const Template& entry) {
    constexpr int kSmallestCurve = 256;
    if (key.type() == x509::KeyType::ec)
        return entry.key_algorithm != KeyAlgorithm::rsa && key.bits() >= kSmallestCurve;
    return entry.key_algorithm != KeyAlgorithm::ec && key.bits() >= entry.minimum_key_bits;
}

bool has_policy(const x509::Certificate& certificate, const std::string& oid) {
    auto* usages =
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate.native(), NID_ext_key_usage, nullptr, nullptr));
    bool found = false;
    for (int i = 0; usages != nullptr && i < sk_ASN1_OBJECT_num(usages); ++i)
        found = found || der::oid_text(sk_ASN1_OBJECT_value(usages, i)) == oid;
    EXTENDED_KEY_USAGE_free(usages);
    return found;
}

/// Why the signatures over `decoded` are not those the template wants; nothing when they are.
std::optional<Verdict> lacks_signatures(const DecodedRequest& decoded, const Template& entry,
                                        const PolicySettings& settings) {
    if (decoded.wrapped && !decoded.enclosed.empty() && !decoded.signatures_right) {
        Verdict verdict =
            policy_denied(hresult::kSignatureRejected, hresult_text(hresult::kSignatureRejected), entry.name);
        verdict.detail = "a signature over the request does not fit its certificate";
        return verdict;
    }
    if (entry.ra_signatures == 0) return std::nullopt;
    if (decoded.signers.size() < entry.ra_signatures)
        return policy_denied(hresult::kSignatureCount, hresult_text(hresult::kSignatureCount), entry.name);
    for (const x509::Certificate& signer : decoded.signers) {
        const auto refuse = [&](Hresult code, std::string detail) {
            Verdict verdict = policy_denied(code, hresult_text(code), entry.name);
            verdict.detail = "enrolment agent " + signer.subject_rfc2253() + ": " + std::move(detail);
            return verdict;
        };
        if (settings.agents == nullptr) return refuse(hresult::kSignatureRejected, "no CA to check it with");
        if (const auto chain = settings.agents->verify(signer, decoded.enclosed); !chain)
            return refuse(hresult::kSignatureRejected, chain.error().message);
        if (!settings.vouched || !settings.vouched(signer))
            return refuse(hresult::kSignatureRejected, "it is revoked, or this CA never issued it");
        if (!has_policy(signer, entry.ra_policy))
            return refuse(hresult::kSignaturePolicy, "it lacks the application policy " + entry.ra_policy);
    }
    return std::nullopt;
}

/// The checks of a request that could be decoded.
Verdict judge(const DecodedRequest& decoded, const PolicyInput& input, const std::vector<Template>& templates,
              const PolicySettings& settings) {
    const x509::CertificateRequest& request = decoded.request;
    if (!request.is_unsigned() && !request.verify_signature()) {
        return bad_signature(input.attribute_template.value_or(std::string()), "the signature does not fit the key");
    }
    const auto& attribute = input.attribute_template ? input.attribute_template : decoded.template_name;
    const Selection selection =
        select_template(read_template_naming(request), attribute, templates, settings.no_template);
    if (selection.verdict) return *selection.verdict;
    const Template* entry = selection.entry;
    if (!may_enroll(*entry, input.account)) {
        return policy_denied(hresult::kTemplateDenied, hresult_text(hresult::kTemplateDenied), entry->name);
    }
    // Where the template wants an agent's signature, the agent vouches for a subject that cannot sign (RFC 5272 C.1).
    const bool agent_vouches = decoded.wrapped && entry->ra_signatures > 0;
    if (request.is_unsigned() && !entry->allow_unsigned_requests && !agent_vouches) {
        return bad_signature(entry->name, "unsigned request, but allow_unsigned_requests is off for this template");
    }
    if (request.is_unsigned() && !request.verify_no_signature_hash()) {
        return bad_signature(entry->name, "unsigned request whose hash does not fit its content");
    }
    if (!key_fits(request.public_key(), *entry)) {
        return policy_denied(hresult::kKeyLength, hresult_text(hresult::kKeyLength), entry->name);
    }
    if (auto refusal = lacks_signatures(decoded, *entry, settings)) return *refusal;
    // Only who showed an agent's signature may name somebody else, and only who may enrol can be named.
    std::optional<std::string> on_behalf_of;
    if (entry->ra_signatures > 0 && decoded.requester) {
        const std::string_view account = account_of(*decoded.requester);
        const auto known = std::find_if(entry->enroll.begin(), entry->enroll.end(),
                                        [&](const std::string& name) { return iequals(name, account); });
        if (known == entry->enroll.end())
            return policy_denied(hresult::kTemplateDenied, hresult_text(hresult::kTemplateDenied), entry->name);
        on_behalf_of = *known;
    }
    const bool names_count = settings.san_attribute && !input.names.empty();
    if (entry->subject_from_request && !has_subject(request.native()) && !names_count) {
        return policy_denied(hresult::kBadSubject, hresult_text(hresult::kBadSubject), entry->name);
    }
    Verdict verdict;
    if (names_count) {
        if (const auto names = names_of_attribute(input.names); !names) {
            verdict = policy_denied(hresult::kInvalidData, hresult_text(hresult::kInvalidData), entry->name);
            verdict.detail = names.error().message;
            return verdict;
        }
        verdict.names = input.names;
    }
    verdict.disposition = entry->manager_approval ? Disposition::pending : Disposition::signing;
    verdict.message = entry->manager_approval ? "Taken Under Submission" : "Issued";
    verdict.entry = entry;
    verdict.template_name = entry->name;
    verdict.on_behalf_of = std::move(on_behalf_of);
    return verdict;
}

}  // namespace

Verdict deny_unsupported(const std::string& template_name) { return unsupported(template_name); }

Verdict deny_by_policy(Hresult code, std::string template_name) {
    return policy_denied(code, hresult_text(code), std::move(template_name));
}

std::string_view account_of(std::string_view user) noexcept {
    const std::size_t slash = user.find('\\');
    return slash == std::string_view::npos ? user : user.substr(slash + 1);
}

std::string_view to_string(Disposition disposition) noexcept {
    for (const auto& [value, name] : kDispositions) {
        if (value == disposition) return name;
    }
    return "failed";
}

std::optional<Disposition> disposition_from(std::string_view name) noexcept {
    for (const auto& [value, known] : kDispositions) {
        if (known == name) return value;
    }
    return std::nullopt;
}

TemplateNaming read_template_naming(const x509::CertificateRequest& request) {
    TemplateNaming naming;
    naming.name_value = name_value_template(request.native());
    const Extensions extensions(X509_REQ_get_extensions(request.native()));
    for (int i = 0; extensions && i < sk_X509_EXTENSION_num(extensions.get()); ++i) {
        X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions.get(), i);
        const std::string oid = der::oid_text(X509_EXTENSION_get_object(extension));
        const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
        der::Cursor cursor(ByteView(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))));
        if (oid == der::kTemplateNameOid) {
            naming.name = cursor.bmp_string();
        } else if (oid == der::kTemplateOid) {
            if (auto body = cursor.enter(der::kSequence)) naming.oid = body->oid();
        }
    }
    return naming;
}

Verdict decide(const PolicyInput& input, const std::vector<Template>& templates, const PolicySettings& settings) {
    auto decoded = decode_request(input.request_text);
    if (!decoded) {
        return denied(hresult::kBadTag, "Error Parsing Request  " + hresult_line(hresult::kBadTag),
                      input.attribute_template.value_or(std::string()));
    }
    Verdict verdict = judge(*decoded, input, templates, settings);
    verdict.request = std::move(decoded->request);
    return verdict;
}

}  // namespace opencapf::ca_sim
