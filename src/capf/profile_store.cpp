// SPDX-License-Identifier: Apache-2.0
#include "capf/profile_store.hpp"

#include "capf/device.hpp"

#include <algorithm>

namespace opencapf::capf {
namespace {

constexpr std::size_t kMaxInstance = 128, kMaxCommonName = 64;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

Result<void> check_profile(const Profile& profile) {
    if (!is_valid_device_name(profile.user))
        return fail(Errc::malformed, "user: expected letters, digits, '.', '-' or '_'");
    const auto& instance = profile.instance;
    if (instance.empty() || instance.size() > kMaxInstance || !std::ranges::all_of(instance, is_alphanumeric))
        return fail(Errc::malformed, "instance: expected 1 to 128 letters and digits");
    if (profile.name().size() > kMaxCommonName)
        return fail(Errc::malformed, "instance: " + profile.user +
                                         " and the instance have to fit the certificate's common name, 64 characters "
                                         "with the dot between them");
    return {};
}

Task<Result<void>> add_profile(storage::Database& database, Profile profile) {
    if (const auto checked = check_profile(profile); !checked) co_return fail(checked.error());
    auto job = [profile](SQLite::Database& db) {
        SQLite::Statement insert(db,
                                 "INSERT OR IGNORE INTO Device (name, model, kind, profileuser, profileinstance, "
                                 "tkauthenticationmode) VALUES (?, '', ?, ?, ?, 1)");
        insert.bind(1, profile.name());
        insert.bind(2, static_cast<int>(profile.kind));
        insert.bind(3, profile.user);
        insert.bind(4, profile.instance);
        return insert.exec();
    };
    const int added = co_await database.run(std::move(job));
    if (added == 0) co_return fail(Errc::conflict, "profile " + profile.name() + " is already there");
    co_return Result<void>{};
}

Task<Result<DeviceRow>> find_profile(storage::Database& database, std::string name) {
    // A condition has no quotes: what is no name cannot stand in one.
    if (!is_valid_device_name(name)) co_return fail(Errc::malformed, "name: expected USER.INSTANCE");
    auto query = DeviceQuery::parse({"kind is profile", "name is " + name}, WallTime());
    if (!query) co_return fail(query.error());
    auto page = co_await find_devices(database, std::move(*query), "", 1);
    if (page.rows.empty())
        co_return fail(Errc::not_found, "there is no profile " + name + "; see: capfctl profile list");
    co_return std::move(page.rows.front());
}

}  // namespace opencapf::capf
