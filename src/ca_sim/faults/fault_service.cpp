// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_service.hpp"

#include "ca_sim/faults/fault_certificates.hpp"
#include "ca_sim/faults/fault_effects.hpp"
#include "opencapf/log/operator_log.hpp"

#include <stdexcept>

namespace opencapf::ca_sim {

FaultService::FaultService(const Config& config, const CertificateAuthority& ca, net::WorkPool& pool, WallClock clock)
    : config_(config), ca_(ca), pool_(pool), clock_(std::move(clock)) {}

Result<PreparedFault> FaultService::prepare_one(FaultSpec spec) const {
    PreparedFault prepared{std::move(spec), std::nullopt};
    if (!is_tls(prepared.spec.kind)) return prepared;
    const auto issuer = ca_.issuer();
    const auto made =
        make_tls_fault(prepared.spec.kind, issuer->chain(), *issuer->authority().key, config_.host_name, clock_());
    if (!made) return fail(made.error());
    net::TlsServerConfig policy = config_.tls;
    policy.session_resumption = false;  // each connection that is counted shows its certificate
    prepared.tls = net::TlsServerContext(policy, made->chain, made->key);
    return prepared;
}

std::vector<PreparedFault> FaultService::prepare(const std::vector<FaultSpec>& specs) const {
    std::vector<PreparedFault> list;
    for (const FaultSpec& spec : specs) {
        auto prepared = prepare_one(spec);
        if (!prepared) throw std::runtime_error(prepared.error().message);
        list.push_back(std::move(*prepared));
    }
    return list;
}

Task<> FaultService::run(std::function<void()> job) { return pool_.run(std::move(job)); }

Task<Result<FaultTable::Entry>> FaultService::set(FaultSpec spec) {
    if (const auto good = check_fault(spec); !good) co_return fail(good.error());
    auto prepared = Result<PreparedFault>(fail(Errc::internal, "not made"));
    auto job = [&] { prepared = prepare_one(std::move(spec)); };
    std::function<void()> erased(std::ref(job));
    co_await run(std::move(erased));
    if (!prepared) co_return fail(prepared.error());
    co_return table_.add(std::move(*prepared));
}

std::string FaultService::with_wrong_key(const std::string& body) {
    const bool pem = body.starts_with("-----BEGIN");
    const auto original = pem ? x509::Certificate::from_pem(body) : x509::Certificate::from_der(as_bytes(body));
    if (!original || original->is_ca()) return body;
    const std::lock_guard lock(mutex_);
    // Not on a loop, and seldom: an RSA key, so that only the key itself is wrong.
    if (!other_key_) other_key_ = x509::PrivateKey::generate_rsa(2048);
    const auto issuer = ca_.issuer();
    const Authority& authority = issuer->authority();
    const auto wrong = with_another_key(*original, other_key_->public_key(), authority.certificate(), *authority.key);
    if (!wrong) {
        log::error(wrong.error().message);
        return body;
    }
    return pem ? wrong->pem("\r\n") : std::string(as_text(wrong->der()));
}

Task<http::Response> FaultService::spoiled(MetFaults faults, std::string path, http::Response response) {
    if (faults.find(FaultKind::wrong_key) != nullptr) {
        std::string body;
        auto job = [&] { body = with_wrong_key(response.body); };
        std::function<void()> erased(std::ref(job));
        co_await run(std::move(erased));
        response.body = std::move(body);
    }
    spoil(faults, path, response);
    co_return response;
}

}  // namespace opencapf::ca_sim
