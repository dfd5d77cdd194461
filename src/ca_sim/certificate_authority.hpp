// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "ca_sim/issuer.hpp"
#include "ca_sim/metrics.hpp"
#include "ca_sim/policy.hpp"
#include "ca_sim/request_store.hpp"
#include "ca_sim/submission.hpp"
#include "opencapf/base/current.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

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
    };
    /// `user` is "DOMAIN\\user" of the log-in. Errors: unavailable when the database refuses; no id then, as with a CA
    /// service that is down.
    Task<Result<Outcome>> submit(Submission submission, std::string user);

    /// Row of a request; nothing when the id was never given out. Errors: unavailable.
    Task<Result<std::optional<StoredRequest>>> find(std::int64_t id);

    using Templates = std::vector<Template>;
    [[nodiscard]] std::shared_ptr<const Templates> templates() const { return templates_.get(); }
    /// Later requests are judged by `templates`; those in work by the ones they began with.
    void replace_templates(Templates templates);
    /// Those of `templates` that `user` may enrol for, in their order: what certrqxt.asp lists.
    [[nodiscard]] static std::vector<const Template*> templates_of(const Templates& templates, std::string_view user);
    [[nodiscard]] const Issuer& issuer() const noexcept { return issuer_; }
    [[nodiscard]] RequestStore& store() noexcept { return store_; }
    [[nodiscard]] const Metrics& metrics() const noexcept { return metrics_; }

private:
    [[nodiscard]] StoredOutcome sign(const x509::CertificateRequest& request, const Template& entry, std::int64_t id,
                                     std::string_view user) const;
    Task<StoredOutcome> sign_on_pool(x509::CertificateRequest request, const Template* entry, std::int64_t id,
                                     std::string user);
    Task<Verdict> decide_on_pool(Submission submission, std::string account,
                                 std::shared_ptr<const Templates> templates);
    Task<Outcome> process(Submission submission, std::string user);
    StoredOutcome recover_one(const StoredRequest& request) const;

    const Config& config_;
    const Metrics metrics_;
    net::WorkPool& pool_;
    WallClock clock_;
    Current<Templates> templates_;
    Issuer issuer_;
    RequestStore store_;
};

/// "ciscora" of "LAB\\ciscora".
std::string_view account_of(std::string_view user) noexcept;

}  // namespace opencapf::ca_sim
