// SPDX-License-Identifier: Apache-2.0
#include "capf/phone_trust.hpp"

#include "opencapf/base/text.hpp"

#include <openssl/x509_vfy.h>

namespace opencapf::capf {

x509::TrustStore load_phone_trust(const std::string& directory, const std::string& capf_certificate_file) {
    std::vector<x509::Certificate> certificates;
    if (!directory.empty()) certificates = x509::TrustStore::load_directory(directory).certificates();
    certificates.push_back(x509::Certificate::load(capf_certificate_file));
    x509::TrustStore trust(std::move(certificates));
    // A phone shows its own certificate only, and CAPF's may be a CA below another: what is in the directory is trusted
    // as it is.
    X509_STORE_set_flags(trust.native(), X509_V_FLAG_PARTIAL_CHAIN);
    return trust;
}

bool names_device(const x509::Certificate& certificate, std::string_view model, std::string_view device) {
    const std::string name = certificate.common_name();
    if (iequals(name, device)) return true;
    if (name.size() <= device.size() + 1) return false;
    const std::string_view before = std::string_view(name).substr(0, name.size() - device.size() - 1);
    const std::string_view rest = std::string_view(name).substr(before.size());
    if (rest.front() != '-' || !iequals(rest.substr(1), device)) return false;
    constexpr std::string_view kCisco = "CP-";
    const bool cisco =
        iequals(before.substr(0, kCisco.size()), kCisco) && before.find('-', kCisco.size()) == std::string_view::npos;
    return cisco || iequals(before, model);
}

}  // namespace opencapf::capf
