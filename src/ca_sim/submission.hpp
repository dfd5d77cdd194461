// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/faults/forced_verdict.hpp"
#include "opencapf/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What clients send to the pages, read without I/O (certsrv.md 1.2, 1.3, 1.5).
namespace opencapf::ca_sim {

using Form = std::vector<std::pair<std::string, std::string>>;

/// Fields of a POST: application/x-www-form-urlencoded, or multipart/form-data as some curl recipes send.
/// At most 64 fields; nothing when the content type is neither or the multipart framing is broken.
std::optional<Form> parse_post(std::string_view content_type, std::string_view body);

/// One `name:value` line of CertAttrib: name in lower case without blanks and '-', value trimmed.
struct Attribute {
    std::string name;
    std::string value;
};
/// Lines end in LF, an optional CR before it; a line without ':' is skipped; at most 64 are read.
std::vector<Attribute> parse_attributes(std::string_view text);

enum class SubmitMode { new_request, check_pending, other };

/// One POST to certfnsh.asp.
struct Submission {
    SubmitMode mode = SubmitMode::other;
    std::string certificate_request;           ///< CSR text as sent
    std::optional<std::string> template_name;  ///< of the attributes; the redundant form field is ignored
    std::string names;                         ///< SAN of the attributes; empty = none
    std::optional<std::int64_t> request_id;    ///< for check_pending
    ForcedVerdict forced{};                    ///< by faults, not by the client
};
Submission read_submission(const Form& form);

/// 1 to 10 digits, value at least 1.
std::optional<std::int64_t> parse_request_id(std::string_view text) noexcept;

enum class Encoding { der, base64 };

/// The query of certnew.cer and certnew.p7b.
struct FetchQuery {
    bool ca_certificate = false;             ///< ReqID=CACert
    std::optional<std::int64_t> request_id;  ///< otherwise; missing when ReqID is missing or no number
    Encoding encoding = Encoding::base64;    ///< DER for Enc=bin only; missing or anything else is base64
    std::optional<int> renewal;              ///< index of the CA certificate; nothing = missing or -1: the newest
    bool delta = false;                      ///< Type=delta, of certcrl.crl
};
FetchQuery read_fetch_query(std::string_view query);

}  // namespace opencapf::ca_sim
