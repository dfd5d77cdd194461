// SPDX-License-Identifier: Apache-2.0
#include "capf/device_query.hpp"

#include <array>

namespace opencapf::capf {
namespace {

constexpr std::array<int, 3> kHorizons = {7, 30, 90};
constexpr std::size_t kMaxIssuers = 100;

void count_statuses(SQLite::Database& db, const DeviceQuery& query, LscSummary& summary) {
    SQLite::Statement rows(db,
                           "SELECT tkcertificatestatus, count(*), sum(tkcertificateoperation <> 1) FROM Device "
                           "WHERE " +
                               query.sql() + " GROUP BY tkcertificatestatus ORDER BY tkcertificatestatus");
    query.bind(rows, 1);
    while (rows.executeStep()) {
        const auto count = static_cast<std::size_t>(rows.getColumn(1).getInt64());
        summary.by_status.emplace_back(rows.getColumn(0).getInt(), count);
        summary.devices += count;
        summary.pending += static_cast<std::size_t>(rows.getColumn(2).getInt64());
    }
}

void count_lscs(SQLite::Database& db, const DeviceQuery& query, std::int64_t now, LscSummary& summary) {
    std::string sql =
        "SELECT count(*) FILTER (WHERE lscvaliduntil > ?), count(*) FILTER (WHERE lscvaliduntil BETWEEN 1 AND ?), "
        "count(*) FILTER (WHERE lscvaliduntil = 0 AND length(lsc) = 0), "
        "count(*) FILTER (WHERE lscvaliduntil = 0 AND length(lsc) > 0)";
    for (std::size_t i = 0; i < kHorizons.size(); ++i)
        sql += ", count(*) FILTER (WHERE lscvaliduntil > ? AND lscvaliduntil <= ?)";
    SQLite::Statement row(db, sql + " FROM Device WHERE " + query.sql());
    int next = 1;
    row.bind(next++, now);
    row.bind(next++, now);
    for (const int days : kHorizons) {
        row.bind(next++, now);
        row.bind(next++, now + days * std::int64_t{86'400});
    }
    query.bind(row, next);
    row.executeStep();
    const auto count = [&row](int column) { return static_cast<std::size_t>(row.getColumn(column).getInt64()); };
    summary.valid = count(0);
    summary.expired = count(1);
    summary.na = count(2);
    summary.unknown = count(3);
    int column = 4;
    for (const int days : kHorizons) summary.expiring.emplace_back(days, count(column++));
}

void count_issuers(SQLite::Database& db, const DeviceQuery& query, LscSummary& summary) {
    SQLite::Statement rows(db,
                           "SELECT lscissuername, count(*), min(nullif(lscissuervaliduntil, 0)) FROM Device WHERE "
                           "(lscvaliduntil > 0 OR length(lsc) > 0) AND " +
                               query.sql() + " GROUP BY lscissuername ORDER BY count(*) DESC, lscissuername");
    query.bind(rows, 1);
    while (rows.executeStep()) {
        const auto lscs = static_cast<std::size_t>(rows.getColumn(1).getInt64());
        if (summary.by_issuer.size() < kMaxIssuers) {
            summary.by_issuer.push_back({rows.getColumn(0).getString(), lscs, rows.getColumn(2).getInt64()});
            continue;
        }
        if (summary.by_issuer.size() == kMaxIssuers) summary.by_issuer.push_back({"(others)", 0, 0});
        summary.by_issuer.back().lscs += lscs;
    }
}

}  // namespace

Task<LscSummary> summarize_lscs(storage::Database& database, DeviceQuery query, std::int64_t now) {
    auto job = [query = std::move(query), now](SQLite::Database& db) {
        LscSummary summary;
        count_statuses(db, query, summary);
        count_lscs(db, query, now, summary);
        count_issuers(db, query, summary);
        return summary;
    };
    co_return co_await database.run(std::move(job));
}

}  // namespace opencapf::capf
