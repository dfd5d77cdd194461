// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/plain_form.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {

Form fields_of_plain_form(Form form) {
    const std::string request(http::form_value(form, "taRequest"));
    if (request.empty() || !http::form_value(form, "Mode").empty()) return form;
    std::string attributes;
    // The template's name is the second field of the option's value.
    const std::vector<std::string> option = split(http::form_value(form, "lbCertTemplate"), ';');
    if (option.size() > 1) attributes = "CertificateTemplate:" + option[1] + "\r\n";
    attributes += http::form_value(form, "taAttrib");
    form.emplace_back("Mode", "newreq");
    form.emplace_back("CertRequest", request);
    form.emplace_back("CertAttrib", attributes);
    form.emplace_back("FriendlyType", "Saved-Request Certificate");
    form.emplace_back("TargetStoreFlags", "0");
    form.emplace_back("SaveCert", "yes");
    return form;
}

}  // namespace opencapf::ca_sim
