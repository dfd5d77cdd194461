// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/calls.hpp"

#include "capf/admin_arming.hpp"
#include "capf/axl/fields.hpp"
#include "capf/axl/sql.hpp"
#include "capf/device_query.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf::axl {
namespace {

constexpr std::size_t kMaxRows = 10'000;

using Reply = Result<std::string>;

tl::unexpected<Error> too_many(std::size_t rows) {
    return fail(Errc::too_large, "Query request too large. Total rows matched: " + std::to_string(rows) +
                                     " rows. Suggestive Row Fetch: less than " + std::to_string(kMaxRows) + " rows");
}

tl::unexpected<Error> not_found(const std::string& what) {
    return fail(Errc::not_found, "Item not valid: The specified " + what + " was not found");
}

std::string braced(const std::string& pkid) { return '{' + to_upper(pkid) + '}'; }

// AXL knows LIKE patterns; those with a % at their ends are conditions of ours.
Result<std::string> name_condition(const std::string& pattern) {
    std::string text = pattern;
    const bool open_end = text.ends_with('%');
    if (open_end) text.pop_back();
    const bool open_begin = text.starts_with('%');
    if (open_begin) text.erase(0, 1);
    if (text.find('%') != std::string::npos)
        return fail(Errc::malformed, "name: % is understood at the beginning and at the end");
    if (text.empty()) return std::string(open_end ? "name not-empty" : "name empty");
    const char* const operators[] = {"is", "begins", "ends", "contains"};
    return std::string("name ") + operators[(open_begin ? 2 : 0) + (open_end ? 1 : 0)] + ' ' + text;
}

Result<DeviceQuery> search(const pugi::xml_node& criteria) {
    std::vector<std::string> conditions;
    for (const auto& criterion : criteria.children()) {
        const auto name = local_name(criterion);
        const auto pattern = std::string(trim(criterion.text().get()));
        if (name == "name") {
            auto condition = name_condition(pattern);
            if (!condition) return fail(condition.error());
            conditions.push_back(std::move(*condition));
        } else if (pattern != "%") {
            return fail(Errc::malformed, "searchCriteria: only name is understood, others may be %");
        }
    }
    return DeviceQuery::parse(conditions, std::chrono::system_clock::now());
}

// 10,000 elements take longer to write down than a loop may be held.
Task<std::string> large_response(Service& service, Call call, std::function<void(pugi::xml_node)> fill) {
    struct Work {
        Call call;
        std::function<void(pugi::xml_node)> fill;
        std::string text;
    };
    auto work = std::make_shared<Work>();
    work->call = std::move(call);
    work->fill = std::move(fill);
    std::function<void()> job = [work] { work->text = response(work->call.name, work->call.version, work->fill); };
    co_await service.workers.run(std::move(job));
    co_return std::move(work->text);
}

Task<Reply> list_phone(Service& service, Call call) {
    auto query = search(child(call.operation, "searchCriteria"));
    if (!query) co_return fail(query.error());
    const auto matched = co_await count_devices(service.database, *query);
    if (matched > kMaxRows) co_return too_many(matched);
    std::vector<DeviceRow> rows;
    std::string after;
    for (bool more = true; more;) {
        auto page = co_await find_devices(service.database, *query, after, kMaxPage);
        more = page.more;
        for (auto& row : page.rows) rows.push_back(std::move(row));
        if (more) after = rows.back().name;
    }
    const auto tags = child(call.operation, "returnedTags");
    std::function<void(pugi::xml_node)> fill = [rows = std::move(rows), tags](pugi::xml_node result) {
        for (const auto& row : rows) {
            auto phone = result.append_child("phone");
            phone.append_attribute("uuid") = braced(row.pkid).c_str();
            append_fields(phone, row, tags);
        }
    };
    co_return co_await large_response(service, std::move(call), std::move(fill));
}

// <name> or <uuid>, as every call on one phone has it.
Task<Result<DeviceRow>> named_phone(Service& service, std::string name, std::string uuid) {
    if (uuid.starts_with('{') && uuid.ends_with('}')) uuid = uuid.substr(1, uuid.size() - 2);
    const std::string condition = name.empty() ? "pkid is " + uuid : "name is " + name;
    if (name.empty() && uuid.empty()) co_return fail(Errc::malformed, "name or uuid is missing");
    auto query = DeviceQuery::parse({condition}, std::chrono::system_clock::now());
    if (!query) co_return fail(query.error());
    auto page = co_await find_devices(service.database, std::move(*query), "", 1);
    if (page.rows.empty()) co_return not_found(name.empty() ? uuid : name);
    co_return std::move(page.rows.front());
}

Task<Reply> get_phone(Service& service, Call call) {
    const auto phone = co_await named_phone(service, text_of(call.operation, "name"), text_of(call.operation, "uuid"));
    if (!phone) co_return fail(phone.error());
    const auto tags = child(call.operation, "returnedTags");
    co_return response(call.name, call.version, [&](pugi::xml_node result) {
        auto node = result.append_child("phone");
        node.append_attribute("uuid") = braced(phone->pkid).c_str();
        append_fields(node, *phone, tags);
    });
}

Task<Result<void>> change(Service& service, std::string name, Changes changes, std::string user) {
    const auto config = service.config();
    Rules rules{config->allow_rsa_512, admin::default_deadline(*config)};
    DeviceStore::Decide decide = [changes = std::move(changes), rules = std::move(rules)](const Device& device) {
        return merge(device, changes, rules);
    };
    const auto armed = co_await service.devices.arm_as(name, std::move(decide));
    if (!armed && armed.error().code == Errc::not_found) co_return not_found(name);
    if (!armed) co_return fail(armed.error());
    if (*armed) log::info("AXL user " + printable(user, 128) + " changed the operation of " + name);
    co_return Result<void>{};
}

std::string uuid_response(const Call& call, const std::string& pkid) {
    return response(call.name, call.version, [&](pugi::xml_node result) { result.text().set(braced(pkid).c_str()); });
}

Task<Reply> update_phone(Service& service, Call call, std::string user) {
    auto changes = read_changes(call.operation);
    if (!changes) co_return fail(changes.error());
    const auto phone = co_await named_phone(service, text_of(call.operation, "name"), text_of(call.operation, "uuid"));
    if (!phone) co_return fail(phone.error());
    const auto changed = co_await change(service, phone->name, std::move(*changes), std::move(user));
    if (!changed) co_return fail(changed.error());
    co_return uuid_response(call, phone->pkid);
}

// Nothing is pushed from here: a phone comes by itself. The call answers so that scripts go on.
Task<Reply> apply_phone(Service& service, Call call) {
    const auto phone = co_await named_phone(service, text_of(call.operation, "name"), text_of(call.operation, "uuid"));
    if (!phone) co_return fail(phone.error());
    co_return uuid_response(call, phone->pkid);
}

using SqlRows = std::vector<std::vector<std::string>>;

Task<Reply> sql_query(Service& service, Call call) {
    auto query = parse_query(text_of(call.operation, "sql"));
    if (!query) co_return fail(query.error());
    auto job = [query = *query](SQLite::Database& db) {
        SQLite::Statement select(db, query.sql + " LIMIT " + std::to_string(kMaxRows + 1));
        int next = 1;
        for (const auto& value : query.values) std::visit([&](const auto& v) { select.bind(next++, v); }, value);
        SqlRows rows;
        while (select.executeStep()) {
            auto& row = rows.emplace_back();
            for (int i = 0; i < select.getColumnCount(); ++i) row.push_back(select.getColumn(i).getString());
        }
        return rows;
    };
    SqlRows rows = co_await service.database.run(std::move(job));
    if (rows.size() > kMaxRows) co_return too_many(rows.size());
    std::function<void(pugi::xml_node)> fill = [rows = std::move(rows),
                                                columns = query->columns](pugi::xml_node result) {
        for (const auto& row : rows) {
            auto node = result.append_child("row");
            for (std::size_t i = 0; i < row.size(); ++i) append(node, columns[i].c_str(), row[i]);
        }
    };
    co_return co_await large_response(service, std::move(call), std::move(fill));
}

Task<Reply> sql_update(Service& service, Call call, std::string user) {
    const auto update = parse_update(text_of(call.operation, "sql"));
    if (!update) co_return fail(update.error());
    auto changes = read_changes(*update);
    if (!changes) co_return fail(changes.error());
    // Named: g++ 12 destroys what ?: makes within a co_await twice.
    std::string name, uuid;
    (update->key_column == "name" ? name : uuid) = update->key;
    const auto phone = co_await named_phone(service, std::move(name), std::move(uuid));
    const bool missing = !phone && phone.error().code == Errc::not_found;
    if (!phone && !missing) co_return fail(phone.error());
    if (!missing) {
        const auto changed = co_await change(service, phone->name, std::move(*changes), std::move(user));
        if (!changed) co_return fail(changed.error());
    }
    co_return response(call.name, call.version,
                       [&](pugi::xml_node result) { append(result, "rowsUpdated", missing ? "0" : "1"); });
}

}  // namespace

Task<Result<std::string>> answer(Service& service, Call call, std::string user) {
    if (call.name == "listPhone") co_return co_await list_phone(service, std::move(call));
    if (call.name == "getPhone") co_return co_await get_phone(service, std::move(call));
    if (call.name == "updatePhone") co_return co_await update_phone(service, std::move(call), std::move(user));
    if (call.name == "applyPhone") co_return co_await apply_phone(service, std::move(call));
    if (call.name == "executeSQLQuery") co_return co_await sql_query(service, std::move(call));
    if (call.name == "executeSQLUpdate") co_return co_await sql_update(service, std::move(call), std::move(user));
    co_return fail(Errc::rejected, "this server does not know " + printable(call.name, 64) + "; see docs/axl.md");
}

// 5007 is CUCM's for a missing item and -201 Informix' for a syntax error; the others are ours (docs/axl.md).
int code_of(const Error& error) {
    switch (error.code) {
        case Errc::not_found:
            return 5007;
        case Errc::malformed:
            return error.message.starts_with("A syntax error") ? -201 : 5003;
        case Errc::internal:
            return 5000;
        default:
            return -1;
    }
}

}  // namespace opencapf::capf::axl
