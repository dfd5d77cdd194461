// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer.hpp"

#include "capf/issuer/capf_issuer.hpp"
#include "capf/issuer/offline_ca.hpp"
#include "capf/issuer/online_ca.hpp"

#include <stdexcept>

namespace opencapf::capf {

Task<Collected> Issuer::collect(event::Phone, Device, int) { co_return std::optional<Issued>{}; }

Task<> Issuer::forget(std::string device) {
    co_await service_.offline.remove(device);
    auto tidy = [this, &device] { service_.spool.remove_csr(device); };
    std::function<void()> job(std::ref(tidy));
    co_await service_.workers.run(std::move(job));
}

Task<std::optional<WaitingRequest>> Issuer::waiting_request(std::string device) {
    std::optional<WaitingRequest> request;
    auto read = [this, &device, &request] { request = service_.spool.waiting(device); };
    std::function<void()> job(std::ref(read));
    co_await service_.workers.run(std::move(job));
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
