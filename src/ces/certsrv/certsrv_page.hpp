// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/x509/certificate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ces {

/// One option of certrqxt.asp's template list (certsrv.md section 3).
struct TemplateOption {
    std::string name;                   ///< field 1: the real name
    bool subject_supplied = false;      ///< field 0 is O: the subject comes from the request, as phones need
    int ra_signatures = 0;              ///< field 7; above 0 nobody can enrol over these pages
    std::uint32_t enrolment_flags = 0;  ///< field 4, MS-CRTD 2.26; 0 when it cannot be read
    std::uint32_t name_flags = 0;       ///< field 6, MS-CRTD 2.28
};

/// What an account may enrol for. The list is empty on a standalone CA and when the page is none of certrqxt.asp.
std::vector<TemplateOption> parse_template_list(std::string_view page);

enum class TemplateMatch { exact, other_case, absent };
struct TemplateSearch {
    TemplateMatch match = TemplateMatch::absent;
    TemplateOption option;  ///< the one found
};
/// AD compares template names without letter case; a difference is worth a warning.
TemplateSearch find_template(const std::vector<TemplateOption>& options, std::string_view name);

/// How the CA disposed of a request, as a page tells it.
enum class Disposition {
    issued,
    pending,
    denied,
    failed,        ///< an error page: certsrv could not do it
    unrecognized,  ///< none of the pages known
};

struct PageOutcome {
    Disposition disposition = Disposition::unrecognized;
    std::uint64_t request_id = 0;  ///< 0 when the page names none; digits only, at most 10
    std::string message;           ///< disposition message or excerpt, entities decoded, one line, bounded
    std::string hresult;           ///< first "0x%08x" of the message or the page, lower case, or empty
};

/// Reads certfnsh.asp's answer, and the error page certnew.* send instead of a certificate. Ids, URLs and numbers count
/// first and English text second, so localised pages work; the order of the checks is that of certsrv.md 7.2.
PageOutcome parse_outcome_page(std::string_view page);

/// A certnew.cer answer: PEM or DER, whatever its Content-Type says. Errors: malformed (use parse_outcome_page then).
Result<x509::Certificate> parse_certificate_answer(std::string_view body);

/// Form body for certfnsh.asp. `template_name` must have passed template_name_problem().
std::string make_submit_form(std::string_view request_pem, std::string_view template_name);

}  // namespace opencapf::ces
