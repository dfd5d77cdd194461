// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/ca_faults/names.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// In the order of ca_faults::kNames.
enum class FaultKind {
    delay,
    delay_body,
    close,
    reset,
    tls_self_signed,
    tls_wrong_name,
    tls_not_yet_valid,
    tls_expired,
    tls_incomplete_chain,
    unauthorized,
    forbidden,
    server_error,
    unavailable,
    template_missing,
    pending,
    denied,
    ca_down,
    malformed_page,
    other_language,
    wrong_content_type,
    wrong_key,
    truncated_pkcs7,
};
std::string_view to_string(FaultKind kind) noexcept;
std::string_view description_of(FaultKind kind) noexcept;
std::optional<FaultKind> fault_kind_from(std::string_view name) noexcept;

/// In the order of ca_faults::kPhases. `any` is every phase of a request the fault knows: login and request; for a TLS
/// fault it is connect.
enum class FaultPhase { any, connect, login, request };
std::string_view to_string(FaultPhase phase) noexcept;
std::optional<FaultPhase> fault_phase_from(std::string_view name) noexcept;

/// One fault as asked for, by configuration or by command.
struct FaultSpec {
    FaultKind kind = FaultKind::delay;
    std::string url = "*";  ///< see UrlPattern
    FaultPhase phase = FaultPhase::any;
    std::uint32_t count = 0;  ///< requests or connections; 0 = until it is switched off
    std::chrono::milliseconds delay{ca_faults::kDefaultSeconds * 1000};  ///< delay and delay-body
    std::size_t bytes = 0;      ///< close and reset: of the body before the end, 0 = not even the head; delay-body:
                                ///< before the pause, 0 = half of it
    std::string template_name;  ///< template-missing; empty = all
    bool operator==(const FaultSpec&) const = default;
};

/// Parameters a kind has.
[[nodiscard]] bool takes_seconds(FaultKind kind) noexcept;
[[nodiscard]] bool takes_bytes(FaultKind kind) noexcept;
[[nodiscard]] bool takes_template(FaultKind kind) noexcept;
/// Shown by the certificate of the TLS handshake.
[[nodiscard]] bool is_tls(FaultKind kind) noexcept;
/// An answer of its own instead of the page's: 401, 403, 500, 503.
[[nodiscard]] bool is_refusal(FaultKind kind) noexcept;
/// Phases that may be named, `any` first.
std::vector<FaultPhase> phases_of(FaultKind kind);
/// Does a fault of this kind mean anything in this phase; for `any`: when none was named?
[[nodiscard]] bool fits(FaultKind kind, FaultPhase asked, FaultPhase phase) noexcept;
/// Does a fault of this kind change what this path (in normal form) answers?
[[nodiscard]] bool concerns(FaultKind kind, std::string_view path) noexcept;

/// Could `spec` ever show? Errors: malformed, naming the key that is wrong.
Result<void> check_fault(const FaultSpec& spec);

}  // namespace opencapf::ca_sim
