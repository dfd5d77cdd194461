// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

/// The faults ca-simd can show on demand: the one table that its configuration, `capfctl ca fault` and docs/faults.md
/// are made from. Names are an interface: scripts use them.
namespace opencapf::ca_faults {

struct Name {
    std::string_view name;
    std::string_view description;  ///< one line, for people
};

inline constexpr std::array<Name, 22> kNames{{
    {"delay", "waits before the first byte of the answer"},
    {"delay-body", "waits in the middle of the answer's body"},
    {"close", "ends the connection instead of the answer, or within it"},
    {"reset", "the same with a TCP reset"},
    {"tls-self-signed", "certificate signed by itself, with the right name"},
    {"tls-wrong-name", "certificate of the CA for another host"},
    {"tls-not-yet-valid", "certificate of the CA that is valid in 30 days only"},
    {"tls-expired", "certificate of the CA that ended 30 days ago"},
    {"tls-incomplete-chain", "certificate below an intermediate CA that is not sent"},
    {"unauthorized", "401 although the credentials are right"},
    {"forbidden", "403"},
    {"server-error", "500"},
    {"unavailable", "503 as HTTP.sys answers when the application pool is stopped"},
    {"template-missing", "templates are neither listed nor accepted"},
    {"pending", "a request that would be issued waits for the CA manager"},
    {"denied", "a request that would be issued is denied by policy"},
    {"ca-down", "pages answer as when the CA's service is stopped"},
    {"malformed-page", "page cut within a tag, with broken ids, still 200"},
    {"other-language", "pages of a German Windows"},
    {"wrong-content-type", "application/octet-stream for pages, text/plain for downloads"},
    {"wrong-key", "certnew.cer delivers a certificate for another key"},
    {"truncated-pkcs7", "certnew.p7b delivers half of the PKCS#7"},
}};

/// When a fault shows: while a connection is made, while a log-in is not complete, or with an authenticated request.
inline constexpr std::array<std::string_view, 4> kPhases{"any", "connect", "login", "request"};

inline constexpr int kMaxSeconds = 600;           ///< of a delay
inline constexpr int kDefaultSeconds = 15;        ///< longer than the ten seconds of every client in the chain
inline constexpr int kMaxCount = 1'000'000;       ///< requests or connections
inline constexpr int kMaxBytes = 1'048'576;       ///< of a body, before it is cut
inline constexpr std::size_t kMaxFaults = 64;     ///< at a time
inline constexpr std::size_t kMaxUrlBytes = 256;  ///< of a pattern

}  // namespace opencapf::ca_faults
