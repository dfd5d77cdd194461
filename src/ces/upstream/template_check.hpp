// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/certsrv_page.hpp"
#include "ces/policy.hpp"
#include "opencapf/base/check.hpp"

#include <string>
#include <vector>

namespace opencapf::ces {

/// A template that a CA is asked for, and the labels under which it is ("" = without one).
struct WantedTemplate {
    std::string name;
    std::vector<std::string> labels;
};
/// What the profiles of `policy` want of `ca`, each template once, in order.
std::vector<WantedTemplate> wanted_templates(const Policy& policy, const Ca& ca);

/// What the request page says of `wanted`: is it there, and can a phone's request succeed? `account` is who was logged
/// in; `agent_signs`: cesd adds one authorised signature.
Check judge_template(const std::vector<TemplateOption>& options, const WantedTemplate& wanted,
                     const std::string& account, bool agent_signs);

/// "template CiscoRA", with the labels when there are some.
std::string template_step(const WantedTemplate& wanted);

}  // namespace opencapf::ces
