// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_arming.hpp"
#include "capf/bulk/store.hpp"

#include <limits>

namespace opencapf::capf::admin {
namespace {

constexpr std::size_t kMaxTargets = 200;  // in one request or answer, which stays below 64 KiB
constexpr std::int64_t kMaxJobs = 100;

std::int64_t now_seconds() { return unix_seconds(std::chrono::system_clock::now()); }

Result<std::int64_t> job_of(const Json& request) {
    return number_of(request, "job", 1, std::numeric_limits<std::int64_t>::max());
}

Json job_json(const bulk::Job& job) {
    const auto left = seconds_left(job, now_seconds());
    const auto& progress = job.progress;
    return {{"job", job.id},
            {"label", job.label},
            {"state", to_string(job.state)},
            {"operation", static_cast<int>(job.operation)},
            {"operation_text", operation_text(job.operation)},
            {"max_concurrent", job.throttle.max_concurrent},
            {"per_minute", job.throttle.per_minute},
            {"window", to_string(job.throttle.window)},
            {"created", job.created},
            {"started", job.started},
            {"ended", job.ended},
            {"total", progress.total()},
            {"waiting", progress.waiting},
            {"armed", progress.armed},
            {"done", progress.done},
            {"failed", progress.failed},
            {"seconds_left", left ? Json(*left) : Json(nullptr)}};
}

Result<bulk::Throttle> throttle_of(const Json& request) {
    bulk::Throttle throttle;
    const auto concurrent = number_of(request, "max_concurrent", 1, 5000, throttle.max_concurrent);
    if (!concurrent) return fail(concurrent.error());
    throttle.max_concurrent = static_cast<int>(*concurrent);
    const auto rate = number_of(request, "per_minute", 0, 100'000, 0);
    if (!rate) return fail(rate.error());
    throttle.per_minute = static_cast<int>(*rate);
    const auto text = text_of(request, "window", "");
    if (!text) return fail(text.error());
    if (text->empty()) return throttle;
    const auto window = bulk::parse_window(*text);
    if (!window) return fail(Errc::malformed, "window: expected HH:MM-HH:MM, e.g. 22:00-05:30");
    throttle.window = *window;
    return throttle;
}

// Without a word on the deadline it counts from the moment that the device is armed, which may be days from now.
void leave_deadline_open(const Json& request, Arming& arming) {
    const auto by = text_of(request, "by", "");
    if (by && by->empty()) arming.finish_by = bulk::kDeadlineWhenArmed;
}

Task<Answer> bulk_create(Service& service, Json request) {
    const auto config = service.config();
    auto arming = arming_of(request, *config);
    if (!arming) co_return fail(arming.error());
    leave_deadline_open(request, *arming);
    const auto throttle = throttle_of(request);
    if (!throttle) co_return fail(throttle.error());
    auto label = text_of(request, "label", "");
    if (!label) co_return fail(label.error());
    if (label->size() > 200) co_return fail(Errc::too_large, "label: at most 200 bytes");
    const bool generate = arming->auth_mode == AuthMode::string && arming->auth_string.reveal().empty();
    bulk::Store store(service.database);
    const auto job = co_await store.create(std::move(*label), std::move(*arming), generate, *throttle, now_seconds());
    co_return Json{{"job", job}};
}

// Every target is a whole arming: "name" and the members of device.arm.
Result<std::pair<std::string, Arming>> target_of(const Json& target, const Config& config, Json& strings) {
    if (!target.is_object()) return fail(Errc::malformed, "targets: expected objects");
    const auto name = text_of(target, "name");
    if (!name) return fail(name.error());
    if (!is_valid_device_name(*name))
        return fail(Errc::malformed, "name: " + Json(*name).dump() + " is no device name");
    auto arming = arming_of(target, config);
    if (!arming) return fail(arming.error().with(*name));
    leave_deadline_open(target, *arming);
    if (arming->auth_mode == AuthMode::string && arming->auth_string.reveal().empty()) {
        const std::string digits = random_auth_string();
        arming->auth_string = Secret(digits);
        strings[*name] = digits;
    }
    return std::pair(*name, std::move(*arming));
}

Task<Answer> bulk_add(Service& service, Json request) {
    const auto job = job_of(request);
    if (!job) co_return fail(job.error());
    const auto list = request.find("targets");
    if (list == request.end() || !list->is_array() || list->empty() || list->size() > kMaxTargets)
        co_return fail(Errc::malformed, "targets: expected an array of 1 to " + std::to_string(kMaxTargets));
    const auto config = service.config();
    std::vector<std::pair<std::string, Arming>> targets;
    Json strings = Json::object();
    for (const auto& entry : *list) {
        auto target = target_of(entry, *config, strings);
        if (!target) co_return fail(target.error());
        targets.push_back(std::move(*target));
    }
    bulk::Store store(service.database);
    const auto added = co_await store.add(*job, std::move(targets));
    if (!added) co_return fail(added.error());
    co_return Json{{"added", list->size()}, {"strings", std::move(strings)}};
}

Task<Answer> bulk_add_matching(Service& service, Json request) {
    const auto job = job_of(request);
    if (!job) co_return fail(job.error());
    auto query = query_of(request, std::chrono::system_clock::now());
    if (!query) co_return fail(query.error());
    auto after = text_of(request, "after", "");
    if (!after) co_return fail(after.error());
    bulk::Store store(service.database);
    const auto added = co_await store.add_matching(*job, std::move(*query), std::move(*after), kMaxPage);
    if (!added) co_return fail(added.error());
    Json strings = Json::object();
    for (const auto& [name, digits] : added->strings) strings[name] = digits;
    co_return Json{{"added", added->added},
                   {"strings", std::move(strings)},
                   {"next", added->next ? Json(*added->next) : Json(nullptr)}};
}

Task<Answer> set_state(Service& service, Json request, bulk::JobState state) {
    const auto job = job_of(request);
    if (!job) co_return fail(job.error());
    bulk::Store store(service.database);
    const auto set = co_await store.set_state(*job, state, now_seconds());
    if (!set) co_return fail(set.error());
    co_return Json::object();
}

Task<Answer> bulk_start(Service& service, Json request) {
    return set_state(service, std::move(request), bulk::JobState::running);
}
Task<Answer> bulk_pause(Service& service, Json request) {
    return set_state(service, std::move(request), bulk::JobState::paused);
}
Task<Answer> bulk_cancel(Service& service, Json request) {
    return set_state(service, std::move(request), bulk::JobState::cancelled);
}

Task<Answer> bulk_list(Service& service, Json request) {
    const auto before = number_of(request, "before", 0, std::numeric_limits<std::int64_t>::max(), 0);
    if (!before) co_return fail(before.error());
    bulk::Store store(service.database);
    const auto jobs = co_await store.list(*before, kMaxJobs);
    Json rows = Json::array();
    for (const auto& job : jobs) rows.push_back(job_json(job));
    Json next = nullptr;
    if (jobs.size() == kMaxJobs) next = jobs.back().id;
    co_return Json{{"jobs", std::move(rows)}, {"next", std::move(next)}};
}

Task<Answer> bulk_show(Service& service, Json request) {
    const auto id = job_of(request);
    if (!id) co_return fail(id.error());
    bulk::Store store(service.database);
    const auto job = co_await store.find(*id);
    if (!job) co_return fail(Errc::not_found, "there is no bulk job " + std::to_string(*id));
    co_return job_json(*job);
}

Task<Answer> bulk_targets(Service& service, Json request) {
    using State = std::optional<bulk::TargetState>;
    const auto id = job_of(request);
    if (!id) co_return fail(id.error());
    const auto state = choice_of<State>(request, "state", "all",
                                        {{"all", std::nullopt},
                                         {"waiting", bulk::TargetState::waiting},
                                         {"armed", bulk::TargetState::armed},
                                         {"done", bulk::TargetState::done},
                                         {"failed", bulk::TargetState::failed}});
    if (!state) co_return fail(state.error());
    auto after = text_of(request, "after", "");
    if (!after) co_return fail(after.error());
    bulk::Store store(service.database);
    const auto found = co_await store.targets(*id, *state, std::move(*after), kMaxTargets);
    Json rows = Json::array();
    for (const auto& target : found)
        rows.push_back({{"name", target.device},
                        {"state", to_string(target.state)},
                        {"status", target.status},
                        {"armed_at", target.armed_at},
                        {"ended", target.ended},
                        {"detail", target.detail}});
    Json next = nullptr;
    if (found.size() == kMaxTargets) next = found.back().device;
    co_return Json{{"targets", std::move(rows)}, {"next", std::move(next)}};
}

}  // namespace

std::span<const Command> bulk_commands() {
    static constexpr Command kCommands[] = {
        {"bulk.create", bulk_create}, {"bulk.add", bulk_add},     {"bulk.add_matching", bulk_add_matching},
        {"bulk.start", bulk_start},   {"bulk.pause", bulk_pause}, {"bulk.cancel", bulk_cancel},
        {"bulk.list", bulk_list},     {"bulk.show", bulk_show},   {"bulk.targets", bulk_targets}};
    return kCommands;
}

}  // namespace opencapf::capf::admin
