// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "ca_sim/issuer.hpp"
#include "ca_sim/metrics.hpp"
#include "ca_sim/policy.hpp"
#include "ca_sim/request_store.hpp"
#include "ca_sim/state_store.hpp"
#include "ca_sim/submission.hpp"
#include "opencapf/base/current.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// One for each certificate of the CA, by index; the last is the one that issues.
using Issuers = std::vector<std::shared_ptr<const Issuer>>;

/// The CA behind the pages: policy, database and signing in their order. Thread-safe; policy checks and signatures run
/// on `pool`, commits on the store's writer. All references must outlive it.
class CertificateAuthority {
public:
    /// Throws std::runtime_error when key, certificate or database are unusable.
    CertificateAuthority(const Config& config, net::WorkPool& pool, WallClock clock, Metrics metrics = {});

    /// Finishes what a crash left half done: issues it now, or marks it failed when that is not possible any more. One
    /// log line each. Blocks; call it before anything is served.
    void recover();

    struct Outcome {
        std::int64_t id = 0;  ///< consumed on every outcome
        Disposition disposition = Disposition::failed;
        std::string message;
        Hresult code = hresult::kSuccess;
        bool revoked = false;  ///< issued, and revoked since
    };
    /// `user` is "DOMAIN\\user" of the log-in. Errors: unavailable when the database refuses; no id then, as with a CA
    /// service that is down.
    Task<Result<Outcome>> submit(Submission submission, std::string user);

    /// Row of a request; nothing when the id was never given out. Errors: unavailable.
    Task<Result<std::optional<StoredRequest>>> find(std::int64_t id);

    /// The certificate manager's decision about a pending request. Errors: not_found, conflict (it is not pending),
    /// unavailable.
    Task<Result<Outcome>> approve(std::int64_t id);
    Task<Result<Outcome>> deny(std::int64_t id, std::string officer);

    using Templates = std::vector<Template>;
    [[nodiscard]] std::shared_ptr<const Templates> templates() const { return templates_.get(); }
    /// Later requests are judged by `templates`; those in work by the ones they began with.
    void replace_templates(Templates templates);
    /// Those of `templates` that `user` may enrol for, in their order: what certrqxt.asp lists.
    [[nodiscard]] static std::vector<const Template*> templates_of(const Templates& templates, std::string_view user);

    [[nodiscard]] std::shared_ptr<const Issuer> issuer() const { return issuers_.get()->back(); }
    [[nodiscard]] std::shared_ptr<const Issuers> issuers() const { return issuers_.get(); }
    /// A certificate more: a renewal with a new key (of the same kind as the present one) or with the same, or one from
    /// elsewhere with its key. On disk before it returns. Errors: rejected, crypto, malformed.
    Task<Result<std::shared_ptr<const Issuer>>> renew(bool new_key);
    Task<Result<std::shared_ptr<const Issuer>>> import_authority(std::string chain_pem, Secret key_pem);
    /// Throws std::runtime_error when these could not be worked with.
    void check_authorities(const std::vector<StoredAuthority>& authorities) const;
    /// After the database's content was replaced. Blocks; throws as check_authorities().
    void reload_state();

    [[nodiscard]] RequestStore& store() noexcept { return store_; }
    [[nodiscard]] StateStore& state() noexcept { return state_; }
    [[nodiscard]] const Metrics& metrics() const noexcept { return metrics_; }
    [[nodiscard]] const Config& config() const noexcept { return config_; }
    [[nodiscard]] net::WorkPool& pool() const noexcept { return pool_; }
    [[nodiscard]] WallTime now() const { return clock_(); }

private:
    [[nodiscard]] StoredOutcome sign(const x509::CertificateRequest& request, const Template& entry,
                                     const StoredRequest& row) const;
    [[nodiscard]] StoredOutcome issue(const x509::CertificateRequest& request, const Template& entry,
                                      const StoredRequest& row) const;
    Task<StoredOutcome> sign_on_pool(x509::CertificateRequest request, const Template* entry, StoredRequest row);
    Task<Verdict> decide_on_pool(Submission submission, std::string account,
                                 std::shared_ptr<const Templates> templates);
    Task<Outcome> process(Submission submission, std::string user);
    Task<Outcome> approve_row(StoredRequest row);
    StoredOutcome sign_stored(const StoredRequest& request) const;
    [[nodiscard]] PolicySettings policy_settings();
    void use(Issuers issuers);
    [[nodiscard]] Issuers make_issuers(std::shared_ptr<const Issuer> configured,
                                       const std::vector<StoredAuthority>& authorities) const;
    Task<Result<std::shared_ptr<const Issuer>>> add_authority(Authority authority, Secret key_pem);

    const Config& config_;
    const Metrics metrics_;
    net::WorkPool& pool_;
    WallClock clock_;
    Current<Templates> templates_;
    storage::Database database_;
    RequestStore store_;
    StateStore state_;
    Current<Issuers> issuers_;
    Current<x509::TrustStore> agents_;  ///< what enrolment agents must chain to: made of issuers_
};

/// UTC in the form of the database.
std::string database_time(WallTime time);
/// Back again; nothing when it has another form.
std::optional<WallTime> parse_database_time(const std::string& text);

}  // namespace opencapf::ca_sim
