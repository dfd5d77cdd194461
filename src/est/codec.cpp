// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/codec.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/http/message.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <openssl/x509v3.h>

namespace opencapf::est {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kMostCaCertificates = 100;

/// What stands between the first BEGIN and END line, or the whole text when there is no armour.
std::string_view without_armour(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::string_view kDashes = "-----";
    const auto begin = text.find(kBegin);
    if (begin == std::string_view::npos) return text;
    const auto label_end = text.find(kDashes, begin + kBegin.size());
    if (label_end == std::string_view::npos) return {};
    const auto start = label_end + kDashes.size();
    const auto end = text.find("-----END ", start);
    return end == std::string_view::npos ? std::string_view{} : text.substr(start, end - start);
}

}  // namespace

std::string encode_body(ByteView der, Wrap wrap) {
    if (wrap == Wrap::lines_of_64) return to_base64(der, kLine, "\n");
    std::string line = to_base64(der);
    line += '\n';
    return line;
}

Result<Bytes> decode_body(std::string_view text) {
    auto bytes = from_base64(without_armour(text));
    if (!bytes || bytes->empty()) return fail(Errc::malformed, "the body is not base64");
    return std::move(*bytes);
}

bool is_media_type(std::string_view content_type, std::string_view media_type) noexcept {
    return iequals(trim(content_type.substr(0, content_type.find(';'))), media_type);
}

Result<x509::CertificateRequest> read_request_body(std::string_view body) {
    auto der = decode_body(body);
    if (!der) return fail(der.error());
    return x509::CertificateRequest::from_der(*der);
}

Result<std::vector<x509::Certificate>> read_certificates_body(std::string_view body) {
    auto der = decode_body(body);
    if (!der) return fail(der.error());
    return x509::read_certs_only(*der);
}

Result<x509::Certificate> find_issued(const std::vector<x509::Certificate>& bag, const x509::PublicKey& key) {
    for (const auto& certificate : bag) {
        if (certificate.public_key() == key) return certificate;
    }
    return fail(Errc::not_found, "none of the " + std::to_string(bag.size()) +
                                     " certificates in the answer carries the public key of the request");
}

Result<std::vector<x509::Certificate>> verified_ca_certificates(const std::vector<x509::Certificate>& bag,
                                                                const std::vector<x509::Certificate>& anchors) {
    if (bag.size() > kMostCaCertificates)
        return fail(Errc::too_large, std::to_string(bag.size()) + " CA certificates are too many");
    const auto is_root = [](const x509::Certificate& certificate) {
        const bool self_signed = X509_self_signed(certificate.native(), 1) == 1;
        x509::drain_errors();
        return self_signed;
    };
    std::vector<x509::Certificate> trusted = anchors;
    std::copy_if(bag.begin(), bag.end(), std::back_inserter(trusted), is_root);
    const x509::TrustStore store(std::move(trusted));
    std::vector<x509::Certificate> good;
    std::string why = "the bag is empty";
    const WallTime now = std::chrono::system_clock::now();
    for (const auto& certificate : bag) {
        // A root by itself: of two with one name and no key identifiers OpenSSL would find the first only.
        if (is_root(certificate) && certificate.not_before() <= now && now <= certificate.not_after()) {
            good.push_back(certificate);
        } else if (const auto verified = store.verify(certificate, bag)) {
            good.push_back(certificate);
        } else {
            why = verified.error().message;
        }
    }
    if (good.empty()) return fail(Errc::not_found, "no CA certificate can be verified: " + why);
    return good;
}

Result<x509::Certificate> find_issuer(const std::vector<x509::Certificate>& bag, const x509::Certificate& issued) {
    const auto made_it = [&issued](const x509::Certificate& ca) {
        if (X509_check_issued(ca.native(), issued.native()) != X509_V_OK) return false;
        const bool signed_by = X509_verify(issued.native(), X509_get0_pubkey(ca.native())) == 1;
        x509::drain_errors();
        return signed_by;
    };
    const auto found = std::find_if(bag.begin(), bag.end(), made_it);
    if (found == bag.end()) return fail(Errc::not_found, "no certificate in the bag issued this one");
    return *found;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now, std::chrono::seconds cap) {
    value = trim(value);
    if (value.empty()) return std::nullopt;
    std::chrono::seconds wait{-1};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc{} && end == value.data() + value.size()) {
        wait = std::chrono::seconds(number);
    } else if (const auto date = http::parse_date(value)) {
        wait = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::from_time_t(*date) - now);
    }
    if (wait.count() < 0 || wait > cap) return std::nullopt;
    return wait;
}

std::optional<BasicCredentials> parse_basic(std::string_view authorization) {
    authorization = trim(authorization);
    const auto blank = authorization.find(' ');
    if (blank == std::string_view::npos || !iequals(authorization.substr(0, blank), "basic")) return std::nullopt;
    const auto decoded = from_base64(trim(authorization.substr(blank)));
    if (!decoded) return std::nullopt;
    const std::string_view pair = as_text(*decoded);
    const auto colon = pair.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    // RFC 7617 section 2: no control characters; a NUL would also cut the password for libcurl.
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::any_of(pair.begin(), pair.end(), control)) return std::nullopt;
    return BasicCredentials{std::string(pair.substr(0, colon)), Secret(std::string(pair.substr(colon + 1)))};
}

bool offers_scheme(std::string_view www_authenticate, std::string_view scheme) noexcept {
    // Challenges stand in one header, separated by commas, each starting with its scheme.
    std::size_t start = 0;
    while (start <= www_authenticate.size()) {
        const auto comma = std::min(www_authenticate.find(',', start), www_authenticate.size());
        const auto part = trim(www_authenticate.substr(start, comma - start));
        if (iequals(part.substr(0, part.find(' ')), scheme)) return true;
        start = comma + 1;
    }
    return false;
}

}  // namespace opencapf::est
