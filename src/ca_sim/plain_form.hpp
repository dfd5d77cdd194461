// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/submission.hpp"

namespace opencapf::ca_sim {

/// A browser without script posts the visible form of certrqxt.asp as it is (taRequest, lbCertTemplate, taAttrib);
/// these are the fields its script would have made of them (certsrv.md 1.2). Any other form comes back unchanged.
Form fields_of_plain_form(Form form);

}  // namespace opencapf::ca_sim
