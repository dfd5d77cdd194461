// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer.hpp"

#include "capf/issuer/online_ca.hpp"

namespace opencapf::capf {

Task<tl::expected<std::optional<Issued>, IssueFailure>> Issuer::collect(event::Phone, Device, int) {
    co_return std::optional<Issued>{};
}

std::unique_ptr<Issuer> make_issuer(Service& service, LoopState& loop, const Config&) {
    return std::make_unique<OnlineCa>(service, loop);
}

}  // namespace opencapf::capf
