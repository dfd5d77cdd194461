// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/page_frame.hpp"
#include "ca_sim/template.hpp"

#include <vector>

namespace opencapf::ca_sim {

/// Two rows of a table: label and list of templates. Clients read name, id and option values of the list;
/// </Option> is closed for those that want it (certsrv.md 2.7).
void template_list(PageText& out, const std::vector<const Template*>& templates, const PageTexts& texts);

/// The hidden form SubmittedData that scripts fill in and post to certfnsh.asp.
void submitted_form(PageText& out);

}  // namespace opencapf::ca_sim
