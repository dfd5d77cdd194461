// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_arming.hpp"
#include "capf/renewal/alarms.hpp"
#include "capf/renewal/store.hpp"

#include <limits>

namespace opencapf::capf::admin {
namespace {

constexpr std::int64_t kMaxRows = 200;  // an answer of so many stays below 64 KiB

Json subject_json(const renewal::Subject& subject, const renewal::Settings& settings) {
    Json status = nullptr;
    if (subject.status != 0) status = status_text(subject.status);
    return {{"name", subject.device},
            {"valid_until", subject.valid_until},
            {"due", due_at(settings, subject.device, subject.valid_from, subject.valid_until)},
            {"pending", subject.pending},
            {"armed", subject.armed},
            {"armed_at", subject.armed_at},
            {"excluded", subject.excluded},
            {"failures", subject.failures},
            {"next_try", subject.next_try},
            {"renewed", subject.generation},
            {"last_status", subject.status},
            {"last_status_text", status}};
}

bool wanted(const renewal::Subject& subject, const std::string& which, const renewal::Settings& settings,
            std::int64_t now) {
    if (which == "armed") return subject.armed;
    if (which == "failing") return subject.failures > 0;
    if (which == "excluded") return subject.excluded;
    if (which == "due") return due_at(settings, subject.device, subject.valid_from, subject.valid_until) <= now;
    return true;
}

Task<Answer> renewal_list(Service& service, Json request) {
    const auto which = choice_of<std::string>(
        request, "which", "all",
        {{"all", "all"}, {"due", "due"}, {"armed", "armed"}, {"failing", "failing"}, {"excluded", "excluded"}});
    if (!which) co_return fail(which.error());
    const auto until = number_of(request, "after_valid_until", 0, std::numeric_limits<std::int64_t>::max(), 0);
    if (!until) co_return fail(until.error());
    const auto device = text_of(request, "after", "");
    if (!device) co_return fail(device.error());
    renewal::Store store(service.database);
    const auto config = service.config();
    const std::int64_t now = unix_seconds(std::chrono::system_clock::now());
    renewal::Cursor after{*until, *device};
    const auto found = co_await store.subjects(std::move(after), kMaxRows);
    Json rows = Json::array();
    for (const auto& subject : found)
        if (wanted(subject, *which, config->renewal, now)) rows.push_back(subject_json(subject, config->renewal));
    Json next = nullptr;
    if (found.size() == kMaxRows)
        next = Json{{"after_valid_until", found.back().valid_until}, {"after", found.back().device}};
    co_return Json{{"renewals", std::move(rows)}, {"next", std::move(next)}};
}

Task<Answer> renewal_status(Service& service, Json) {
    renewal::Store store(service.database);
    renewal::AlarmStore alarms(service.database);
    const auto config = service.config();
    const renewal::Settings& settings = config->renewal;
    const auto figures = co_await store.figures(unix_seconds(std::chrono::system_clock::now() - settings.patience));
    const auto standing = co_await alarms.standing();
    Json counts = Json::object();
    for (std::size_t i = 0; i < renewal::kAlarmKinds.size(); ++i)
        counts[std::string(alarm_name(renewal::kAlarmKinds.at(i)))] = standing.at(i);
    co_return Json{{"enabled", settings.enabled},
                   {"window_days", settings.window_days},
                   {"window_percent", settings.window_percent},
                   {"jitter_percent", settings.jitter_percent},
                   {"max_armed", settings.max_armed},
                   {"authentication_mode_text", auth_mode_text(settings.auth)},
                   {"armed", figures.armed},
                   {"patient", figures.patient},
                   {"failing", figures.failing},
                   {"excluded", figures.excluded},
                   {"alarms", std::move(counts)}};
}

Task<Answer> renewal_now(Service& service, Json request) {
    auto names = names_of(request);
    if (!names) co_return fail(names.error());
    const auto config = service.config();
    const WallTime now = std::chrono::system_clock::now();
    renewal::RenewalArming arming;
    arming.auth = config->renewal.auth;
    arming.finish_by = finish_by(config->renewal, now);
    arming.now = unix_seconds(now);
    renewal::Store store(service.database);
    const auto armed = co_await store.arm_now(std::move(*names), arming);
    if (!armed) co_return fail(armed.error());
    co_return Json::object();
}

Task<Answer> exclude(Service& service, Json request, bool excluded) {
    auto names = names_of(request);
    if (!names) co_return fail(names.error());
    renewal::Store store(service.database);
    const auto done = co_await store.exclude(std::move(*names), excluded);
    if (!done) co_return fail(done.error());
    co_return Json::object();
}

Task<Answer> renewal_exclude(Service& service, Json request) { return exclude(service, std::move(request), true); }
Task<Answer> renewal_include(Service& service, Json request) { return exclude(service, std::move(request), false); }

Task<Answer> alarm_list(Service& service, Json request) {
    const auto cleared = flag_of(request, "cleared", false);
    if (!cleared) co_return fail(cleared.error());
    const auto after = number_of(request, "after", 0, std::numeric_limits<std::int64_t>::max(), 0);
    if (!after) co_return fail(after.error());
    renewal::AlarmStore store(service.database);
    const auto found = co_await store.list(*cleared, *after, kMaxRows);
    Json rows = Json::array();
    for (const auto& alarm : found)
        rows.push_back({{"id", alarm.id},
                        {"name", alarm.device},
                        {"alarm", alarm_name(alarm.kind)},
                        {"alarm_text", alarm_text(alarm.kind)},
                        {"since", alarm.since},
                        {"cleared", alarm.cleared},
                        {"detail", alarm.detail}});
    Json next = nullptr;
    if (found.size() == kMaxRows) next = found.back().id;
    co_return Json{{"alarms", std::move(rows)}, {"next", std::move(next)}};
}

}  // namespace

std::span<const Command> renewal_commands() {
    static constexpr Command kCommands[] = {{"renewal.status", renewal_status},   {"renewal.list", renewal_list},
                                            {"renewal.now", renewal_now},         {"renewal.exclude", renewal_exclude},
                                            {"renewal.include", renewal_include}, {"alarm.list", alarm_list}};
    return kCommands;
}

}  // namespace opencapf::capf::admin
