// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/certificate_authority.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <fmt/format.h>

/// What a certificate manager does with requests, and the CA's own certificates.
namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kMaxAuthorities = 100;  // an index has two bytes in a serial number; nobody renews so often

CertificateAuthority::Outcome outcome_of(std::int64_t id, const StoredOutcome& stored) {
    return {id, stored.disposition, stored.message, stored.code};
}

std::string joined_pem(const std::vector<x509::Certificate>& chain) {
    std::string pem;
    for (const auto& certificate : chain) pem += certificate.pem();
    return pem;
}

/// A key of the same kind and size.
x509::PrivateKey key_like(const x509::PublicKey& key) {
    if (key.type() == x509::KeyType::ec) return x509::PrivateKey::generate_ec("P-" + std::to_string(key.bits()));
    return x509::PrivateKey::generate_rsa(key.bits());
}

}  // namespace

Task<CertificateAuthority::Outcome> CertificateAuthority::approve_row(StoredRequest row) {
    const auto templates = templates_.get();
    const Template* entry = find_template(*templates, row.template_name);
    if (entry != nullptr && entry->duplicates == Duplicates::deny) {
        Bytes hash = row.key_hash;
        std::string now = database_time(clock_());
        if (const auto other = co_await store_.duplicate_of(row.id, std::move(hash), std::move(now)); other != 0) {
            Outcome refused;
            refused.id = row.id;
            refused.disposition = Disposition::pending;
            refused.message = fmt::format("the key has a valid certificate already: that of request {}", other);
            co_return refused;
        }
    }
    // On disk first, like a new request: a crash from here on is finished at the next start.
    StoredOutcome intent;
    intent.disposition = Disposition::signing;
    intent.message = "Issued";
    const std::int64_t id = row.id;
    if (!co_await store_.resolve(id, Disposition::pending, std::move(intent))) {
        Outcome changed;
        co_return changed;
    }
    StoredOutcome stored;
    auto job = [&] { stored = sign_stored(row); };
    std::function<void()> erased(std::ref(job));
    co_await pool_.run(std::move(erased));
    StoredOutcome to_store = stored;
    co_await store_.finish(id, std::move(to_store));
    log::info(fmt::format("request {} approved by the certificate manager; now {}: {}", id,
                          to_string(stored.disposition), stored.message));
    metrics_.decided(stored.disposition);
    co_return outcome_of(id, stored);
}

Task<Result<CertificateAuthority::Outcome>> CertificateAuthority::approve(std::int64_t id) {
    auto row = co_await store_.find(id);
    if (!row) co_return fail(Errc::not_found, fmt::format("there is no request {}", id));
    const std::string state(to_string(row->disposition));
    if (row->disposition != Disposition::pending)
        co_return fail(Errc::conflict, fmt::format("request {} is {}, not pending", id, state));
    auto outcome = co_await approve_row(std::move(*row));
    if (outcome.disposition == Disposition::pending) co_return fail(Errc::conflict, outcome.message);
    if (outcome.id == 0) co_return fail(Errc::conflict, fmt::format("request {} is not pending any more", id));
    co_return outcome;
}

Task<Result<CertificateAuthority::Outcome>> CertificateAuthority::deny(std::int64_t id, std::string officer) {
    StoredOutcome denied;
    denied.disposition = Disposition::denied;
    denied.code = hresult::kAdminDenied;
    denied.message = "Denied by " + officer;
    StoredOutcome to_store = denied;
    if (co_await store_.resolve(id, Disposition::pending, std::move(to_store))) {
        log::info(fmt::format("request {} denied by {}", id, printable(officer, 128)));
        metrics_.decided(denied.disposition);
        co_return outcome_of(id, denied);
    }
    const auto row = co_await store_.find(id);
    if (!row) co_return fail(Errc::not_found, fmt::format("there is no request {}", id));
    co_return fail(Errc::conflict, fmt::format("request {} is {}, not pending", id, to_string(row->disposition)));
}

Issuers CertificateAuthority::make_issuers(std::shared_ptr<const Issuer> configured,
                                           const std::vector<StoredAuthority>& authorities) const {
    Issuers list{std::move(configured)};
    for (const StoredAuthority& stored : authorities) {
        const std::string where = fmt::format("{}: CA certificate {}", config_.database, stored.index);
        if (stored.index != static_cast<int>(list.size()) || stored.key_index < 0 || stored.key_index > stored.index)
            throw std::runtime_error(where + " has a wrong index");
        std::shared_ptr<const x509::PrivateKey> key;
        if (stored.key_index != stored.index) {
            key = list.at(static_cast<std::size_t>(stored.key_index))->authority().key;
        } else {
            auto parsed = x509::PrivateKey::from_pem(stored.private_key.reveal());
            if (!parsed) throw std::runtime_error(where + ": " + parsed.error().message);
            key = std::make_shared<const x509::PrivateKey>(std::move(*parsed));
        }
        auto authority = make_authority(stored.chain, std::move(key), where, where);
        if (!authority) throw std::runtime_error(authority.error().message);
        authority->index = stored.index;
        authority->key_index = stored.key_index;
        list.push_back(std::make_shared<const Issuer>(config_.ca, std::move(*authority)));
    }
    return list;
}

void CertificateAuthority::check_authorities(const std::vector<StoredAuthority>& authorities) const {
    static_cast<void>(make_issuers(issuers_.get()->front(), authorities));
}

void CertificateAuthority::reload_state() {
    use(make_issuers(issuers_.get()->front(), state_.authorities()));
    store_.recount();
}

Task<Result<std::shared_ptr<const Issuer>>> CertificateAuthority::add_authority(Authority authority, Secret key_pem) {
    const auto before = issuers_.get();
    if (authority.index != static_cast<int>(before->size()))
        co_return fail(Errc::conflict, "somebody else changed the CA's certificates; try again");
    StoredAuthority stored{authority.index, authority.key_index, joined_pem(authority.chain), std::move(key_pem)};
    std::string refusal;
    try {
        co_await state_.add(std::move(stored));
    } catch (const std::exception& problem) {
        refusal = problem.what();  // the primary key refuses a second one with this index
    }
    if (!refusal.empty()) co_return fail(Errc::unavailable, "the CA certificate could not be stored: " + refusal);
    Issuers list = *before;
    list.push_back(std::make_shared<const Issuer>(config_.ca, std::move(authority)));
    auto added = list.back();
    use(std::move(list));
    log::info(fmt::format("CA certificate {} (key {}) is in use: {}, serial {}, not after {}", added->authority().index,
                          added->authority().key_index, added->authority().certificate().subject_rfc2253(),
                          added->authority().certificate().serial_hex(),
                          database_time(added->authority().certificate().not_after())));
    co_return added;
}

Task<Result<std::shared_ptr<const Issuer>>> CertificateAuthority::renew(bool new_key) {
    const auto issuers = issuers_.get();
    if (issuers->size() >= kMaxAuthorities) co_return fail(Errc::rejected, "the CA was renewed too often");
    const Authority& old = issuers->back()->authority();
    const int index = static_cast<int>(issuers->size());
    Result<Authority> renewed = fail(Errc::internal, "not renewed");
    Secret key_pem;
    auto job = [&] {
        std::shared_ptr<const x509::PrivateKey> key = old.key;
        if (new_key) {
            key = std::make_shared<const x509::PrivateKey>(key_like(old.key->public_key()));
            key_pem = Secret(key->to_pem());
        }
        std::optional<x509::PrivateKey> parent;
        const SecretSource& source = config_.ca.parent_private_key;
        if (!source.file.empty() || !source.variable.empty()) parent = x509::PrivateKey::load(source);
        renewed = ca_sim::renew(old, std::move(key), parent ? &*parent : nullptr, index,
                                new_key ? index : old.key_index, clock_());
    };
    std::function<void()> erased(std::ref(job));
    std::string trouble;
    try {
        co_await pool_.run(std::move(erased));
    } catch (const std::exception& problem) {
        trouble = problem.what();
    }
    if (!trouble.empty()) co_return fail(Errc::crypto, trouble);
    if (!renewed) co_return fail(renewed.error());
    co_return co_await add_authority(std::move(*renewed), std::move(key_pem));
}

Task<Result<std::shared_ptr<const Issuer>>> CertificateAuthority::import_authority(std::string chain_pem,
                                                                                   Secret key_pem) {
    auto key = x509::PrivateKey::from_pem(key_pem.reveal());
    if (!key) co_return fail(key.error());
    auto authority =
        make_authority(chain_pem, std::make_shared<const x509::PrivateKey>(std::move(*key)), "certificate", "key");
    if (!authority) co_return fail(authority.error());
    const auto issuers = issuers_.get();
    authority->index = static_cast<int>(issuers->size());
    authority->key_index = authority->index;
    const x509::Certificate& certificate = authority->certificate();
    if (certificate.not_after() <= clock_() || certificate.not_before() > clock_())
        co_return fail(Errc::rejected, "the certificate is not valid now");
    for (const auto& issuer : *issuers) {
        if (issuer->authority().certificate().der() == certificate.der())
            co_return fail(Errc::conflict, fmt::format("this is CA certificate {} already", issuer->authority().index));
        // A key that is known has its CRL: another one beside it would not list what that one does.
        if (issuer->authority().certificate().public_key() == certificate.public_key()) {
            authority->key_index = issuer->authority().key_index;
            key_pem = Secret();
        }
    }
    co_return co_await add_authority(std::move(*authority), std::move(key_pem));
}

}  // namespace opencapf::ca_sim
