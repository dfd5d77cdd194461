// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/public_site.hpp"

#include "ca_sim/ocsp.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {
namespace {

constexpr std::string_view kFiles = "/certenroll/";
constexpr std::string_view kOcsp = "/ocsp";
constexpr std::size_t kOcspMaxBytes = 16 * 1024;

}  // namespace

PublicSite::PublicSite(CertificateAuthority& ca, const CrlPublisher& crls, const ServerHeaders& headers)
    : ca_(ca), crls_(crls), headers_(headers) {}

http::Response PublicSite::file(const std::string& name) const {
    // The names AD CS gives its files; the configured URLs may lie elsewhere, but end like these.
    static const std::vector<std::string> kCertificate{"%1_%3%4.crt"}, kCrl{"%3%8%9.crl"};
    const auto is = [&](const std::string& encoded) { return to_lower(percent_decode(encoded, false)) == name; };
    for (const auto& issuer : *ca_.issuers()) {
        if (is(issuer->urls(kCertificate).front()))
            return static_file(headers_, "application/x-x509-ca-cert",
                               std::string(as_text(issuer->authority().certificate().der())));
        for (const bool delta : {false, true}) {
            if (!is(issuer->urls(kCrl, delta).front())) continue;
            if (const auto crl = crls_.find(issuer->authority().key_index, delta))
                return static_file(headers_, "application/pkix-crl", std::string(as_text(crl->der)));
        }
    }
    return http_error(headers_, 404);
}

Task<http::Response> PublicSite::ocsp(const http::Request& request) const {
    std::optional<Bytes> der;
    if (request.method == "POST") {
        const auto* data = reinterpret_cast<const std::uint8_t*>(request.body.data());
        der = Bytes(data, data + request.body.size());
    } else if (request.path.size() > kOcsp.size() + 1) {
        der = from_base64(percent_decode(std::string_view(request.path).substr(kOcsp.size() + 1), false));
    }
    if (!der || der->size() > kOcspMaxBytes) co_return http_error(headers_, 400);
    Bytes answer = co_await answer_ocsp(ca_, std::move(*der));
    http::Response response = static_file(headers_, "application/ocsp-response", std::string(as_text(answer)));
    response.headers.add("Cache-Control", "no-transform, must-revalidate, max-age=300");
    co_return response;
}

Task<http::Response> PublicSite::serve(const http::Request& request) const {
    const std::string path = to_lower(percent_decode(request.path, false));
    const bool get = request.method == "GET" || request.method == "HEAD";
    if (path == kOcsp || path.starts_with(std::string(kOcsp) + "/")) {
        if (!get && request.method != "POST") co_return http_error(headers_, 405);
        co_return co_await ocsp(request);
    }
    if (!path.starts_with(kFiles)) co_return http_error(headers_, 404);
    if (!get) co_return http_error(headers_, 405);
    co_return file(path.substr(kFiles.size()));
}

}  // namespace opencapf::ca_sim
