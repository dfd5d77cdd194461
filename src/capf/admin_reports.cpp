// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_json.hpp"
#include "capf/device_query.hpp"

namespace opencapf::capf::admin {
namespace {

constexpr std::int64_t kDefaultPage = 200;

Task<Answer> device_find(Service& service, Json request) {
    const auto now = std::chrono::system_clock::now();
    auto query = query_of(request, now);
    if (!query) co_return fail(query.error());
    const auto page_of = page_request(request);
    if (!page_of) co_return fail(page_of.error());
    const auto page = co_await find_devices(service.database, std::move(*query), page_of->after, page_of->limit);
    Json rows = Json::array();
    for (const auto& row : page.rows) rows.push_back(row_json(row, unix_seconds(now)));
    co_return Json{{"devices", std::move(rows)}, {"more", page.more}};
}

Task<Answer> device_count(Service& service, Json request) {
    auto query = query_of(request, std::chrono::system_clock::now());
    if (!query) co_return fail(query.error());
    const auto count = co_await count_devices(service.database, std::move(*query));
    co_return Json{{"count", count}};
}

Task<Answer> report_lsc(Service& service, Json request) {
    const auto now = std::chrono::system_clock::now();
    auto query = query_of(request, now);
    if (!query) co_return fail(query.error());
    const auto report = co_await summarize_lscs(service.database, std::move(*query), unix_seconds(now));
    Json statuses = Json::array(), issuers = Json::array(), expiring = Json::object();
    for (const auto& [status, count] : report.by_status)
        statuses.push_back({{"status", status}, {"status_text", status_text(status)}, {"devices", count}});
    for (const auto& issuer : report.by_issuer)
        issuers.push_back({{"issuer", issuer.name}, {"lscs", issuer.lscs}, {"valid_until", issuer.valid_until}});
    for (const auto& [days, count] : report.expiring) expiring[std::to_string(days)] = count;
    co_return Json{
        {"devices", report.devices},
        {"pending", report.pending},
        {"lsc", {{"valid", report.valid}, {"expired", report.expired}, {"na", report.na}, {"unknown", report.unknown}}},
        {"expiring_days", std::move(expiring)},
        {"by_status", std::move(statuses)},
        {"by_issuer", std::move(issuers)}};
}

}  // namespace

Json row_json(const DeviceRow& row, std::int64_t now) {
    return {{"name", row.name},
            {"model", row.model},
            {"operation", static_cast<int>(row.operation)},
            {"operation_text", operation_text(row.operation)},
            {"status", row.status},
            {"status_text", status_text(row.status)},
            {"lsc", to_string(row.lsc_state(now))},
            {"lsc_valid_from", row.lsc_valid_from},
            {"lsc_valid_until", row.lsc_valid_until},
            {"lsc_issuer", row.lsc_issuer},
            {"lsc_issuer_valid_until", row.lsc_issuer_valid_until},
            {"lsc_serial", row.lsc_serial},
            {"lsc_key_type", row.key_type},
            {"authentication_mode", static_cast<int>(row.auth_mode)},
            {"authentication_mode_text", auth_mode_text(row.auth_mode)},
            {"authentication_string_set", row.auth_string_set},
            {"finish_by", row.finish_by},
            {"key_order", static_cast<int>(row.key_order)},
            {"rsa_key_size", row.rsa_bits},
            {"ec_key_size", row.ec_bits}};
}

Result<PageRequest> page_request(const Json& request) {
    const auto after = text_of(request, "after", "");
    if (!after) return fail(after.error());
    const auto limit = number_of(request, "limit", 1, static_cast<std::int64_t>(kMaxPage), kDefaultPage);
    if (!limit) return fail(limit.error());
    return PageRequest{*after, static_cast<std::size_t>(*limit)};
}

Result<DeviceQuery> query_of(const Json& request, WallTime now) {
    const auto it = request.find("where");
    if (it == request.end()) return DeviceQuery();
    if (!it->is_array()) return fail(Errc::malformed, "where: expected an array of conditions");
    std::vector<std::string> conditions;
    for (const auto& condition : *it) {
        if (!condition.is_string()) return fail(Errc::malformed, "where: a condition is a text");
        conditions.push_back(condition.get<std::string>());
    }
    return DeviceQuery::parse(conditions, now);
}

std::span<const Command> report_commands() {
    static constexpr Command kCommands[] = {
        {"device.find", device_find}, {"device.count", device_count}, {"report.lsc", report_lsc}};
    return kCommands;
}

}  // namespace opencapf::capf::admin
