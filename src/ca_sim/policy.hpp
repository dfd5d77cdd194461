// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/hresult.hpp"
#include "ca_sim/template.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

enum class Disposition {
    signing,  ///< decided, being signed; after a crash the start-up finishes or fails it
    issued,
    pending,  ///< waits for the CA manager
    denied,   ///< by the policy, or because the request is unusable
    failed,   ///< the CA could not do its part
};
std::string_view to_string(Disposition disposition) noexcept;
std::optional<Disposition> disposition_from(std::string_view name) noexcept;

/// What a request says about its template: extensions 20.2 and 21.7, enrollmentNameValuePair, CertAttrib.
struct TemplateNaming {
    std::optional<std::string> name;        ///< extension 20.2 (v1)
    std::optional<std::string> oid;         ///< extension 21.7 (v2+)
    std::optional<std::string> name_value;  ///< name-value pair CertificateTemplate
};
TemplateNaming read_template_naming(const x509::CertificateRequest& request);

/// Decision of the CA about one request. `entry` is set when it is signing or pending, `request` when it was decodable.
struct Verdict {
    Disposition disposition = Disposition::denied;
    Hresult code = hresult::kSuccess;
    std::string message;  ///< disposition message for the pages
    std::string detail;   ///< more for the operator's log; often empty
    const Template* entry = nullptr;
    std::string template_name;  ///< as far as known, for the record
    std::optional<x509::CertificateRequest> request;
    std::optional<std::string> on_behalf_of;  ///< account an enrolment agent asks for, without domain
    std::string names;                        ///< SAN attribute that counts; empty = none
};

/// What the CA judges with besides its templates.
struct PolicySettings {
    Hresult no_template = hresult::kNoTemplate;
    bool san_attribute = false;                      ///< honour SAN attributes
    std::shared_ptr<const x509::TrustStore> agents;  ///< what enrolment agents' certificates must chain to
    /// Did this CA issue an agent's certificate, and not revoke it? May block. Empty: nobody is an agent.
    std::function<bool(const x509::Certificate&)> vouched;
};

struct PolicyInput {
    std::string_view request_text;                  ///< CSR in any form of certsrv.md 1.2
    std::optional<std::string> attribute_template;  ///< CertAttrib's CertificateTemplate
    std::string_view account;                       ///< authenticated account, without domain
    std::string_view names;                         ///< CertAttrib's SAN; empty = none
};

/// "ciscora" of "LAB\\ciscora".
std::string_view account_of(std::string_view user) noexcept;

/// AD CS's order (certsrv.md 6.4): decode, signature, template named and published, Enroll right, key, authorised
/// signatures, subject, manager approval. An id-alg-noSignature request passes only with a template that allows it and
/// a matching hash. It verifies signatures: run it on a pool. `templates` must outlive the verdict.
Verdict decide(const PolicyInput& input, const std::vector<Template>& templates, const PolicySettings& settings);

/// Refusals of the policy module, as decide() gives them: for an unknown template, and with another code.
Verdict deny_unsupported(const std::string& template_name);
Verdict deny_by_policy(Hresult code, std::string template_name);

}  // namespace opencapf::ca_sim
