// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"
#include "opencapf/est/codec.hpp"

#include <map>
#include <string>
#include <vector>

namespace opencapf::ces {

/// How a client may say who it is. A label lists alternatives.
enum class AuthWay {
    certsrv_login,       ///< HTTP Basic, checked by a log-in to the CA: the product's way
    static_account,      ///< HTTP Basic, checked against `accounts_file`
    client_certificate,  ///< TLS
};

/// What certificate requests must be like before the CA hears of them (EST-S-102).
struct CsrRules {
    int rsa_min_bits = 2048;
    int rsa_max_bits = 8192;
    std::vector<std::string> curves{"P-256", "P-384", "P-521"};
    std::vector<std::string> digests{"SHA256", "SHA384", "SHA512"};
    bool subject_required = true;
    std::size_t max_subject_parts = 32;
    std::size_t max_name_bytes = 512;
    std::size_t max_alternative_names = 100;
    std::size_t max_attributes = 32;
    bool allow_ca = false;
    /// Microsoft's attributes that name a template, or that a CA reads like the form's CertAttrib.
    bool allow_template = false;
};

struct CsrExtensionConfig {
    std::string oid;
    std::string value;  ///< base64 of the DER inside the OCTET STRING
    bool critical = false;
};

/// What /csrattrs says (RFC 8951 section 4, RFC 9908).
struct CsrAttributesConfig {
    std::vector<std::string> oids;                    ///< bare OIDs: "include this", or a signature scheme
    std::string key;                                  ///< "rsa-2048", "P-256" ...; empty: no demand
    std::map<std::string, std::string> attributes;    ///< OID -> base64 DER of its one value
    std::vector<CsrExtensionConfig> extensions;       ///< wanted as they stand
    std::vector<std::string> template_subject;        ///< "CN" (the client fills in) or "O=Example"; makes a template
    std::vector<std::string> template_extension_ids;  ///< extensions whose value the client chooses
    bool enforce = false;                             ///< refuse requests that lack what is listed (EST-S-86)
};

struct ServerKeygenConfig {
    bool enabled = false;
    std::string key = "rsa-2048";  ///< or "P-256" ...
};

/// One rule of how a certificate becomes an account; texts may end with '*'. At the beginning of a
/// name it would let a common name pass for the parts that follow it, so it is refused there.
struct MappingRule {
    std::string name;
    std::string issuer = "*";            ///< RFC 2253
    std::string subject = "*";           ///< RFC 2253
    std::string alternative_name = "*";  ///< one of "DNS:...", "email:..." ...
    std::string account;                 ///< "{cn}" stands for the common name, "{subject}" for the whole name
};

struct ReenrollConfig {
    /// Accounts that re-enrol for others, and so need not show the certificate that is renewed (EST-S-74).
    std::vector<std::string> registration_authorities;
    bool allow_name_change = false;  ///< ChangeSubjectName (EST-S-72)
    bool allow_same_key = true;
};

/// What the base and each label have. A label begins with what the base says.
struct ProfileConfig {
    std::string label;          ///< empty: the base
    std::string template_name;  ///< empty: `ca.template`
    est::Wrap wrap = est::Wrap::lines_of_64;
    std::vector<std::string> cas;
    std::vector<AuthWay> auth{AuthWay::certsrv_login};
    bool require_certificate = false;   ///< a client certificate in addition to what `auth` says
    std::vector<std::string> accounts;  ///< who may use it; empty: whoever is authenticated
    std::vector<MappingRule> mapping;   ///< empty: the account is the certificate's subject
    std::string explicit_trust;         ///< file or directory; empty: the CA's own chain
    std::string implicit_trust;         ///< directory of third parties (manufacturers); empty: none
    bool pop_enabled = false;
    bool pop_check_present = true;
    CsrRules csr;
    CsrAttributesConfig csrattrs;
    ServerKeygenConfig keygen;
    ReenrollConfig reenroll;
};

/// Reads the keys that the base ("est") and each element of "labels" share.
void read_profile(config::Reader& reader, ProfileConfig& profile);

/// "rsa-3072" -> 3072, else 0.
int rsa_bits_of(const std::string& key);

}  // namespace opencapf::ces
