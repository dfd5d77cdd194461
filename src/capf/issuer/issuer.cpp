// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer.hpp"

#include "capf/issuer/capf_issuer.hpp"
#include "capf/issuer/offline_ca.hpp"
#include "capf/issuer/online_ca.hpp"
#include "opencapf/log/operator_log.hpp"

#include <stdexcept>

namespace opencapf::capf {

Task<Collected> Issuer::collect(event::Phone, Device, int) { co_return std::optional<Issued>{}; }

Task<Issued> Issuer::complete(Issued issued, event::Phone, int) { co_return issued; }

Task<> forget_request(Service& service, std::string device) {
    std::string defect;
    try {
        auto tidy = [&service, &device] { service.spool.remove_csr(device); };
        std::function<void()> job(std::ref(tidy));
        co_await service.workers.run(std::move(job));
        co_await service.offline.remove(device);
    } catch (const std::exception& error) {
        defect = error.what();
    }
    if (!defect.empty()) log::error(device + ": its certificate request is not forgotten: " + defect);
}

namespace {

/// Whether the device, as it is armed now, could have been asked for this key.
bool fits(const x509::PublicKey& key, const Device& device) {
    if (key.type() == x509::KeyType::rsa) return device.key_order != KeyOrder::ec_only && key.bits() == device.rsa_bits;
    return device.key_order != KeyOrder::rsa_only && key.curve() == "P-" + std::to_string(device.ec_bits);
}

bool is_of_use(const WaitingRequest& request, const Device& device) {
    const auto csr = x509::CertificateRequest::from_text(request.pem);
    if (!csr || !fits(csr->public_key(), device)) return false;
    // After kill -9 between the phone's confirmation and forget_request() it is there still.
    const auto lsc = x509::Certificate::from_der(device.lsc);
    return !lsc || !(lsc->public_key() == csr->public_key());
}

}  // namespace

Task<std::optional<WaitingRequest>> Issuer::waiting_request(Device device, std::string_view mark) {
    std::optional<WaitingRequest> request;
    auto read = [this, &device, &request] { request = service_.spool.waiting(device.name); };
    std::function<void()> job(std::ref(read));
    co_await service_.workers.run(std::move(job));
    if (!request || request->issuer != mark) co_return std::nullopt;
    if (!is_of_use(*request, device)) {
        co_await forget(device.name);
        co_return std::nullopt;
    }
    co_return request;
}

std::unique_ptr<Issuer> make_issuer(Service& service, LoopState& loop) {
    switch (loop.parts->issuer) {
        case CertificateIssuer::capf:
            return std::make_unique<CapfIssuer>(service, loop.parts);
        case CertificateIssuer::online:
            return std::make_unique<OnlineCa>(service, loop);
        case CertificateIssuer::offline:
            return std::make_unique<OfflineCa>(service);
    }
    throw std::logic_error("no such certificate issuer");
}

}  // namespace opencapf::capf
