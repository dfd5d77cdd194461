// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/ca_chain.hpp"
#include "ces/upstream/est_upstream.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/net/endpoint_check.hpp"

namespace opencapf::ces {

Task<Checks> EstUpstream::try_out(std::shared_ptr<const Policy>) {
    Checks checks;
    est::Client client(loop_, client_config());
    const auto begun = std::chrono::steady_clock::now();
    auto chain = co_await client.cacerts();
    const auto time = net::milliseconds_text(std::chrono::steady_clock::now() - begun);
    auto told = chain.ok() ? check_ca_chain("cacerts", std::move(chain.certificates), *ca_->directory)
                           : bad("cacerts", printable(chain.detail, 300));
    told.found += ", after " + time;
    checks.push_back(std::move(told));
    const auto wishes = co_await client.csrattrs();
    if (wishes.ok()) {
        const auto count = wishes.attributes.items.size();
        checks.push_back(
            good("csrattrs", count == 0 ? "the server asks for nothing special in requests"
                                        : "the server names " + std::to_string(count) + " attributes for requests"));
    } else {
        checks.push_back(bad("csrattrs", printable(wishes.detail, 300)));
    }
    checks.push_back(
        unknown("log-in", "an EST server checks an account when it enrols; `capfctl doctor --live --enrol` tries it"));
    co_return checks;
}

}  // namespace opencapf::ces
