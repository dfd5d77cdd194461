// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/curl_text.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/est/error.hpp"

#include <openssl/x509_vfy.h>

namespace opencapf::ces {
namespace {

constexpr std::string_view kIssuerUnknown = "SSL certificate problem: unable to get local issuer certificate";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_self_signed_leaf(const http::ClientError& error) {
    if (error.verify_result == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT) return true;
    return error.verify_result == 0 && contains(error.text, "self") && contains(error.text, "signed certificate") &&
           !contains(error.text, "in certificate chain");
}

LegacyCurl certificate_problem(const http::ClientError& error, const std::string& host) {
    if (est::is_name_mismatch(error)) {
        if (contains(error.text, "subject name")) return {51, error.text, {}};
        return {51, "SSL: no alternative certificate subject name matches target host name '" + host + "'", {}};
    }
    // CUCM's libcurl knows one text for both, because a self-signed certificate is never its own trusted issuer there.
    if (is_self_signed_leaf(error) || error.verify_result == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
        return {60, std::string(kIssuerUnknown), {}};
    return {60, error.text, {}};
}

}  // namespace

LegacyCurl legacy_curl(const http::ClientError& error, const std::string& host) {
    LegacyCurl legacy;
    switch (error.curl_code) {
        case 51:
        case 60:
            legacy = certificate_problem(error, host);
            break;
        case 6:
            legacy = {6, "Could not resolve: " + host + " (Domain name not found)", {}};
            break;
        default:
            legacy = {error.curl_code, error.text, {}};
            break;
    }
    legacy.text = printable(legacy.text, 512);
    if (const auto original = printable(error.text, 512); original != legacy.text) legacy.original = original;
    return legacy;
}

Errc curl_errc(const http::ClientError& error) noexcept {
    switch (error.curl_code) {
        case 28:
            return Errc::timeout;
        case 5:
        case 6:
        case 7:
        case 52:
        case 55:
        case 56:
            return Errc::unreachable;
        case 35:
        case 51:
        case 53:
        case 54:
        case 58:
        case 59:
        case 60:
        case 64:
        case 66:
        case 77:
        case 80:
        case 83:
        case 90:
        case 91:
            return Errc::tls;
        case 23:
        case 63:
            return Errc::too_large;
        default:
            return Errc::protocol;
    }
}

}  // namespace opencapf::ces
