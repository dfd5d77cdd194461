// SPDX-License-Identifier: Apache-2.0
#include "curl_url.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/http/client.hpp"

#include <curl/curl.h>
#include <memory>

namespace opencapf::http {
namespace {

struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

std::string part(const Url& url, CURLUPart what, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), what, &text, flags) != CURLUE_OK) return {};
    std::string value(text);
    curl_free(text);
    return value;
}

Url parse(const std::string& text) {
    Url url(curl_url());
    if (url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) url.reset();
    return url;
}

std::string origin(const Url& url) {
    return to_lower(part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST)) + ":" +
           part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

}  // namespace

std::string host_of(const std::string& url) {
    const Url parsed = parse(url);
    if (!parsed) return {};
    std::string host = part(parsed, CURLUPART_HOST);
    if (!host.empty() && host.front() == '[') host = host.substr(1, host.size() - 2);
    return host;
}

std::optional<std::string> same_origin_target(const std::string& url, const std::string& location) {
    const Url target = parse(url);
    if (!target || location.empty()) return std::nullopt;
    const std::string before = origin(target);
    if (curl_url_set(target.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) return std::nullopt;
    if (origin(target) != before || !part(target, CURLUPART_USER).empty()) return std::nullopt;
    return part(target, CURLUPART_URL);
}

}  // namespace opencapf::http
