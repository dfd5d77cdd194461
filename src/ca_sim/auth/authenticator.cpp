// SPDX-License-Identifier: Apache-2.0
#include "authenticator.hpp"

#include "ntlm_messages.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/base/text.hpp"
#include "spnego.hpp"

#include <algorithm>
#include <openssl/crypto.h>

namespace opencapf::ca_sim {
namespace {

// A Windows ticket may be 48 kB (MaxTokenSize); what really limits a header is the server's max_head_bytes.
constexpr std::size_t kMaxNegotiateToken = 48 * 1024;
constexpr std::uint8_t kGssInitialToken = 0x60;

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
                             WallClock clock, Bytes server_end_point)
    : accounts_(accounts),
      settings_(settings),
      acceptor_(accounts, settings.ntlm, std::move(random), std::move(clock),
                {settings.extended_protection, server_end_point}),
      kerberos_(settings.kerberos, {settings.extended_protection, server_end_point}) {}

Decision Authenticator::decide(std::optional<std::string_view> authorization) {
    AuthStep step = begin(authorization);
    if (!step.work) return std::move(step.decision);
    step.work->run();
    return finish(*step.work);
}

AuthStep Authenticator::begin(std::optional<std::string_view> authorization) {
    const std::string_view value = trim(authorization.value_or(std::string_view{}));
    const auto blank = value.find_first_of(" \t");
    const auto provider = auth_provider_from_name(value.substr(0, blank));
    if (!provider || !offers(*provider)) return {anonymous(), nullptr};
    const std::string_view credentials =
        blank == std::string_view::npos ? std::string_view{} : trim(value.substr(blank));
    if (*provider == AuthProvider::basic) return {basic(credentials), nullptr};
    return windows(*provider, credentials);
}

bool Authenticator::in_handshake() const noexcept { return acceptor_.under_way() || kerberos_.under_way(); }

void Authenticator::start_over() {
    acceptor_.reset();
    kerberos_.reset();
    ntlm_in_spnego_ = false;
}

Decision Authenticator::anonymous() {
    if (!connection_user_.empty()) return accepted(connection_user_);
    start_over();
    return refused(2, kWin32AccessDenied, {});
}

AuthStep Authenticator::windows(AuthProvider provider, std::string_view credentials) {
    // Any token starts over: the old identity must not outlive a log-in that fails.
    connection_user_.clear();
    auto token = credentials.size() <= 2 * kMaxNegotiateToken ? from_base64(credentials) : std::nullopt;
    if (!token) {
        start_over();
        return {refused(1, kSecInvalidToken, "Authorization header holds no base64 token of acceptable size"), nullptr};
    }
    if (provider == AuthProvider::negotiate && !ntlm_message_type(*token)) return spnego(std::move(*token));
    kerberos_.reset();
    ntlm_in_spnego_ = false;
    return {ntlm(provider, *token), nullptr};
}

AuthStep Authenticator::spnego(Bytes token) {
    if (!token.empty() && token[0] == kGssInitialToken) return spnego_init(std::move(token));
    if (kerberos_.under_way()) return {{}, kerberos_.step(std::move(token), false)};
    const auto parsed = parse_spnego(token);
    const auto* response = parsed ? std::get_if<SpnegoResponse>(&*parsed) : nullptr;
    if (response == nullptr || !ntlm_in_spnego_) {
        start_over();
        return {refused(1, kSecInvalidToken, parsed ? "SPNEGO token out of order" : parsed.error().message), nullptr};
    }
    return {wrapped_ntlm(response->token, response->mic), nullptr};
}

AuthStep Authenticator::spnego_init(Bytes token) {
    start_over();
    const auto parsed = parse_spnego(token);
    if (!parsed) {
        if (kerberos_.available() && is_bare_kerberos(token)) return {{}, kerberos_.step(std::move(token), true)};
        return {refused(1, kSecInvalidToken, parsed.error().message), nullptr};
    }
    const auto& init = std::get<SpnegoInit>(*parsed);
    const auto knows = [&init](SpnegoMech mech) {
        return std::find(init.mechs.begin(), init.mechs.end(), mech) != init.mechs.end();
    };
    mech_list_ = init.mech_list;
    const bool prefers_ntlm = init.mechs.front() == SpnegoMech::ntlm;
    if (!prefers_ntlm && kerberos_.available() && knows(SpnegoMech::kerberos)) {
        return {{}, kerberos_.step(std::move(token), true)};
    }
    if (!knows(SpnegoMech::ntlm)) {
        return {refused(1, kSecInvalidToken,
                        kerberos_.available() ? "SPNEGO without Kerberos and NTLM"
                                              : "SPNEGO without NTLM, and there is no keytab for Kerberos"),
                nullptr};
    }
    if (prefers_ntlm && !init.mech_token.empty()) {
        return {wrapped_ntlm(init.mech_token, {}), nullptr};
    }
    // Its first message is for another mechanism, or not there: ask for NTLM's.
    ntlm_in_spnego_ = true;
    return {challenge(AuthProvider::negotiate, build_spnego_answer(NegState::accept_incomplete, true, {})), nullptr};
}

Decision Authenticator::ntlm(AuthProvider provider, ByteView token) {
    const NtlmStep step = acceptor_.accept(token);
    if (const auto* type2 = std::get_if<NtlmChallenge>(&step)) return challenge(provider, type2->token);
    if (const auto* rejection = std::get_if<NtlmRejected>(&step)) return ntlm_refused(*rejection);
    return ntlm_accepted(std::get<NtlmAccepted>(step));
}

Decision Authenticator::wrapped_ntlm(ByteView token, ByteView mic) {
    const NtlmStep step = acceptor_.accept(token, true);
    const auto* type2 = std::get_if<NtlmChallenge>(&step);
    ntlm_in_spnego_ = type2 != nullptr;
    if (type2 != nullptr) {
        return challenge(AuthProvider::negotiate, build_spnego_answer(NegState::accept_incomplete, true, type2->token));
    }
    if (const auto* rejection = std::get_if<NtlmRejected>(&step)) return ntlm_refused(*rejection);
    const auto& done = std::get<NtlmAccepted>(step);
    Bytes own_mic;
    // Whoever signs the list gets it signed in turn. Without NTLM's signing there is no MIC to look at.
    if (done.signing_key && !mic.empty()) {
        if (!equal_constant_time(mic, ntlm_signature(*done.signing_key, false, mech_list_))) {
            return refused(1, kSecInvalidToken, "SPNEGO: the list of mechanisms was changed on its way");
        }
        own_mic = ntlm_signature(*done.signing_key, true, mech_list_);
    }
    Decision decision = ntlm_accepted(done);
    decision.www_authenticate.push_back("Negotiate " +
                                        to_base64(build_spnego_answer(NegState::accept_completed, false, {}, own_mic)));
    return decision;
}

Decision Authenticator::ntlm_refused(const NtlmRejected& rejection) const {
    const bool denied = rejection.failure == NtlmFailure::logon_denied;
    return refused(1, denied ? kSecLogonDenied : kSecInvalidToken, rejection.detail);
}

Decision Authenticator::ntlm_accepted(const NtlmAccepted& accepted_as) {
    connection_user_ = accounts_.canonical(*accepted_as.account);
    Decision decision = accepted(connection_user_);
    decision.persistent_auth = true;
    return decision;
}

Decision Authenticator::finish(const KerberosStep& work) {
    kerberos_.finished(work);
    switch (work.outcome()) {
        case KerberosStep::Outcome::continues:
            return challenge(AuthProvider::negotiate, work.answer());
        case KerberosStep::Outcome::refused:
            return refused(1, kSecInvalidToken, work.detail());
        case KerberosStep::Outcome::wrong_time:
            return refused(1, kSecTimeSkew, work.detail());
        case KerberosStep::Outcome::accepted:
            break;
    }
    const Account* account = accounts_.find_principal(work.principal());
    if (const LogonResult result = accounts_.logon_with_ticket(account); result != LogonResult::ok) {
        const char* why = account == nullptr                ? "no account here"
                          : result == LogonResult::disabled ? "account is disabled"
                                                            : "account is locked";
        return refused(1, kSecLogonDenied, "Kerberos log-in of '" + printable(work.principal(), 128) + "': " + why);
    }
    Decision decision = accepted(accounts_.canonical(*account));
    if (settings_.persist_kerberos) {
        connection_user_ = decision.user;
        decision.persistent_auth = true;
    }
    if (!work.answer().empty()) decision.www_authenticate.push_back("Negotiate " + to_base64(work.answer()));
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
        const LogonResult result = accounts_.check_password(account, text.substr(colon + 1));
        decision = result == LogonResult::ok
                       ? accepted(accounts_.canonical(*account))
                       : refused(1, win32_of(result), "Basic log-in of '" + printable(user, 64) + "' failed");
    }
    OPENSSL_cleanse(decoded->data(), decoded->size());
    return decision;
}

Decision Authenticator::challenge(AuthProvider provider, ByteView token) const {
    Decision decision;
    decision.substatus = 1;
    decision.win32 = kSecNoCredentials;
    decision.www_authenticate.push_back(std::string(name_of(provider)) + " " + to_base64(token));
    decision.handshake_leg = true;
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
