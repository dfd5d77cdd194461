// SPDX-License-Identifier: Apache-2.0
#include "ces/admin.hpp"

#include "ces/self_check.hpp"
#include "ces/upstream/ca_watch.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/admin_message.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

using process::AdminJson;
using Answer = Result<AdminJson>;

constexpr std::size_t kRowsPerAnswer = 100;  // an answer has 64 KiB at most
constexpr std::size_t kMaxText = 300;        // of a name that a client or a CA chose

std::int64_t unix_seconds(WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}
AdminJson optional_time(const std::optional<WallTime>& time) {
    return time ? AdminJson(unix_seconds(*time)) : AdminJson();
}

AdminJson ca_json(const CaView& view) {
    return {{"name", view.name},
            {"url", view.url},
            {"up", !view.down},
            {"last_good", optional_time(view.last_good)},
            {"down_since", optional_time(view.down_since)},
            {"last_error", view.last_error.substr(0, kMaxText)},
            {"chain_known", view.chain_known},
            {"submitted", view.submitted}};
}

Answer cas(Shared& shared, const AdminJson&) {
    AdminJson list = AdminJson::array();
    for (const auto& view : ca_views(shared)) list.push_back(ca_json(view));
    return AdminJson{{"cas", list}};
}

AdminJson request_json(const PendingRequest& request) {
    return {{"id", request.id},
            {"stage", to_string(request.stage)},
            {"subject", request.who.subject.substr(0, kMaxText)},
            {"account", request.who.account.substr(0, kMaxText)},
            {"correlation", request.who.correlation},
            {"ca", request.ca},
            {"request_id", request.request_id},
            {"since", unix_seconds(request.since)}};
}

Answer requests(Shared& shared, const AdminJson& request) {
    const auto stage = process::text_of(request, "stage", "");
    if (!stage) return fail(stage.error());
    const auto after = process::text_of(request, "after", "");
    if (!after) return fail(after.error());
    auto rows = shared.pending.list(shared.pending.size());
    if (!after->empty()) {
        const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.id == *after; });
        if (at != rows.end()) rows.erase(rows.begin(), std::next(at));
    }
    if (!stage->empty()) std::erase_if(rows, [&](const auto& row) { return to_string(row.stage) != *stage; });
    const bool more = rows.size() > kRowsPerAnswer;
    if (more) rows.resize(kRowsPerAnswer);
    AdminJson list = AdminJson::array();
    for (const auto& row : rows) list.push_back(request_json(row));
    return AdminJson{{"requests", list}, {"more", more}};
}

Answer forget(Shared& shared, const AdminJson& request) {
    const auto id = process::text_of(request, "id");
    if (!id) return fail(id.error());
    if (!shared.pending.forget_id(*id))
        return fail(Errc::not_found, "there is no request " + *id + ", or it is being worked on right now");
    log::info("admin socket: request " + *id + " forgotten; its repetition is a new request to the CA");
    return AdminJson::object();
}

Task<Answer> check(Shared& shared, Enroller& enroller) {
    const auto checks = co_await self_check(shared, enroller);
    if (!checks) co_return fail(checks.error());
    co_return AdminJson{{"checks", process::checks_json(*checks)}};
}

Task<Answer> dispatch(Shared& shared, Enroller& enroller, std::string line) {
    const auto request = process::parse_admin_request(line);
    if (!request) co_return fail(request.error());
    const std::string name = (*request)["command"];
    if (name == "ces.cas") co_return cas(shared, *request);
    if (name == "ces.requests") co_return requests(shared, *request);
    if (name == "ces.forget") co_return forget(shared, *request);
    if (name == "ces.check") co_return co_await check(shared, enroller);
    co_return fail(Errc::malformed, "command: unknown command " + name);
}

}  // namespace

Task<std::string> handle_admin(Shared& shared, Enroller& enroller, std::string line) {
    Answer answer = AdminJson::object();
    try {
        answer = co_await dispatch(shared, enroller, std::move(line));
    } catch (const std::exception& error) {
        log::error(std::string("admin socket: ") + error.what());
        answer = fail(Errc::internal, error.what());
    }
    co_return process::admin_answer(answer);
}

}  // namespace opencapf::ces
