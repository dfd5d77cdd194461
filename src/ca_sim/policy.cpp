// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/policy.hpp"

#include "ca_sim/der.hpp"
#include "opencapf/base/text.hpp"

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

/// The checks of a request that could be decoded.
Verdict judge(const x509::CertificateRequest& request, const PolicyInput& input, const std::vector<Template>& templates,
              Hresult no_template_code) {
    if (!request.is_unsigned() && !request.verify_signature()) {
        return bad_signature(input.attribute_template.value_or(std::string()), "the signature does not fit the key");
    }
    const Selection selection =
        select_template(read_template_naming(request), input.attribute_template, templates, no_template_code);
    if (selection.verdict) return *selection.verdict;
    const Template* entry = selection.entry;
    if (!may_enroll(*entry, input.account)) {
        return policy_denied(hresult::kTemplateDenied, hresult_text(hresult::kTemplateDenied), entry->name);
    }
    if (request.is_unsigned() && !entry->allow_unsigned_requests) {
        return bad_signature(entry->name, "unsigned request, but allow_unsigned_requests is off for this template");
    }
    if (request.is_unsigned() && !request.verify_no_signature_hash()) {
        return bad_signature(entry->name, "unsigned request whose hash does not fit its content");
    }
    if (request.public_key().bits() < entry->minimum_key_bits) {
        return policy_denied(hresult::kKeyLength, hresult_text(hresult::kKeyLength), entry->name);
    }
    if (entry->subject_from_request && !has_subject(request.native())) {
        return policy_denied(hresult::kBadSubject, hresult_text(hresult::kBadSubject), entry->name);
    }
    Verdict verdict;
    verdict.disposition = entry->manager_approval ? Disposition::pending : Disposition::signing;
    verdict.message = entry->manager_approval ? "Taken Under Submission" : "Issued";
    verdict.entry = entry;
    verdict.template_name = entry->name;
    return verdict;
}

}  // namespace

Verdict deny_unsupported(const std::string& template_name) { return unsupported(template_name); }

Verdict deny_by_policy(Hresult code, std::string template_name) {
    return policy_denied(code, hresult_text(code), std::move(template_name));
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

Verdict decide(const PolicyInput& input, const std::vector<Template>& templates, Hresult no_template_code) {
    auto request = x509::CertificateRequest::from_text(input.request_text);
    if (!request) {
        return denied(hresult::kBadTag, "Error Parsing Request  " + hresult_line(hresult::kBadTag),
                      input.attribute_template.value_or(std::string()));
    }
    Verdict verdict = judge(*request, input, templates, no_template_code);
    verdict.request = std::move(*request);
    return verdict;
}

}  // namespace opencapf::ca_sim
