// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_arming.hpp"
#include "capf/issuer/issuer.hpp"
#include "capf/profile_store.hpp"

namespace opencapf::capf::admin {
namespace {

constexpr std::string_view kKindTexts[] = {"phone", "application", "end-user"};

Json profile_json(const DeviceRow& row, std::int64_t now) {
    Json profile = row_json(row, now);
    profile["kind"] = kKindTexts[static_cast<std::size_t>(row.kind)];
    profile["user"] = row.profile_user;
    profile["instance"] = row.profile_instance;
    return profile;
}

Task<Answer> profile_add(Service& service, Json request) {
    Profile profile;
    const auto kind = choice_of<DeviceKind>(
        request, "kind", "application", {{"application", DeviceKind::application}, {"end-user", DeviceKind::end_user}});
    if (!kind) co_return fail(kind.error());
    profile.kind = *kind;
    for (const auto& [key, target] : {std::pair{"user", &profile.user}, {"instance", &profile.instance}}) {
        const auto text = text_of(request, key);
        if (!text) co_return fail(text.error());
        *target = *text;
    }
    const std::string name = profile.name();
    const auto added = co_await add_profile(service.database, std::move(profile));
    if (!added) co_return fail(added.error());
    co_return Json{{"name", name}};
}

Task<Answer> profile_list(Service& service, Json request) {
    // With a condition on the kind the phones are not left out by themselves.
    Json& where = request["where"];
    if (where.is_null()) where = Json::array();
    if (!where.is_array()) co_return fail(Errc::malformed, "where: expected an array of conditions");
    where.push_back("kind is profile");
    const auto now = std::chrono::system_clock::now();
    auto query = query_of(request, now);
    if (!query) co_return fail(query.error());
    const auto page_of = page_request(request);
    if (!page_of) co_return fail(page_of.error());
    const auto page = co_await find_devices(service.database, std::move(*query), page_of->after, page_of->limit);
    Json profiles = Json::array();
    for (const auto& row : page.rows) profiles.push_back(profile_json(row, unix_seconds(now)));
    co_return Json{{"profiles", std::move(profiles)}, {"more", page.more}};
}

Task<Result<DeviceRow>> named_profile(Service& service, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    co_return co_await find_profile(service.database, *name);
}

Task<Answer> profile_show(Service& service, Json request) {
    const auto profile = co_await named_profile(service, std::move(request));
    if (!profile) co_return fail(profile.error());
    co_return Json{{"profile", profile_json(*profile, unix_seconds(std::chrono::system_clock::now()))}};
}

Task<Answer> profile_remove(Service& service, Json request) {
    const auto profile = co_await named_profile(service, std::move(request));
    if (!profile) co_return fail(profile.error());
    const auto removed = co_await service.devices.remove(profile->name);
    if (!removed) co_return fail(removed.error());
    co_await forget_request(service, profile->name);
    co_return Json::object();
}

Task<Answer> profile_arm(Service& service, Json request) {
    request["auth"] = "string";
    auto arming = arming_of(request, *service.config());
    if (!arming) co_return fail(arming.error());
    if (arming->operation != Operation::none && arming->operation != Operation::install)
        co_return fail(Errc::malformed, "operation: a profile knows install and none");
    const auto profile = co_await named_profile(service, std::move(request));
    if (!profile) co_return fail(profile.error());
    Json answer = Json::object();
    if (arming->operation == Operation::none) {
        arming->auth_mode = AuthMode::string;
    } else if (arming->auth_string.empty()) {
        const auto digits = random_auth_string();
        arming->auth_string = Secret(digits);
        answer["strings"] = {{profile->name, digits}};
    }
    std::vector<std::string> names{profile->name};
    const auto armed = co_await service.devices.arm(std::move(names), std::move(*arming));
    if (!armed) co_return fail(armed.error());
    co_return answer;
}

}  // namespace

std::span<const Command> profile_commands() {
    static constexpr Command kCommands[] = {{"profile.add", profile_add},
                                            {"profile.list", profile_list},
                                            {"profile.show", profile_show},
                                            {"profile.remove", profile_remove},
                                            {"profile.arm", profile_arm}};
    return kCommands;
}

}  // namespace opencapf::capf::admin
