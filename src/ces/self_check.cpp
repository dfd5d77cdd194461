// SPDX-License-Identifier: Apache-2.0
#include "ces/self_check.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

constexpr std::chrono::hours kSoon{30 * 24};

using Checks = std::vector<Check>;

std::string validity(const x509::Certificate& certificate, WallTime now) {
    const auto days = std::chrono::duration_cast<std::chrono::hours>(certificate.not_after() - now).count() / 24;
    return certificate.subject_oneline() + (certificate.not_after() < now
                                                ? ", ended " + std::to_string(-days) + " days ago"
                                                : ", ends in " + std::to_string(days) + " days");
}

/// Are all of them valid now, and for a while?
Check dates(std::string what, const std::vector<x509::Certificate>& certificates) {
    const auto now = std::chrono::system_clock::now();
    for (const auto& one : certificates) {
        if (one.not_before() > now) return {std::move(what), false, one.subject_oneline() + " is not valid yet"};
        if (one.not_after() < now + kSoon) return {std::move(what), false, validity(one, now)};
    }
    const auto first = std::min_element(certificates.begin(), certificates.end(),
                                        [](const auto& a, const auto& b) { return a.not_after() < b.not_after(); });
    if (first == certificates.end()) return {std::move(what), false, "there is none"};
    return {std::move(what), true,
            std::to_string(certificates.size()) + " certificates; the first to end: " + validity(*first, now)};
}

Check trust(const Ca& ca) {
    const std::string what = ca.config.name + ": trust directory " + ca.config.trust_directory;
    std::vector<std::string> left_out;
    trust_for_web_server(*ca.directory, ca.config.host, left_out);
    if (!left_out.empty())
        return {what, false,
                "holds the self-signed server certificate " + left_out.front() + ", which vouches for nobody"};
    return dates(what, ca.directory->certificates());
}

Task<> check_ca(Shared& shared, std::shared_ptr<const Ca> ca, std::shared_ptr<Upstream> upstream, Checks& checks) {
    const std::string name = ca->config.name;
    checks.push_back(trust(*ca));
    const auto there = co_await upstream->probe();
    checks.push_back({name + ": web server " + ca->config.base_url(), there.has_value(),
                      there ? "answers; its certificate is trusted, named right and valid" : there.error().message});
    if (!there) co_return;  // the rest would say the same again

    const auto policy = shared.policy.get();
    for (const auto& profile : policy->profiles) {
        EnrolRequest request;
        request.policy = policy;
        request.profile = profile;
        UpstreamWork work;
        work.request = &request;
        work.record = [](const Event&) {};
        work.deadline = std::chrono::steady_clock::now() + ca->config.total_timeout;
        const auto opened = co_await upstream->open(std::move(work));
        const std::string label = profile->label.empty() ? "" : " for label " + profile->label;
        checks.push_back({name + ": log-in and template" + label, opened.has_value(),
                          opened ? "the account of cesd is let in and may use the template" : opened.error().message});
    }

    EventRecorder nobody = [](const Event&) {};
    auto chain = co_await upstream->chain(std::move(nobody));
    if (chain) {
        checks.push_back(dates(name + ": CA chain", *chain));
    } else {
        checks.push_back({name + ": CA chain", false, chain.error().message});
    }
}

}  // namespace

Task<Checks> self_check(Shared& shared, UpstreamOf upstream_of) {
    Checks checks;
    const auto policy = shared.policy.get();
    for (const auto& ca : policy->cas) {
        auto upstream = upstream_of(ca);
        co_await check_ca(shared, ca, std::move(upstream), checks);
    }
    co_return checks;
}

}  // namespace opencapf::ces
