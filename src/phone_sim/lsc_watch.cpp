// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/lsc_watch.hpp"

#include <algorithm>

namespace opencapf::phone_sim {

namespace {
// A certificate is valid through the whole second that it names (RFC 5280 section 4.1.2.5).
constexpr std::chrono::seconds kLastSecond{1};

WallTime end_of(const x509::Certificate& lsc) { return lsc.not_after() + kLastSecond; }
}  // namespace

void LscWatch::account(WallTime now) {
    if (!covered_until_ || now <= *covered_until_) return;
    longest_gap_ = std::max(longest_gap_, std::chrono::duration<double>(now - *covered_until_));
}

void LscWatch::begin(const std::optional<x509::Certificate>& lsc, WallTime now) {
    if (lsc && now >= lsc->not_before() && now < end_of(*lsc)) covered_until_ = end_of(*lsc);
}

void LscWatch::installed(const x509::Certificate& lsc, WallTime now) {
    account(now);
    ++installs_;
    // One that is valid later only leaves the phone without until then: the old one has been replaced.
    if (lsc.not_before() > now) {
        longest_gap_ = std::max(longest_gap_, std::chrono::duration<double>(lsc.not_before() - now));
    }
    covered_until_ = end_of(lsc);
}

void LscWatch::removed(WallTime now) {
    account(now);
    if (covered_until_) covered_until_ = std::min(*covered_until_, now);
}

void LscWatch::finish(WallTime now) {
    account(now);
    valid_at_end_ = covered_until_ && now < *covered_until_;
}

}  // namespace opencapf::phone_sim
