// SPDX-License-Identifier: Apache-2.0
#include "capf/renewal/plan.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::capf::renewal {
namespace {

constexpr std::int64_t kDay = 86'400, kYear = 365 * kDay;

std::int64_t seconds_of(std::chrono::milliseconds duration) { return (duration.count() + 999) / 1000; }

}  // namespace

// FNV-1a, and the finalizer of MurmurHash3: without it the names of one batch of phones would fall close together.
double spread(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : to_lower(name)) {
        hash ^= static_cast<std::uint8_t>(c);
        hash *= 0x100000001b3U;
    }
    hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
    hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
    hash ^= hash >> 33U;
    return static_cast<double>(hash >> 11U) / static_cast<double>(std::uint64_t{1} << 53U);
}

std::int64_t window(const Settings& settings, std::int64_t valid_from, std::int64_t valid_until) {
    const std::int64_t validity = valid_from > 0 ? std::max<std::int64_t>(valid_until - valid_from, 0) : kYear;
    const std::int64_t asked = std::max(settings.window_days * kDay, validity * settings.window_percent / 100);
    // A new LSC that is at once in its window would be renewed for ever.
    return std::min(asked, validity / 2);
}

std::int64_t due_at(const Settings& settings, std::string_view name, std::int64_t valid_from,
                    std::int64_t valid_until) {
    const std::int64_t length = window(settings, valid_from, valid_until);
    const double jitter = spread(name) * settings.jitter_percent / 100;
    return valid_until - length + static_cast<std::int64_t>(static_cast<double>(length) * jitter);
}

std::int64_t next_try(const Settings& settings, int failures, std::int64_t now, std::int64_t valid_until) {
    std::int64_t pause = seconds_of(settings.retry_pause);
    const std::int64_t longest = seconds_of(settings.retry_pause_max);
    for (int i = 1; i < failures && pause < longest; ++i) pause *= 2;
    pause = std::min(pause, longest);
    if (valid_until > now) pause = std::min(pause, (valid_until - now + 3) / 4);
    return now + pause;
}

bool is_due(const Settings& settings, const Subject& subject, std::int64_t now) {
    if (subject.pending || subject.excluded || subject.next_try > now) return false;
    if (subject.valid_until <= now && settings.auth == AuthMode::existing_lsc) return false;
    return due_at(settings, subject.device, subject.valid_from, subject.valid_until) <= now;
}

bool keep_first(std::vector<Subject>& subjects, std::size_t count) {
    const auto fewer_failures = [](const Subject& a, const Subject& b) { return a.failures < b.failures; };
    std::stable_sort(subjects.begin(), subjects.end(), fewer_failures);
    if (subjects.size() <= count) return false;
    subjects.resize(count);
    return true;
}

bool gained_nothing(std::int64_t previous_until, std::int64_t valid_from, std::int64_t valid_until) {
    const std::int64_t validity = valid_from > 0 ? std::max<std::int64_t>(valid_until - valid_from, 0) : 0;
    return valid_until <= previous_until + std::min(validity / 100, kDay);
}

std::string finish_by(const Settings& settings, WallTime now) {
    return format_local(now + settings.deadline + std::chrono::seconds(59), "%Y:%m:%d:%H:%M");
}

}  // namespace opencapf::capf::renewal
