// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/ca_config.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

using config::Reader;

constexpr std::int64_t kMaxDays = 36500;

void read_days(Reader& reader, const char* key, std::chrono::hours& target, const char* help) {
    std::int64_t days = target.count() / 24;
    reader.integer(key, days, 1, kMaxDays, help);
    target = std::chrono::hours(days * 24);
}

void read_crl(Reader& reader, CaConfig& ca) {
    read_days(reader, "base_days", ca.crl_period, "a new base CRL every so many days");
    std::int64_t delta = ca.delta_period.count();
    reader.integer("delta_hours", delta, 0, 24 * 366, "a new delta CRL every so many hours; 0 = none");
    ca.delta_period = std::chrono::hours(delta);
    std::int64_t overlap = ca.crl_overlap.count();
    reader.integer("overlap_hours", overlap, 0, 24 * 366, "how long a CRL outlives the day its successor is due");
    ca.crl_overlap = std::chrono::hours(overlap);
}

void check_template_names(Reader& reader, const Template& entry, const std::vector<Template>& earlier) {
    static constexpr const char* kExpected = "1 to 256 characters without ; \\ \" and control characters";
    if (!entry.name.empty() && !plain_name(entry.name)) reader.problem("name", kExpected);
    if (!entry.display_name.empty() && !plain_name(entry.display_name)) reader.problem("display_name", kExpected);
    if (find_template(earlier, entry.name) != nullptr) reader.problem("name", "each template once");
    if (!entry.oid.empty() && !is_dotted_oid(entry.oid))
        reader.problem("oid", "a dotted OID such as 1.3.6.1.4.1.311.21.8.1");
    if (find_template_by_oid(earlier, entry.oid) != nullptr) reader.problem("oid", "an OID no other template has");
}

void read_choices(Reader& reader, Template& entry) {
    static const std::vector<std::string> kAlgorithms{"rsa", "ec", "any"};
    auto algorithm = static_cast<std::size_t>(entry.key_algorithm);
    reader.choice("key_algorithm", algorithm, kAlgorithms, "public keys the template takes");
    entry.key_algorithm = static_cast<KeyAlgorithm>(algorithm);
    static const std::vector<std::string> kDuplicates{"issue", "deny", "supersede"};
    auto duplicates = static_cast<std::size_t>(entry.duplicates);
    reader.choice("duplicates", duplicates, kDuplicates, "when the key has a valid certificate already");
    entry.duplicates = static_cast<Duplicates>(duplicates);
    reader.boolean("certificate_authority", entry.certificate_authority, "issue CA certificates (CA:TRUE)");
    reader.integer("ra_signatures", entry.ra_signatures, 0, 4, "signatures of enrolment agents a request needs");
    reader.text("ra_policy", entry.ra_policy, "application policy of those agents' certificates");
    if (auto oid = eku_oid(entry.ra_policy)) {
        entry.ra_policy = *oid;
    } else {
        reader.problem("ra_policy", "certificateRequestAgent or a dotted OID");
    }
}

}  // namespace

/// Names that end up in pages, log lines and option values: nothing that could forge one.
bool plain_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 256 && std::all_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != ';' && c != '\\' && c != '"';
    });
}

void read_ca(config::Reader& reader, CaConfig& ca) {
    reader.require("certificate");
    reader.content("certificate", ca.certificate_file, "PEM: CA certificate, then its parents");
    reader.require("private_key");
    reader.secret("private_key", ca.private_key, "PEM: the CA's private key");
    reader.secret("parent_private_key", ca.parent_private_key,
                  "PEM: the parent's private key, so that an issuing CA can be renewed; empty = it cannot");
    reader.optional_text("display_name", ca.display_name,
                         "CA name on the pages; empty = common name of its certificate");
    read_days(reader, "maximum_validity_days", ca.maximum_validity, "no certificate lives longer");
    reader.texts("crl_urls", ca.crl_urls, "CRL distribution points of issued certificates");
    reader.texts("aia_urls", ca.aia_urls, "CA issuers URLs of issued certificates");
    reader.texts("ocsp_urls", ca.ocsp_urls, "OCSP URLs of issued certificates");
    reader.boolean("san_attribute", ca.san_attribute,
                   "honour san: request attributes (EDITF_ATTRIBUTESUBJECTALTNAME2); makes ESC6 possible");
    reader.object(
        "crl", [&](Reader& r) { read_crl(r, ca); }, "when CRLs are published");
    static const std::vector<std::string> kCodes{"0x80094801", "0x80094800"};
    std::size_t code = ca.no_template_hresult == 0x80094800 ? 1 : 0;
    reader.choice("no_template_hresult", code, kCodes, "answer to a request that names no template");
    ca.no_template_hresult = code == 1 ? 0x80094800 : 0x80094801;
}

void read_template(config::Reader& reader, std::vector<Template>& templates) {
    Template entry;
    entry.eku.clear();
    reader.require("name");
    reader.text("name", entry.name, "the template's real name (cn)");
    entry.display_name = entry.name;
    reader.text("display_name", entry.display_name, "shown on certrqxt.asp; default: name");
    reader.require("oid");
    reader.text("oid", entry.oid, "the template's OID");
    check_template_names(reader, entry, templates);
    reader.integer("schema", entry.schema, 1, 4, "1: extension 20.2; 2 and newer: extension 21.7");
    reader.integer("major_version", entry.major_version, 0, 1'000'000, "major version in extension 21.7");
    reader.integer("minor_version", entry.minor_version, 0, 1'000'000, "minor version in extension 21.7");
    read_days(reader, "validity_days", entry.validity, "validity of issued certificates");
    reader.texts("key_usage", entry.key_usage, "key usage bits; empty = no extension");
    for (const std::string& name : entry.key_usage) {
        if (!key_usage_bit(name))
            reader.problem("key_usage", "names of RFC 5280 such as digitalSignature, not " + name);
    }
    reader.texts("eku", entry.eku, "extended key usages; empty = no extension");
    for (std::string& name : entry.eku) {
        if (auto oid = eku_oid(name)) {
            name = *oid;
        } else {
            reader.problem("eku", "serverAuth, clientAuth, ipsecEndSystem or a dotted OID, not " + name);
        }
    }
    reader.boolean("subject_from_request", entry.subject_from_request, "subject and SAN come from the request");
    reader.integer("minimum_key_bits", entry.minimum_key_bits, 0, 16384, "smaller keys are refused");
    read_choices(reader, entry);
    reader.boolean("manager_approval", entry.manager_approval, "requests stay pending");
    reader.boolean("allow_unsigned_requests", entry.allow_unsigned_requests, "accept id-alg-noSignature");
    reader.texts("enroll", entry.enroll, "accounts with the Enroll right");
    templates.push_back(std::move(entry));
}

std::vector<Template> parse_templates(std::string_view name, std::string_view text) {
    std::vector<Template> templates;
    Reader::read_text(name, text, [&](Reader& reader) {
        reader.objects(
            "templates", [&](Reader& r) { read_template(r, templates); }, "what the CA issues");
    });
    return templates;
}

}  // namespace opencapf::ca_sim
