// SPDX-License-Identifier: Apache-2.0
#include "capf/device_store.hpp"

#include "capf/refused_job.hpp"
#include "capf/unconfirmed_store.hpp"
#include "opencapf/storage/blob.hpp"

namespace opencapf::capf {
namespace {

constexpr const char* kSelect =
    "SELECT name, model, tkcertificateoperation, tkcertificatestatus, tkauthenticationmode, authenticationstring, "
    "upgradefinishtime, keysize, tkkeyorder, eckeysize, authfailures, lockeduntil, publickey, lsc, lscserial, "
    "lscvalidfrom, lscvaliduntil, lscissuervaliduntil, lscissuername, fetchedlsc, fetchedmic, fetchedat, armcount, "
    "(SELECT count(*) FROM UnconfirmedLsc WHERE device=Device.name) FROM Device";

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
    device.ec_bits = row.getColumn(9).getInt();
    device.auth_failures = row.getColumn(10).getInt();
    device.locked_until = row.getColumn(11).getInt64();
    device.public_key = storage::read_blob(row.getColumn(12));
    device.lsc = storage::read_blob(row.getColumn(13));
    device.lsc_serial = row.getColumn(14).getString();
    device.lsc_valid_from = row.getColumn(15).getInt64();
    device.lsc_valid_until = row.getColumn(16).getInt64();
    device.lsc_issuer_valid_until = row.getColumn(17).getInt64();
    device.lsc_issuer_name = row.getColumn(18).getString();
    device.fetched_lsc = storage::read_blob(row.getColumn(19));
    device.fetched_mic = storage::read_blob(row.getColumn(20));
    device.fetched_at = row.getColumn(21).getInt64();
    device.arm_count = row.getColumn(22).getInt64();
    device.unconfirmed_lscs = row.getColumn(23).getInt();
    return device;
}

std::optional<Device> find_device(SQLite::Database& db, const std::string& name) {
    SQLite::Statement row(db, std::string(kSelect) + " WHERE name=?");
    row.bind(1, name);
    return row.executeStep() ? std::optional<Device>(read_device(row)) : std::nullopt;
}

void add_one(SQLite::Database& db, const std::string& name, const std::string& model) {
    SQLite::Statement insert(db, "INSERT OR IGNORE INTO Device (name, model) VALUES (?, ?)");
    insert.bind(1, name);
    insert.bind(2, model);
    if (insert.exec() == 0) throw RefusedJob({Errc::conflict, "device " + name + " is already there"});
}

// A profile proves itself with its string each time, and only installs (cucm-capf.md 1.4).
void check_profile_arming(SQLite::Database& db, const std::string& name, const Arming& arming) {
    const bool allowed = arming.operation == Operation::none ||
                         (arming.operation == Operation::install && arming.auth_mode == AuthMode::string);
    if (allowed) return;
    SQLite::Statement profile(db, "SELECT 1 FROM Device WHERE name=? AND kind > 0");
    profile.bind(1, name);
    if (profile.executeStep())
        throw RefusedJob(
            {Errc::conflict, name + " is a CAPF profile: it only installs, and only by authentication string"});
}

[[noreturn]] void refuse_unknown(const std::string& name) {
    throw RefusedJob({Errc::not_found, "there is no device " + name + "; add it with: capfctl device add " + name});
}

void arm_one(SQLite::Database& db, const std::string& name, const Arming& arming) {
    check_profile_arming(db, name, arming);
    if (!arm_device(db, name, arming)) refuse_unknown(name);
}

// False when the device is no longer there.
bool set_lsc(SQLite::Database& db, const std::string& name, const ConfirmedLsc& lsc) {
    SQLite::Statement update(db,
                             "UPDATE Device SET lsc=?, publickey=?, lscserial=?, lscvalidfrom=?, lscvaliduntil=?, "
                             "lscissuervaliduntil=?, lscissuername=? WHERE name=?");
    storage::bind_blob(update, 1, lsc.der);
    storage::bind_blob(update, 2, lsc.public_key);
    update.bind(3, lsc.serial);
    update.bind(4, lsc.valid_from);
    update.bind(5, lsc.valid_until);
    update.bind(6, lsc.issuer_valid_until);
    update.bind(7, lsc.issuer_name);
    update.bind(8, name);
    return update.exec() > 0;
}

void confirm_lsc(SQLite::Database& db, const std::string& name, const ConfirmedLsc& lsc) {
    if (set_lsc(db, name, lsc)) {
        remove_unconfirmed(db, lsc.unconfirmed_id);
    } else {
        explain_unconfirmed(db, lsc.unconfirmed_id, "the device was removed while its phone stored it");
    }
}

StringVerdict judge_string(SQLite::Database& db, const std::string& name, std::int64_t arm_count, const Secret& typed,
                           std::int64_t now) {
    SQLite::Statement row(db,
                          "SELECT authenticationstring, lockeduntil FROM Device WHERE name=? AND armcount=? AND "
                          "tkcertificateoperation <> 1");
    row.bind(1, name);
    row.bind(2, arm_count);
    if (!row.executeStep()) return StringVerdict::changed;
    if (row.getColumn(1).getInt64() > now) return StringVerdict::locked;
    const Secret wanted(row.getColumn(0).getString());
    return !wanted.empty() && wanted.equals(typed.reveal()) ? StringVerdict::right : StringVerdict::wrong;
}

void clear_lsc(SQLite::Database& db, const std::string& name) {
    SQLite::Statement update(db,
                             "UPDATE Device SET lsc=x'', publickey=x'', lscserial='', lscvalidfrom=0, lscvaliduntil=0, "
                             "lscissuervaliduntil=0, lscissuername='' WHERE name=?");
    update.bind(1, name);
    update.exec();
}

void set_fetched(SQLite::Database& db, const std::string& name, const Fetched& fetched) {
    SQLite::Statement update(db, "UPDATE Device SET fetchedlsc=?, fetchedmic=?, fetchedat=? WHERE name=?");
    storage::bind_blob(update, 1, fetched.lsc);
    storage::bind_blob(update, 2, fetched.mic);
    update.bind(3, fetched.at);
    update.bind(4, name);
    update.exec();
}

}  // namespace

ConfirmedLsc confirmed_lsc(const x509::Certificate& certificate, std::int64_t unconfirmed_id,
                           std::int64_t issuer_valid_until) {
    ConfirmedLsc lsc;
    lsc.der = certificate.der();
    lsc.public_key = certificate.public_key().inner_key();
    lsc.serial = certificate.serial_hex();
    lsc.issuer_name = certificate.issuer_rfc2253();
    lsc.valid_from = unix_seconds(certificate.not_before());
    lsc.valid_until = unix_seconds(certificate.not_after());
    lsc.issuer_valid_until = issuer_valid_until;
    lsc.unconfirmed_id = unconfirmed_id;
    return lsc;
}

const char* const kFiguresSql = R"sql(
SELECT tkcertificatestatus, count(*), sum(tkcertificateoperation <> 1), sum(lscvaliduntil > 0),
    sum(lscvaliduntil > 0 AND lscvaliduntil <= ?1),
    sum(lscvaliduntil > ?1 AND lscvaliduntil <= ?1 + 7 * 86400),
    sum(lscvaliduntil > ?1 AND lscvaliduntil <= ?1 + 30 * 86400),
    sum(lscvaliduntil > ?1 AND lscvaliduntil <= ?1 + 90 * 86400)
FROM Device GROUP BY tkcertificatestatus
)sql";

std::optional<std::int64_t> arm_device(SQLite::Database& db, const std::string& name, const Arming& arming) {
    // A new operation is a new start: wrong tries of the old one are forgotten.
    SQLite::Statement update(
        db,
        "UPDATE Device SET tkcertificateoperation=?, tkcertificatestatus=?, tkauthenticationmode=?, "
        "authenticationstring=?, upgradefinishtime=?, keysize=?, tkkeyorder=?, eckeysize=?, authfailures=0, "
        "lockeduntil=0, armcount=armcount+1 WHERE name=? RETURNING armcount");
    update.bind(1, static_cast<int>(arming.operation));
    update.bind(2, arming.operation == Operation::none ? kStatusNone : kStatusPending);
    update.bind(3, static_cast<int>(arming.auth_mode));
    update.bind(4, std::string(arming.auth_string.reveal()));
    update.bind(5, arming.finish_by);
    update.bind(6, arming.rsa_bits);
    update.bind(7, static_cast<int>(arming.key_order));
    update.bind(8, arming.ec_bits);
    update.bind(9, name);
    if (!update.executeStep()) return std::nullopt;
    const std::int64_t arm_count = update.getColumn(0).getInt64();
    update.executeStep();  // to its end: only then the change is complete
    return arm_count;
}

Task<Result<void>> DeviceStore::add(std::vector<std::string> names, std::string model) {
    auto job = [names = std::move(names), model = std::move(model)](SQLite::Database& db) {
        for (const auto& name : names) add_one(db, name, model);
    };
    try {
        co_await database_.run(std::move(job));
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
    co_return co_await database_.run(std::move(job));
}

Task<> DeviceStore::ping() {
    auto job = [](SQLite::Database& db) { db.exec("SELECT 1"); };
    co_await database_.run(std::move(job));
}

Task<std::vector<Device>> DeviceStore::list(std::string after, std::size_t limit) {
    auto job = [after = std::move(after), limit](SQLite::Database& db) {
        std::vector<Device> devices;
        SQLite::Statement rows(db, std::string(kSelect) + " WHERE name > ? AND kind = 0 ORDER BY name LIMIT ?");
        rows.bind(1, after);
        rows.bind(2, static_cast<std::int64_t>(limit));
        while (rows.executeStep()) devices.push_back(read_device(rows));
        return devices;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::optional<Device>> DeviceStore::find(std::string name) {
    auto job = [name = std::move(name)](SQLite::Database& db) { return find_device(db, name); };
    co_return co_await database_.run(std::move(job));
}

Task<Result<void>> DeviceStore::remove(std::string name) {
    auto job = [name](SQLite::Database& db) {
        SQLite::Statement statement(db, "DELETE FROM Device WHERE name=?");
        statement.bind(1, name);
        return statement.exec();
    };
    const int removed = co_await database_.run(std::move(job));
    if (removed == 0) co_return fail(Errc::not_found, "there is no device " + name);
    co_return Result<void>{};
}

Task<Result<void>> DeviceStore::arm(std::vector<std::string> names, Arming arming) {
    std::vector<std::pair<std::string, Arming>> armings;
    for (auto& name : names) armings.emplace_back(std::move(name), arming);
    co_return co_await arm_each(std::move(armings));
}

Task<Result<void>> DeviceStore::arm_each(std::vector<std::pair<std::string, Arming>> armings) {
    auto job = [armings = std::move(armings)](SQLite::Database& db) {
        for (const auto& [name, arming] : armings) arm_one(db, name, arming);
    };
    try {
        co_await database_.run(std::move(job));
    } catch (const RefusedJob& refused) {
        co_return fail(refused.error());
    }
    co_return Result<void>{};
}

Task<Result<bool>> DeviceStore::arm_as(std::string name, Decide decide) {
    auto job = [name = std::move(name), decide = std::move(decide)](SQLite::Database& db) {
        const auto device = find_device(db, name);
        if (!device) refuse_unknown(name);
        const auto arming = decide(*device);
        if (!arming) throw RefusedJob(arming.error());
        if (*arming) arm_one(db, name, **arming);
        return arming->has_value();
    };
    try {
        co_return co_await database_.run(std::move(job));
    } catch (const RefusedJob& refused) {
        co_return fail(refused.error());
    }
}

Task<bool> DeviceStore::finish(std::string name, Finish finish) {
    auto job = [name = std::move(name), finish = std::move(finish)](SQLite::Database& db) {
        if (!cluster::holds(db, name, finish.claim)) return false;
        if (const auto* lsc = std::get_if<ConfirmedLsc>(&finish.found)) {
            confirm_lsc(db, name, *lsc);
        } else if (std::holds_alternative<LscDeleted>(finish.found)) {
            clear_lsc(db, name);
        } else if (const auto* fetched = std::get_if<Fetched>(&finish.found)) {
            set_fetched(db, name, *fetched);
        }
        if (finish.unconfirmed_id != 0) explain_unconfirmed(db, finish.unconfirmed_id, finish.why);
        const int operation_kept = finish.keep_armed ? 1 : 0;
        SQLite::Statement update(db,
                                 "UPDATE Device SET tkcertificatestatus=?1, "
                                 "tkcertificateoperation=CASE WHEN ?2 THEN tkcertificateoperation ELSE 1 END, "
                                 "authenticationstring=CASE WHEN ?2 THEN authenticationstring ELSE '' END, "
                                 "authfailures=CASE WHEN ?5 THEN 0 ELSE authfailures END "
                                 "WHERE name=?3 AND armcount=?4 AND (?5 OR tkcertificateoperation <> 1)");
        update.bind(1, finish.status);
        update.bind(2, operation_kept);
        update.bind(3, name);
        update.bind(4, finish.arm_count);
        update.bind(5, finish.succeeded ? 1 : 0);
        update.exec();
        return true;
    };
    co_return co_await database_.run(std::move(job));
}

Task<> DeviceStore::confirm(std::string name, ConfirmedLsc lsc) {
    auto job = [name = std::move(name), lsc = std::move(lsc)](SQLite::Database& db) { confirm_lsc(db, name, lsc); };
    co_await database_.run(std::move(job));
}

Task<StringVerdict> DeviceStore::check_string(std::string name, std::int64_t arm_count, Secret typed, Lockout lockout) {
    auto job = [name = std::move(name), arm_count, typed = std::move(typed), lockout](SQLite::Database& db) {
        const auto verdict = judge_string(db, name, arm_count, typed, lockout.now);
        if (verdict != StringVerdict::wrong) return verdict;
        SQLite::Statement update(db,
                                 "UPDATE Device SET "
                                 "lockeduntil=CASE WHEN authfailures + 1 >= ?1 THEN ?2 ELSE lockeduntil END, "
                                 "authfailures=CASE WHEN authfailures + 1 >= ?1 THEN 0 ELSE authfailures + 1 END "
                                 "WHERE name=?3");
        update.bind(1, lockout.tries);
        update.bind(2, lockout.until);
        update.bind(3, name);
        update.exec();
        return verdict;
    };
    co_return co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf
