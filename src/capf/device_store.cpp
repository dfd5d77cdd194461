// SPDX-License-Identifier: Apache-2.0
#include "capf/device_store.hpp"

#include "opencapf/storage/blob.hpp"

namespace opencapf::capf {
namespace {

// Column names are CUCM's where CUCM has the column (cucm-capf.md 1.2), so that the SQL in the trace is the SQL that
// runs.
const std::vector<std::string> kMigrations = {
    R"sql(
CREATE TABLE Device (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    model TEXT NOT NULL,
    tkcertificateoperation INTEGER NOT NULL DEFAULT 1 CHECK (tkcertificateoperation BETWEEN 1 AND 4),
    tkcertificatestatus INTEGER NOT NULL DEFAULT 1 CHECK (tkcertificatestatus BETWEEN 1 AND 34),
    tkauthenticationmode INTEGER NOT NULL DEFAULT 2 CHECK (tkauthenticationmode BETWEEN 1 AND 4),
    authenticationstring TEXT NOT NULL DEFAULT '',
    upgradefinishtime TEXT NOT NULL DEFAULT '',
    keysize INTEGER NOT NULL DEFAULT 2048,
    tkkeyorder INTEGER NOT NULL DEFAULT 1 CHECK (tkkeyorder BETWEEN 1 AND 3),
    publickey BLOB NOT NULL DEFAULT x'',
    lsc BLOB NOT NULL DEFAULT x'',
    unconfirmedlsc BLOB NOT NULL DEFAULT x'',
    lscvaliduntil INTEGER NOT NULL DEFAULT 0,
    lscissuervaliduntil INTEGER NOT NULL DEFAULT 0,
    lscissuername TEXT NOT NULL DEFAULT '',
    armcount INTEGER NOT NULL DEFAULT 0
) STRICT;
)sql",
    // Everything figures() asks for: counting must not read the certificates of all devices.
    "CREATE INDEX DeviceFigures ON Device (tkcertificatestatus, tkcertificateoperation, lscvaliduntil)",
};

constexpr const char* kSelect =
    "SELECT name, model, tkcertificateoperation, tkcertificatestatus, tkauthenticationmode, authenticationstring, "
    "upgradefinishtime, keysize, tkkeyorder, publickey, lsc, unconfirmedlsc, lscvaliduntil, lscissuervaliduntil, "
    "lscissuername, armcount FROM Device";

Device read_device(SQLite::Statement& row) {
    Device device;
    device.name = row.getColumn(0).getString();
    device.model = row.getColumn(1).getString();
    device.operation = static_cast<Operation>(row.getColumn(2).getInt());
    device.status = row.getColumn(3).getInt();
    device.auth_mode = static_cast<AuthMode>(row.getColumn(4).getInt());
    device.auth_string = Secret(row.getColumn(5).getString());
    device.finish_by = row.getColumn(6).getString();
    device.rsa_bits = row.getColumn(7).getInt();
    device.key_order = static_cast<KeyOrder>(row.getColumn(8).getInt());
    device.public_key = storage::read_blob(row.getColumn(9));
    device.lsc = storage::read_blob(row.getColumn(10));
    device.unconfirmed_lsc = storage::read_blob(row.getColumn(11));
    device.lsc_valid_until = row.getColumn(12).getInt64();
    device.lsc_issuer_valid_until = row.getColumn(13).getInt64();
    device.lsc_issuer_name = row.getColumn(14).getString();
    device.arm_count = row.getColumn(15).getInt64();
    return device;
}

// Undoes what a job did before it fails with an expected error: the savepoint is rolled back by the exception.
class RefusedJob : public std::exception {
public:
    explicit RefusedJob(Error error) : error_(std::move(error)) {}
    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }
    [[nodiscard]] const Error& error() const noexcept { return error_; }

private:
    Error error_;
};

void add_one(SQLite::Database& db, const std::string& name, const std::string& model) {
    SQLite::Statement insert(db, "INSERT OR IGNORE INTO Device (name, model) VALUES (?, ?)");
    insert.bind(1, name);
    insert.bind(2, model);
    if (insert.exec() == 0) throw RefusedJob({Errc::conflict, "device " + name + " is already there"});
}

void arm_one(SQLite::Database& db, const std::string& name, const Arming& arming) {
    SQLite::Statement update(
        db,
        "UPDATE Device SET tkcertificateoperation=?, tkcertificatestatus=?, tkauthenticationmode=?, "
        "authenticationstring=?, upgradefinishtime=?, keysize=?, tkkeyorder=?, armcount=armcount+1 "
        "WHERE name=?");
    update.bind(1, static_cast<int>(arming.operation));
    update.bind(2, arming.operation == Operation::none ? kStatusNone : kStatusPending);
    update.bind(3, static_cast<int>(arming.auth_mode));
    update.bind(4, std::string(arming.auth_string.reveal()));
    update.bind(5, arming.finish_by);
    update.bind(6, arming.rsa_bits);
    update.bind(7, static_cast<int>(arming.key_order));
    update.bind(8, name);
    if (update.exec() == 0)
        throw RefusedJob({Errc::not_found, "there is no device " + name + "; add it with: capfctl device add " + name});
}

}  // namespace

const char* const kFiguresSql = R"sql(
SELECT tkcertificatestatus, count(*), sum(tkcertificateoperation <> 1), sum(lscvaliduntil > 0),
    sum(lscvaliduntil > 0 AND lscvaliduntil <= ?1),
    sum(lscvaliduntil > ?1 AND lscvaliduntil <= ?1 + 7 * 86400),
    sum(lscvaliduntil > ?1 AND lscvaliduntil <= ?1 + 30 * 86400),
    sum(lscvaliduntil > ?1 AND lscvaliduntil <= ?1 + 90 * 86400)
FROM Device GROUP BY tkcertificatestatus
)sql";

DeviceStore::DeviceStore(const std::string& path) : database_(std::make_unique<storage::Database>(path, kMigrations)) {}

Task<Result<void>> DeviceStore::add(std::vector<std::string> names, std::string model) {
    auto job = [names = std::move(names), model = std::move(model)](SQLite::Database& db) {
        for (const auto& name : names) add_one(db, name, model);
    };
    try {
        co_await database_->run(std::move(job));
    } catch (const RefusedJob& refused) {
        co_return fail(refused.error());
    }
    co_return Result<void>{};
}

Task<DeviceFigures> DeviceStore::figures(std::int64_t now) {
    auto job = [now](SQLite::Database& db) {
        DeviceFigures figures;
        figures.by_status.resize(kLastStatus + 1);
        SQLite::Statement rows(db, kFiguresSql);
        rows.bind(1, now);
        while (rows.executeStep()) {
            const auto count = [&rows](int column) {
                return static_cast<std::size_t>(rows.getColumn(column).getInt64());
            };
            figures.by_status.at(count(0)) = count(1);
            figures.armed += count(2);
            figures.lscs += count(3);
            figures.expired += count(4);
            figures.within_7_days += count(5);
            figures.within_30_days += count(6);
            figures.within_90_days += count(7);
        }
        return figures;
    };
    co_return co_await database_->run(std::move(job));
}

Task<> DeviceStore::ping() {
    auto job = [](SQLite::Database& db) { db.exec("SELECT 1"); };
    co_await database_->run(std::move(job));
}

Task<std::vector<Device>> DeviceStore::list() {
    auto job = [](SQLite::Database& db) {
        std::vector<Device> devices;
        SQLite::Statement rows(db, std::string(kSelect) + " ORDER BY name");
        while (rows.executeStep()) devices.push_back(read_device(rows));
        return devices;
    };
    co_return co_await database_->run(std::move(job));
}

Task<std::optional<Device>> DeviceStore::find(std::string name) {
    auto job = [name = std::move(name)](SQLite::Database& db) {
        SQLite::Statement row(db, std::string(kSelect) + " WHERE name=?");
        row.bind(1, name);
        return row.executeStep() ? std::optional<Device>(read_device(row)) : std::nullopt;
    };
    co_return co_await database_->run(std::move(job));
}

Task<Result<void>> DeviceStore::remove(std::string name) {
    auto job = [name](SQLite::Database& db) {
        SQLite::Statement statement(db, "DELETE FROM Device WHERE name=?");
        statement.bind(1, name);
        return statement.exec();
    };
    const int removed = co_await database_->run(std::move(job));
    if (removed == 0) co_return fail(Errc::not_found, "there is no device " + name);
    co_return Result<void>{};
}

Task<Result<void>> DeviceStore::arm(std::vector<std::string> names, Arming arming) {
    auto job = [names = std::move(names), arming = std::move(arming)](SQLite::Database& db) {
        for (const auto& name : names) arm_one(db, name, arming);
    };
    try {
        co_await database_->run(std::move(job));
    } catch (const RefusedJob& refused) {
        co_return fail(refused.error());
    }
    co_return Result<void>{};
}

Task<> DeviceStore::record_unconfirmed(std::string name, Bytes lsc) {
    auto job = [name = std::move(name), lsc = std::move(lsc)](SQLite::Database& db) {
        SQLite::Statement update(db, "UPDATE Device SET unconfirmedlsc=? WHERE name=?");
        storage::bind_blob(update, 1, lsc);
        update.bind(2, name);
        update.exec();
    };
    co_await database_->run(std::move(job));
}

Task<> DeviceStore::finish(std::string name, std::int64_t arm_count, CertificateStatus status, bool keep_armed,
                           std::optional<ConfirmedLsc> lsc) {
    auto job = [=, lsc = std::move(lsc)](SQLite::Database& db) {
        if (lsc) {
            SQLite::Statement update(db,
                                     "UPDATE Device SET lsc=?, publickey=?, lscvaliduntil=?, lscissuervaliduntil=?, "
                                     "lscissuername=?, unconfirmedlsc=x'' WHERE name=?");
            storage::bind_blob(update, 1, lsc->der);
            storage::bind_blob(update, 2, lsc->public_key);
            update.bind(3, lsc->valid_until);
            update.bind(4, lsc->issuer_valid_until);
            update.bind(5, lsc->issuer_name);
            update.bind(6, name);
            update.exec();
        }
        const int operation_kept = keep_armed ? 1 : 0;
        SQLite::Statement update(db,
                                 "UPDATE Device SET tkcertificatestatus=?, "
                                 "tkcertificateoperation=CASE WHEN ? THEN tkcertificateoperation ELSE 1 END, "
                                 "authenticationstring=CASE WHEN ? THEN authenticationstring ELSE '' END "
                                 "WHERE name=? AND armcount=?");
        update.bind(1, status);
        update.bind(2, operation_kept);
        update.bind(3, operation_kept);
        update.bind(4, name);
        update.bind(5, arm_count);
        update.exec();
    };
    co_await database_->run(std::move(job));
}

}  // namespace opencapf::capf
