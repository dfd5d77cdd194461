// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// What a template takes as public keys. Sizes below `minimum_key_bits` are refused for RSA; EC keys need 256 bits.
enum class KeyAlgorithm { rsa, ec, any };

/// What happens to a request whose public key has a valid certificate already. Microsoft's CA issues another one;
/// the other two are ours (invented), for tests of clients that renew.
enum class Duplicates {
    issue,
    deny,       ///< denied by the policy
    supersede,  ///< issued, and the older ones are revoked with the reason superseded
};

inline constexpr const char* kCertificateRequestAgent = "1.3.6.1.4.1.311.20.2.1";

/// A certificate template as the CA publishes it (certsrv.md 3 and 6.3 to 6.5).
struct Template {
    std::string name;          ///< the cn: what requests name
    std::string display_name;  ///< what certrqxt.asp shows
    std::string oid;           ///< dotted; in extension 21.7 and in the option value
    int schema = 2;            ///< 1 to 4; 1 has extension 20.2, newer ones have 21.7
    std::uint32_t major_version = 100;
    std::uint32_t minor_version = 0;
    std::chrono::hours validity{730 * 24};
    std::vector<std::string> key_usage;  ///< names of key_usage_bit()
    std::vector<std::string> eku;        ///< dotted OIDs, in order
    bool subject_from_request = true;
    int minimum_key_bits = 2048;
    KeyAlgorithm key_algorithm = KeyAlgorithm::rsa;
    bool certificate_authority = false;  ///< issues CA:TRUE, as a copy of a CA template does
    unsigned ra_signatures = 0;          ///< authorised signatures a request needs (CMC by an enrolment agent)
    std::string ra_policy = kCertificateRequestAgent;  ///< application policy those signers must have
    Duplicates duplicates = Duplicates::issue;
    bool manager_approval = false;
    bool allow_unsigned_requests = false;
    std::vector<std::string> enroll;  ///< account names with the Enroll right
};

/// Bit number (RFC 5280 section 4.2.1.3) of "digitalSignature", "nonRepudiation", "keyEncipherment",
/// "dataEncipherment", "keyAgreement", "keyCertSign" or "cRLSign".
std::optional<int> key_usage_bit(std::string_view name) noexcept;
/// Dotted OID of "serverAuth", "clientAuth", "emailProtection", "ipsecEndSystem", "codeSigning"; a dotted OID comes
/// back as it is; nothing for anything else.
std::optional<std::string> eku_oid(std::string_view name);
/// Two arcs or more, first 0..2, digits without leading zeros, at most 128 characters.
bool is_dotted_oid(std::string_view text) noexcept;

/// True when `account` (own spelling, without domain) has the Enroll right. Accounts compare case-insensitively.
bool may_enroll(const Template& entry, std::string_view account) noexcept;
/// Template with this cn (AD names compare case-insensitively), or nullptr.
const Template* find_template(const std::vector<Template>& templates, std::string_view name) noexcept;
/// Template with this OID, or nullptr.
const Template* find_template_by_oid(const std::vector<Template>& templates, std::string_view oid) noexcept;

/// What stands in the Value of the template's option on certrqxt.asp: 14 fields separated by ';' (certsrv.md 3).
std::string option_value(const Template& entry);

}  // namespace opencapf::ca_sim
