// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/offline_store.hpp"

#include "opencapf/storage/blob.hpp"

namespace opencapf::capf {

Task<> OfflineStore::put(std::string device, Bytes der, std::int64_t now) {
    auto job = [device = std::move(device), der = std::move(der), now](SQLite::Database& db) {
        SQLite::Statement insert(
            db, "INSERT OR REPLACE INTO OfflineCertificate (device, der, importedat) VALUES (?, ?, ?)");
        insert.bind(1, device);
        storage::bind_blob(insert, 2, der);
        insert.bind(3, now);
        insert.exec();
    };
    co_await database_.run(std::move(job));
}

Task<std::optional<Bytes>> OfflineStore::find(std::string device) {
    auto job = [device = std::move(device)](SQLite::Database& db) {
        SQLite::Statement rows(db, "SELECT der FROM OfflineCertificate WHERE device=?");
        rows.bind(1, device);
        std::optional<Bytes> der;
        if (rows.executeStep()) der = storage::read_blob(rows.getColumn(0));
        return der;
    };
    co_return co_await database_.run(std::move(job));
}

Task<> OfflineStore::remove(std::string device) {
    auto job = [device = std::move(device)](SQLite::Database& db) {
        SQLite::Statement statement(db, "DELETE FROM OfflineCertificate WHERE device=?");
        statement.bind(1, device);
        statement.exec();
    };
    co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf
