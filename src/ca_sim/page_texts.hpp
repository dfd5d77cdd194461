// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace opencapf::ca_sim {

/// Language of what a person reads. Windows translates texts, never ids, URLs, numbers or the CA's messages
/// (certsrv.md 0): a client that matches English words breaks on the second one, and that is what it is for.
enum class PageLanguage { english, german };

/// The visible texts of the frame, of certrqxt.asp and of the result pages; own words except for those that clients
/// match on (certsrv.md 2.7). HTML already: no value needs escaping.
struct PageTexts {
    std::string_view html_language;
    std::string_view product;  ///< after the word "Microsoft"
    std::string_view home;

    // certrqxt.asp
    std::string_view request_title;
    std::string_view request_instructions;
    std::string_view saved_request;
    std::string_view from_file;
    std::string_view template_head;
    std::string_view no_templates;
    std::string_view attributes_head;
    std::string_view submit;

    // certfnsh.asp, issued
    std::string_view issued_title;
    std::string_view issued;
    std::string_view encoding_head;
    std::string_view der;
    std::string_view separator;
    std::string_view base64;
    std::string_view download_certificate;
    std::string_view download_chain;

    // pending
    std::string_view pending_title;
    std::string_view received;
    std::string_view still_pending;
    std::string_view request_id;  ///< the number and a full stop follow
    std::string_view instructions;
    std::string_view timeout_before;  ///< the number of days stands between the two
    std::string_view timeout_after;
    std::string_view remove;

    // denied
    std::string_view denied_title;
    std::string_view denied;
    std::string_view revoked;
    std::string_view disposition_message;  ///< the message in straight quotes follows
    std::string_view contact;

    // error
    std::string_view error_title;
    std::string_view failed;
    std::string_view mode_label;
    std::string_view request_id_label;
    std::string_view disposition_label;
    std::string_view message_label;
    std::string_view result_label;
    std::string_view com_error_label;
    std::string_view last_status_label;
    std::string_view cause_label;
    std::string_view never_set;
    std::string_view none;
    std::string_view no_suggestions;
    std::string_view unknown;
};
const PageTexts& page_texts(PageLanguage language) noexcept;

}  // namespace opencapf::ca_sim
