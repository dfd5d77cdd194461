// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/renewal.hpp"
#include "ces/server/est_connection.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

/// How long a verdict on a client's certificate stands on a connection: lists of revoked ones are read again meanwhile.
constexpr std::chrono::seconds kVerdictLifetime{60};

bool takes(const ProfileConfig& settings, AuthWay way) {
    return std::find(settings.auth.begin(), settings.auth.end(), way) != settings.auth.end();
}

Error certificate_needed() { return {Errc::forbidden, "A TLS client certificate is needed here."}; }

}  // namespace

/// A label that asks some of the CAs only takes the certificates of these as its own.
std::optional<x509::TrustStore> EstConnection::own_chains() const {
    if (profile_->cas.empty()) return std::nullopt;
    std::vector<x509::Certificate> certificates;
    for (const auto& name : profile_->cas) {
        const auto chain = shared_.cas.get(name)->chain.get();
        if (chain) certificates.insert(certificates.end(), chain->certificates.begin(), chain->certificates.end());
    }
    return x509::TrustStore(std::move(certificates));
}

const ClientIdentity* EstConnection::identity() {
    if (!chain_read_) {
        chain_read_ = true;
        peer_chain_ = stream_.peer_chain();
    }
    if (peer_chain_.empty()) return nullptr;
    const auto lists = service_.lists.get();
    const auto ca = shared_.chain.get();
    const auto now = std::chrono::steady_clock::now();
    const IdentityBasis basis{profile_, ca, lists};
    if (identity_ && basis == identity_basis_ && now < identity_until_) return &*identity_;
    ClientTrust trust;
    const auto own = own_chains();
    trust.explicit_set = profile_->explicit_trust ? profile_->explicit_trust.get()
                         : own                    ? &*own
                         : ca                     ? &ca->store
                                                  : nullptr;
    trust.implicit_set = profile_->implicit_trust.get();
    static const x509::RevocationLists kNoLists;
    trust.lists = lists ? lists.get() : &kNoLists;
    trust.check = policy_->config.est.crl.check;
    identity_ = identify_client(peer_chain_, trust);
    identity_basis_ = basis;
    identity_until_ = now + kVerdictLifetime;
    return &*identity_;
}

Task<EstConnection::Admitted> EstConnection::authenticate(const http::Request& request) {
    const auto& settings = profile_->settings;
    const ClientIdentity* shown = identity();
    if (shown == nullptr) {
        record(NoPeerCertificate{});
    } else if (!shown->valid() && !profile_->explicit_trust && !shared_.chain.get()) {
        co_return Refused(refuse(503, est::EstError::no_certs_found,
                                 "Client certificates cannot be checked before the CA has told its chain."));
    } else if (!shown->valid()) {
        // As libEST: whoever shows a certificate that is worth nothing may not try a password instead (EST-S-52).
        record(PeerCertificateRejected{shown->problem.code});
        co_return Refused(refuse(401, est::EstError::auth_fail,
                                 "The TLS client certificate is refused: " + shown->problem.text + "."));
    } else {
        record(PeerCertificateValid{});
    }
    if (shown == nullptr && settings.require_certificate) co_return Refused(failure(certificate_needed()));
    if (shown != nullptr && takes(settings, AuthWay::client_certificate)) {
        if (auto account = account_of(shown->certificate, settings.mapping)) {
            Caller caller;
            caller.name = std::move(*account);
            co_return permitted(std::move(caller));
        }
        log::warn(who() + ": no mapping rule fits the client certificate " + shown->certificate.subject_rfc2253());
    }
    if (!takes(settings, AuthWay::certsrv_login) && !takes(settings, AuthWay::static_account))
        co_return Refused(failure(certificate_needed()));
    auto admitted = co_await check_password(request);
    co_return admitted;
}

Task<EstConnection::Admitted> EstConnection::check_password(const http::Request& request) {
    const auto authorization = request.headers.get("Authorization");
    if (authorization.empty()) {
        record(AuthHeaderMissing{});
        co_return Refused(challenge({}));
    }
    auto credentials = est::parse_basic(authorization);
    if (!credentials)
        co_return Refused(failure(Error{Errc::unauthorized, "the Authorization header holds no Basic credentials"}));
    account_ = credentials->user;
    const auto& settings = profile_->settings;
    const bool by_login = takes(settings, AuthWay::certsrv_login);
    const auto& accounts = policy_->accounts;
    const bool listed = accounts && accounts->find(credentials->user) != nullptr;
    Caller caller;
    caller.name = credentials->user;
    if (takes(settings, AuthWay::static_account) && (listed || !by_login)) {
        auto good = co_await service_.passwords.check(accounts, credentials->user, credentials->password,
                                                      policy_->config.est.account_limits);
        if (!good && good.error().code == Errc::unavailable)
            co_return Refused(refuse(503, est::EstError::unknown, "Too many passwords wait for their check."));
        if (!good) co_return Refused(failure(good.error()));
    } else {
        caller.verified = false;
        caller.login = CaLogin{std::move(credentials->user), std::move(credentials->password)};
    }
    co_return permitted(std::move(caller));
}

EstConnection::Admitted EstConnection::permitted(Caller caller) {
    account_ = caller.name;
    const auto& allowed = profile_->settings.accounts;
    const auto same = [this](const std::string& account) { return iequals(account, account_); };
    if (allowed.empty() || std::any_of(allowed.begin(), allowed.end(), same)) return caller;
    return Refused(failure(Error{Errc::unauthorized, "the account may not use this label: " + account_}));
}

std::optional<http::Response> EstConnection::check_linkage(const x509::CertificateRequest& csr) {
    const auto& settings = profile_->settings;
    if (identity_ && identity_->valid()) {
        record(RaPresence{identity_->registration_authority});
        // An RA speaks for others: their requests cannot be tied to its connection (RFC 7030 section 3.7).
        if (identity_->registration_authority) return std::nullopt;
    }
    if (!settings.pop_enabled && !settings.pop_check_present) return std::nullopt;
    const ChannelBinding binding{stream_.tls_unique(), stream_.tls_exporter()};
    const Pop pop = check_pop(csr, binding);
    proof_linked_ = pop == Pop::valid;
    switch (pop) {
        case Pop::valid:
            record(PopValid{});
            return std::nullopt;
        case Pop::absent:
            if (!settings.pop_enabled) return std::nullopt;
            record(PopMissing{});
            return refuse(401, est::EstError::auth_fail_tlsuid,
                          "The request has no challengePassword that ties it to this TLS session.");
        case Pop::mismatch:
            record(PopInvalid{});
            return refuse(401, est::EstError::auth_fail_tlsuid,
                          "The challengePassword of the request is not that of this TLS session.");
        case Pop::unbindable:
            break;
    }
    record(PopInvalid{});
    return refuse(401, est::EstError::auth_fail_tlsuid,
                  "A challengePassword can be tied to TLS 1.2 with extended master secret, or to TLS 1.3.");
}

}  // namespace opencapf::ces
