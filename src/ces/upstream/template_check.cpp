// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/template_check.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ces {
namespace {

constexpr std::size_t kMaxOffered = 12;  // names that are listed
constexpr std::size_t kMaxName = 64;
constexpr std::uint32_t kPendAllRequests = 0x2;  // MS-CRTD 2.26 CT_FLAG_PEND_ALL_REQUESTS

std::string name(std::string_view text) { return "'" + printable(text, kMaxName) + "'"; }

std::string offered(const std::vector<TemplateOption>& options) {
    std::string list;
    for (std::size_t i = 0; i < std::min(options.size(), kMaxOffered); ++i)
        list += (i == 0 ? "" : ", ") + printable(options[i].name, kMaxName);
    if (options.size() > kMaxOffered) list += " and " + std::to_string(options.size() - kMaxOffered) + " more";
    return list;
}

/// Where the subject comes from instead of the request (MS-CRTD 2.28).
std::string subject_sources(std::uint32_t flags) {
    struct Source {
        std::uint32_t bit;
        const char* text;
    };
    static constexpr std::array<Source, 5> kSources{{{0x80000000, "directory path"},
                                                     {0x40000000, "common name"},
                                                     {0x20000000, "mail address"},
                                                     {0x10000000, "DNS name"},
                                                     {0x00000008, "the old certificate"}}};
    std::string list;
    for (const auto& source : kSources)
        if ((flags & source.bit) != 0) list += (list.empty() ? "" : ", ") + std::string(source.text);
    return list;
}

}  // namespace

std::vector<WantedTemplate> wanted_templates(const Policy& policy, const Ca& ca) {
    std::vector<WantedTemplate> wanted;
    for (const auto& profile : policy.profiles) {
        const auto& cas = profile->cas;
        if (!cas.empty() && std::find(cas.begin(), cas.end(), ca.config.name) == cas.end()) continue;
        const auto& name = template_of(ca, *profile);
        auto known = std::find_if(wanted.begin(), wanted.end(), [&](const auto& one) { return one.name == name; });
        if (known == wanted.end()) known = wanted.insert(wanted.end(), WantedTemplate{name, {}});
        known->labels.push_back(profile->label);
    }
    return wanted;
}

std::string template_step(const WantedTemplate& wanted) {
    std::string labels;
    for (const auto& label : wanted.labels)
        if (!label.empty()) labels += (labels.empty() ? " (label " : ", ") + label;
    return "template " + wanted.name + labels + (labels.empty() ? "" : ")");
}

Check judge_template(const std::vector<TemplateOption>& options, const WantedTemplate& wanted,
                     const std::string& account, bool agent_signs) {
    std::string step = template_step(wanted);
    const auto search = find_template(options, wanted.name);
    if (options.empty())
        return bad(std::move(step), "the request page offers no template at all to " + account +
                                        ": it may enrol for none, none is published, or this is a standalone CA");
    if (search.match == TemplateMatch::absent)
        return bad(std::move(step), name(wanted.name) + " is not among the " + std::to_string(options.size()) +
                                        " templates that the request page offers to " + account + " (" +
                                        offered(options) +
                                        "): it is misspelled, not published, or the account may not enrol for it");
    const auto& option = search.option;
    std::string problem;
    const auto add = [&problem](const std::string& text) { problem += (problem.empty() ? "" : "; ") + text; };
    if (!option.subject_supplied) {
        const auto sources = subject_sources(option.name_flags);
        add("it builds the subject from Active Directory" + (sources.empty() ? "" : " (" + sources + ")") +
            ", which knows no phone: set 'Supply in the request'");
    }
    const int signatures = agent_signs ? 1 : 0;
    if (option.ra_signatures > signatures)
        add("it wants " + std::to_string(option.ra_signatures) + " authorised signatures, and cesd gives " +
            (agent_signs ? "one" : "none without 'cmc'"));
    if ((option.enrolment_flags & kPendAllRequests) != 0)
        add("each request waits for a CA manager's approval: phones do not wait");
    if (!problem.empty()) return bad(std::move(step), problem);
    std::string found = "offered to " + account + "; subject from the request, " +
                        std::to_string(option.ra_signatures) + " authorised signatures";
    if (search.match == TemplateMatch::other_case)
        found += "; the CA writes it " + name(option.name) + ": correct the letter case";
    return good(std::move(step), found);
}

}  // namespace opencapf::ces
