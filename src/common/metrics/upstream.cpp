// SPDX-License-Identifier: Apache-2.0
#include "opencapf/metrics/upstream.hpp"

namespace opencapf::metrics {
namespace {

constexpr std::chrono::seconds kFresh{30};
constexpr std::chrono::seconds kRetry{5};

}  // namespace

void Upstream::report(bool good) {
    reported_ = std::chrono::steady_clock::now().time_since_epoch().count();
    state_ = good ? kGood : kBad;
    up_.set(good ? 1 : 0);
    if (good) last_success_.set_to_now();
}

std::optional<bool> Upstream::good() const {
    const State state = state_;
    if (state == kUnknown) return std::nullopt;
    return state == kGood;
}

bool Upstream::due(std::chrono::steady_clock::time_point now) const {
    const auto known = good();
    if (!known) return true;
    const auto age = now.time_since_epoch() - std::chrono::steady_clock::duration(reported_.load());
    return age >= (*known ? kFresh : kRetry);
}

}  // namespace opencapf::metrics
