// SPDX-License-Identifier: Apache-2.0
#include "authenticator.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <openssl/crypto.h>

namespace opencapf::ca_sim {
namespace {

constexpr std::array<std::pair<AuthProvider, std::string_view>, 3> kNames{{
    {AuthProvider::ntlm, "NTLM"},
    {AuthProvider::negotiate, "Negotiate"},
    {AuthProvider::basic, "Basic"},
}};

std::string_view name_of(AuthProvider provider) {
    for (const auto& [value, name] : kNames) {
        if (value == provider) return name;
    }
    return {};
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : printable(text)) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + "\"";
}

std::uint32_t win32_of(LogonResult result) {
    switch (result) {
        case LogonResult::ok:
            return 0;
        case LogonResult::denied:
            return kWin32LogonFailure;
        case LogonResult::disabled:
            return kWin32AccountDisabled;
        case LogonResult::locked:
            return kWin32AccountLockedOut;
    }
    return kWin32LogonFailure;
}

}  // namespace

std::optional<AuthProvider> auth_provider_from_name(std::string_view name) {
    for (const auto& [value, spelling] : kNames) {
        if (iequals(name, spelling)) return value;
    }
    return std::nullopt;
}

Authenticator::Authenticator(const Accounts& accounts, const AuthSettings& settings, RandomSource random,
                             WallClock clock)
    : accounts_(accounts),
      settings_(settings),
      acceptor_(accounts, settings.ntlm, std::move(random), std::move(clock)) {}

Decision Authenticator::decide(std::optional<std::string_view> authorization) {
    const std::string_view value = trim(authorization.value_or(std::string_view{}));
    const auto blank = value.find_first_of(" \t");
    const auto provider = auth_provider_from_name(value.substr(0, blank));
    if (!provider || !offers(*provider)) return anonymous();
    const std::string_view credentials =
        blank == std::string_view::npos ? std::string_view{} : trim(value.substr(blank));
    return *provider == AuthProvider::basic ? basic(credentials) : ntlm(name_of(*provider), credentials);
}

Decision Authenticator::anonymous() {
    if (!connection_user_.empty()) return accepted(connection_user_);
    acceptor_.reset();
    return refused(2, kWin32AccessDenied, {});
}

Decision Authenticator::ntlm(std::string_view scheme, std::string_view credentials) {
    // Any token starts over: the old identity must not outlive a log-in that fails.
    connection_user_.clear();
    const auto token = credentials.size() <= 2 * kNtlmMaxToken ? from_base64(credentials) : std::nullopt;
    if (!token) {
        acceptor_.reset();
        return refused(1, kSecInvalidToken, "Authorization header holds no base64 token of acceptable size");
    }
    const NtlmStep step = acceptor_.accept(*token);
    if (const auto* challenge = std::get_if<NtlmChallenge>(&step)) {
        Decision decision;
        decision.substatus = 1;
        decision.win32 = kSecNoCredentials;
        decision.www_authenticate.push_back(std::string(scheme) + " " + to_base64(challenge->token));
        decision.handshake_leg = true;
        return decision;
    }
    if (const auto* rejection = std::get_if<NtlmRejected>(&step)) {
        const bool denied = rejection->failure == NtlmFailure::logon_denied;
        return refused(1, denied ? kSecLogonDenied : kSecInvalidToken, rejection->detail);
    }
    connection_user_ = accounts_.canonical(*std::get<NtlmAccepted>(step).account);
    Decision decision = accepted(connection_user_);
    decision.persistent_auth = true;
    return decision;
}

Decision Authenticator::basic(std::string_view credentials) const {
    auto decoded = credentials.size() <= 2 * kNtlmMaxToken ? from_base64(credentials) : std::nullopt;
    if (!decoded) return refused(1, kWin32LogonFailure, "Basic credentials are no base64 of acceptable size");
    const std::string_view text = as_text(*decoded);
    const auto colon = text.find(':');
    Decision decision;
    if (colon == std::string_view::npos) {
        decision = refused(1, kWin32LogonFailure, "Basic credentials have no colon");
    } else {
        const std::string_view user = text.substr(0, colon);
        const Account* account = user.empty() ? nullptr : accounts_.find(user);
        const LogonResult result = check_password(account, text.substr(colon + 1));
        decision = result == LogonResult::ok
                       ? accepted(accounts_.canonical(*account))
                       : refused(1, win32_of(result), "Basic log-in of '" + printable(user, 64) + "' failed");
    }
    OPENSSL_cleanse(decoded->data(), decoded->size());
    return decision;
}

Decision Authenticator::accepted(std::string user) const {
    Decision decision;
    decision.authenticated = true;
    decision.user = std::move(user);
    decision.status = 200;
    return decision;
}

Decision Authenticator::refused(unsigned substatus, std::uint32_t win32, std::string detail) const {
    Decision decision;
    decision.substatus = substatus;
    decision.win32 = win32;
    decision.detail = std::move(detail);
    for (const AuthProvider provider : settings_.providers) {
        std::string header(name_of(provider));
        if (provider == AuthProvider::basic) header += " realm=" + quoted(settings_.basic_realm);
        decision.www_authenticate.push_back(std::move(header));
    }
    return decision;
}

bool Authenticator::offers(AuthProvider provider) const noexcept {
    return std::find(settings_.providers.begin(), settings_.providers.end(), provider) != settings_.providers.end();
}

}  // namespace opencapf::ca_sim
