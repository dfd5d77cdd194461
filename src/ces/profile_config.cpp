// SPDX-License-Identifier: Apache-2.0
#include "ces/profile_config.hpp"

#include "ces/ca_config.hpp"
#include "opencapf/base/bytes.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

using config::Reader;

const std::vector<std::string> kWays{"certsrv_login", "static_account", "client_certificate"};
const std::vector<std::string> kKeys{"rsa-2048", "rsa-3072", "rsa-4096", "P-256", "P-384", "P-521"};

bool is_oid(const std::string& text) {
    const bool digits = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
    return digits && text.size() <= 128 && text.find("..") == std::string::npos && text.front() >= '0' &&
           text.front() <= '2' && text.back() != '.' && text.find('.') != std::string::npos;
}

void need_oids(Reader& reader, const char* key, const std::vector<std::string>& oids) {
    if (!std::all_of(oids.begin(), oids.end(), is_oid)) reader.problem(key, "dotted OIDs only");
}

void need_der(Reader& reader, const char* key, const std::string& base64) {
    const auto der = from_base64(base64);
    if (!der || der->empty()) reader.problem(key, "base64 of DER");
}

void read_auth(Reader& reader, ProfileConfig& profile) {
    std::vector<std::string> ways;
    for (const auto way : profile.auth) ways.push_back(kWays[static_cast<std::size_t>(way)]);
    reader.texts("auth", ways,
                 "ways to authenticate, each enough: certsrv_login (Basic, checked by a log-in to the CA), "
                 "static_account (Basic, checked against accounts_file), client_certificate");
    profile.auth.clear();
    for (const auto& way : ways) {
        const auto found = std::find(kWays.begin(), kWays.end(), way);
        if (found == kWays.end())
            reader.problem("auth", "certsrv_login, static_account or client_certificate");
        else
            profile.auth.push_back(static_cast<AuthWay>(found - kWays.begin()));
    }
    if (profile.auth.empty()) reader.problem("auth", "at least one way");
    reader.boolean("require_certificate", profile.require_certificate,
                   "a valid client certificate as well, whatever auth says");
    reader.texts("accounts", profile.accounts, "accounts that may enrol; empty: all that authenticate");
}

void read_client_certificates(Reader& reader, ProfileConfig& profile) {
    reader.content("explicit", profile.explicit_trust,
                   "file or directory with the EST CA's certificates; without it the CA's own chain");
    reader.content("implicit_directory", profile.implicit_trust,
                   "directory with third parties' CAs, a phone maker's say: their clients may enrol, not re-enrol");
    std::vector<MappingRule> rules;
    reader.objects(
        "mapping",
        [&](Reader& child) {
            MappingRule rule;
            child.require("name");
            child.require("account");
            child.text("name", rule.name, "name of the rule");
            child.text("issuer", rule.issuer, "issuer in the form of RFC 2253; may end with *");
            child.text("subject", rule.subject, "subject, likewise");
            child.text("alternative_name", rule.alternative_name,
                       "DNS:..., email:..., URI:... or IP:...; may begin or end with *");
            for (const auto& [key, pattern] : {std::pair("issuer", rule.issuer), std::pair("subject", rule.subject)})
                if (pattern.starts_with('*') && pattern != "*")
                    child.problem(key,
                                  "a text that may end with *, or * alone: a name could hold what stands at its end");
            child.text("account", rule.account, "account; {cn} and {subject} stand for the certificate's names");
            rules.push_back(std::move(rule));
        },
        "which account a certificate stands for, first match; without rules its subject is the account");
    if (!rules.empty()) profile.mapping = std::move(rules);
}

void read_csr(Reader& reader, CsrRules& rules) {
    reader.integer("rsa_min_bits", rules.rsa_min_bits, 512, 16384, "shortest RSA key");
    reader.integer("rsa_max_bits", rules.rsa_max_bits, 512, 16384, "longest RSA key");
    reader.texts("curves", rules.curves, "elliptic curves that are taken");
    reader.texts("digests", rules.digests, "digests of the request's signature that are taken");
    reader.boolean("subject_required", rules.subject_required, "refuse a request with an empty subject");
    reader.integer("max_subject_parts", rules.max_subject_parts, 1, 1000, "parts of a subject");
    reader.integer("max_name_bytes", rules.max_name_bytes, 16, 65'536, "bytes of one part, or of one name");
    reader.integer("max_alternative_names", rules.max_alternative_names, 0, 10'000, "subjectAltNames");
    reader.integer("max_attributes", rules.max_attributes, 0, 1000, "attributes, and extensions, of a request");
    reader.boolean("allow_ca", rules.allow_ca, "take requests for CA certificates");
    reader.boolean("allow_template", rules.allow_template, "let a request name a certificate template of its own");
}

void read_csrattrs(Reader& reader, CsrAttributesConfig& attributes) {
    reader.texts("oids", attributes.oids, "OIDs a request should carry, and signature schemes");
    need_oids(reader, "oids", attributes.oids);
    reader.optional_text("key", attributes.key, "key the CA wants: rsa-2048, rsa-3072, rsa-4096, P-256, P-384, P-521");
    if (!attributes.key.empty() && std::find(kKeys.begin(), kKeys.end(), attributes.key) == kKeys.end())
        reader.problem("key", "rsa-2048, rsa-3072, rsa-4096, P-256, P-384 or P-521");
    reader.text_map("attributes", attributes.attributes, "OID -> base64 DER of the attribute's value");
    for (const auto& [oid, value] : attributes.attributes) {
        need_oids(reader, "attributes", {oid});
        need_der(reader, "attributes", value);
    }
    std::vector<CsrExtensionConfig> extensions;
    reader.objects(
        "extensions",
        [&](Reader& child) {
            CsrExtensionConfig extension;
            child.require("oid");
            child.require("value");
            child.text("oid", extension.oid, "OID of the extension");
            need_oids(child, "oid", {extension.oid});
            child.text("value", extension.value, "base64 of its DER value");
            need_der(child, "value", extension.value);
            child.boolean("critical", extension.critical, "critical");
            extensions.push_back(std::move(extension));
        },
        "extensions with their values");
    if (!extensions.empty()) attributes.extensions = std::move(extensions);
    for (std::size_t i = 0; i < attributes.extensions.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (attributes.extensions[i].oid == attributes.extensions[j].oid)
                reader.problem("extensions", "each OID once");  // RFC 9908
    reader.texts("template_subject", attributes.template_subject,
                 "subject of RFC 9908's template: \"O=Example\", or \"CN\" for what the client fills in");
    reader.texts("template_extension_ids", attributes.template_extension_ids,
                 "extensions of the template whose value the client chooses");
    need_oids(reader, "template_extension_ids", attributes.template_extension_ids);
    reader.boolean("enforce", attributes.enforce, "refuse requests that lack what is listed");
}

void read_keygen(Reader& reader, ServerKeygenConfig& keygen) {
    reader.boolean("enabled", keygen.enabled, "offer serverkeygen: cesd makes the key and sends it to the client");
    std::size_t key = static_cast<std::size_t>(std::find(kKeys.begin(), kKeys.end(), keygen.key) - kKeys.begin());
    reader.choice("key", key, kKeys, "key to make");
    keygen.key = kKeys.at(key);
}

void read_reenroll(Reader& reader, ReenrollConfig& reenroll) {
    reader.texts("registration_authorities", reenroll.registration_authorities,
                 "accounts that re-enrol for others (CAPF), without showing the certificate that is renewed");
    reader.boolean("allow_name_change", reenroll.allow_name_change, "take requests with ChangeSubjectName");
    reader.boolean("allow_same_key", reenroll.allow_same_key, "renew a certificate for the same key");
}

}  // namespace

int rsa_bits_of(const std::string& key) { return key.rfind("rsa-", 0) == 0 ? std::stoi(key.substr(4)) : 0; }

void read_profile(Reader& reader, ProfileConfig& profile) {
    reader.optional_text("template", profile.template_name, "certificate template; empty: that of the CA's section");
    if (!profile.template_name.empty()) {
        const auto wrong = template_name_problem(profile.template_name);
        if (!wrong.empty()) reader.problem("template", wrong);
    }
    std::size_t columns = profile.wrap == est::Wrap::one_line ? 0 : 64;
    reader.number_choice("base64_wrap", columns, {0, 64}, "64 for lines of 64, 0 for one line");
    profile.wrap = columns == 0 ? est::Wrap::one_line : est::Wrap::lines_of_64;
    reader.texts("cas", profile.cas, "names of the CAs to ask, in order; empty: all");
    read_auth(reader, profile);
    reader.object(
        "client_certificates", [&](Reader& child) { read_client_certificates(child, profile); },
        "whose client certificates count, and for whom");
    reader.boolean("pop_enabled", profile.pop_enabled,
                   "demand that the request is tied to the TLS session by its challengePassword");
    reader.boolean("pop_check_present", profile.pop_check_present,
                   "check a challengePassword also while pop_enabled is off");
    reader.object(
        "csr", [&](Reader& child) { read_csr(child, profile.csr); }, "what certificate requests must be like");
    reader.object(
        "csrattrs", [&](Reader& child) { read_csrattrs(child, profile.csrattrs); }, "answer to /csrattrs");
    reader.object(
        "serverkeygen", [&](Reader& child) { read_keygen(child, profile.keygen); }, "keys made by the server");
    reader.object(
        "reenroll", [&](Reader& child) { read_reenroll(child, profile.reenroll); }, "simplereenroll");
}

}  // namespace opencapf::ces
