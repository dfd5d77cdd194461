// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/template.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace opencapf::ca_sim {
namespace {

// MS-CRTD 2.26 to 2.28: the only flags this CA has a meaning for.
constexpr unsigned kEnrolmentPendAllRequests = 0x2;
constexpr unsigned kSubjectFromRequest = 0x1;
constexpr unsigned kSubjectFromDirectory = 0x82000000;  // require the directory path and the UPN in the SAN

bool digits_only(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<int> key_usage_bit(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 7> kNames{"digitalSignature", "nonRepudiation", "keyEncipherment",
                                                            "dataEncipherment", "keyAgreement",   "keyCertSign",
                                                            "cRLSign"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (iequals(kNames[i], name)) return static_cast<int>(i);
    }
    return std::nullopt;
}

bool is_dotted_oid(std::string_view text) noexcept {
    if (text.empty() || text.size() > 128) return false;
    std::size_t arcs = 0;
    const bool narrow = text.front() != '2';  // below 0 and 1 the second arc is 39 at most (X.660)
    while (true) {
        const std::size_t dot = text.find('.');
        const std::string_view arc = text.substr(0, dot);
        if (!digits_only(arc) || (arc.size() > 1 && arc.front() == '0')) return false;
        if (arcs == 0 && (arc.size() != 1 || arc.front() > '2')) return false;
        if (arcs == 1 && narrow && (arc.size() > 2 || std::stoi(std::string(arc)) > 39)) return false;
        ++arcs;
        if (dot == std::string_view::npos) return arcs >= 2;
        text.remove_prefix(dot + 1);
    }
}

std::optional<std::string> eku_oid(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{
        {"serverAuth", "1.3.6.1.5.5.7.3.1"},
        {"clientAuth", "1.3.6.1.5.5.7.3.2"},
        {"codeSigning", "1.3.6.1.5.5.7.3.3"},
        {"certificateRequestAgent", kCertificateRequestAgent},
        {"emailProtection", "1.3.6.1.5.5.7.3.4"},
        {"ipsecEndSystem", "1.3.6.1.5.5.7.3.5"},
    }};
    for (const auto& [known, oid] : kNames) {
        if (iequals(known, name)) return std::string(oid);
    }
    if (is_dotted_oid(name)) return std::string(name);
    return std::nullopt;
}

bool may_enroll(const Template& entry, std::string_view account) noexcept {
    return std::any_of(entry.enroll.begin(), entry.enroll.end(),
                       [account](const std::string& name) { return iequals(name, account); });
}

const Template* find_template(const std::vector<Template>& templates, std::string_view name) noexcept {
    for (const Template& entry : templates) {
        if (iequals(entry.name, name)) return &entry;
    }
    return nullptr;
}

const Template* find_template_by_oid(const std::vector<Template>& templates, std::string_view oid) noexcept {
    for (const Template& entry : templates) {
        if (entry.oid == oid) return &entry;
    }
    return nullptr;
}

std::string option_value(const Template& entry) {
    const bool versioned = entry.schema >= 2;
    std::vector<std::string> fields;
    fields.emplace_back(entry.subject_from_request ? "O" : "E");
    fields.push_back(entry.name);
    fields.emplace_back("1");  // key spec: exchange
    fields.emplace_back("0");  // key flags
    fields.push_back(std::to_string(entry.manager_approval ? kEnrolmentPendAllRequests : 0U));
    fields.emplace_back("0");  // private key flags
    fields.push_back(std::to_string(entry.subject_from_request ? kSubjectFromRequest : kSubjectFromDirectory));
    fields.push_back(std::to_string(entry.ra_signatures));
    fields.emplace_back("Microsoft RSA SChannel Cryptographic Provider?Microsoft DH SChannel Cryptographic Provider");
    fields.push_back(entry.oid);
    fields.push_back(std::to_string(versioned ? entry.major_version : 0U));
    fields.emplace_back(versioned ? "1" : "0");
    fields.push_back(std::to_string(versioned ? entry.minor_version : 0U));
    fields.push_back(entry.display_name);

    std::string value;
    for (const std::string& field : fields) {
        if (!value.empty()) value += ';';
        value += field;
    }
    return value;
}

}  // namespace opencapf::ca_sim
