// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer.hpp"

#include "capf/issuer/capf_issuer.hpp"
#include "capf/issuer/online_ca.hpp"

#include <stdexcept>

namespace opencapf::capf {

Task<tl::expected<std::optional<Issued>, IssueFailure>> Issuer::collect(event::Phone, Device, int) {
    co_return std::optional<Issued>{};
}

std::unique_ptr<Issuer> make_issuer(Service& service, LoopState& loop) {
    switch (loop.parts->issuer) {
        case CertificateIssuer::capf:
            return std::make_unique<CapfIssuer>(service, loop.parts);
        case CertificateIssuer::online:
            return std::make_unique<OnlineCa>(service, loop);
        case CertificateIssuer::offline:
            break;
    }
    throw std::logic_error("no such certificate issuer");
}

}  // namespace opencapf::capf
