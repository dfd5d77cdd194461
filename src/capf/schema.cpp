// SPDX-License-Identifier: Apache-2.0
#include "capf/schema.hpp"

namespace opencapf::capf {

// Column names are CUCM's where CUCM has the column (cucm-capf.md 1.2), so that the SQL in the trace is the SQL that
// runs.
const std::vector<std::string>& migrations() {
    static const std::vector<std::string> kMigrations = {
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
        // EC keys, lock-out, troubleshoot, and the figures of the LSC that renewal and reports ask for.
        R"sql(
ALTER TABLE Device ADD COLUMN eckeysize INTEGER NOT NULL DEFAULT 256;
ALTER TABLE Device ADD COLUMN authfailures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE Device ADD COLUMN lockeduntil INTEGER NOT NULL DEFAULT 0;
ALTER TABLE Device ADD COLUMN lscvalidfrom INTEGER NOT NULL DEFAULT 0;
ALTER TABLE Device ADD COLUMN lscserial TEXT NOT NULL DEFAULT '';
ALTER TABLE Device ADD COLUMN fetchedlsc BLOB NOT NULL DEFAULT x'';
ALTER TABLE Device ADD COLUMN fetchedmic BLOB NOT NULL DEFAULT x'';
ALTER TABLE Device ADD COLUMN fetchedat INTEGER NOT NULL DEFAULT 0;
CREATE TABLE UnconfirmedLsc (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL COLLATE NOCASE,
    der BLOB NOT NULL,
    issuedat INTEGER NOT NULL,
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX UnconfirmedLscDevice ON UnconfirmedLsc (device);
INSERT INTO UnconfirmedLsc (device, der, issuedat)
    SELECT name, unconfirmedlsc, 0 FROM Device WHERE length(unconfirmedlsc) > 0;
ALTER TABLE Device DROP COLUMN unconfirmedlsc;
CREATE TABLE OfflineCertificate (
    device TEXT PRIMARY KEY COLLATE NOCASE,
    der BLOB NOT NULL,
    importedat INTEGER NOT NULL
) STRICT;
)sql",
        // CAPF profiles of application users (1) and end users (2) among the phones (0).
        R"sql(
ALTER TABLE Device ADD COLUMN kind INTEGER NOT NULL DEFAULT 0 CHECK (kind BETWEEN 0 AND 2);
ALTER TABLE Device ADD COLUMN profileuser TEXT NOT NULL DEFAULT '';
ALTER TABLE Device ADD COLUMN profileinstance TEXT NOT NULL DEFAULT '';
-- Whatever arms many rows passes profiles over: they only install, and only by authentication string.
CREATE TRIGGER ProfileOperations BEFORE UPDATE OF tkcertificateoperation, tkauthenticationmode ON Device
WHEN NEW.kind > 0 AND NEW.tkcertificateoperation <> 1
    AND NOT (NEW.tkcertificateoperation = 2 AND NEW.tkauthenticationmode = 1)
BEGIN
    SELECT RAISE(IGNORE);
END;
)sql",
        // Renewal and alarms. DeviceRenewal has all that the monitor reads of a device.
        R"sql(
CREATE INDEX DeviceRenewal ON Device (lscvaliduntil, name, kind, lscvalidfrom, tkcertificateoperation, armcount);
CREATE INDEX DeviceArmed ON Device (name) WHERE tkcertificateoperation <> 1;
CREATE TABLE Renewal (
    device TEXT PRIMARY KEY COLLATE NOCASE REFERENCES Device (name) ON DELETE CASCADE,
    excluded INTEGER NOT NULL DEFAULT 0 CHECK (excluded IN (0, 1)),
    armcount INTEGER NOT NULL DEFAULT 0,
    armedat INTEGER NOT NULL DEFAULT 0,
    validuntil INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    nexttry INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    status INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX RenewalArmed ON Renewal (device) WHERE armcount > 0;
CREATE INDEX RenewalArmedAt ON Renewal (armedat) WHERE armcount > 0;
CREATE INDEX RenewalFailing ON Renewal (failures) WHERE failures > 0;
CREATE TABLE Alarm (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL COLLATE NOCASE,
    kind INTEGER NOT NULL,
    since INTEGER NOT NULL,
    detail TEXT NOT NULL,
    cleared INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX AlarmStanding ON Alarm (kind, device) WHERE cleared = 0;
CREATE INDEX AlarmCleared ON Alarm (cleared) WHERE cleared > 0;
)sql",
        // Bulk jobs. The counts of a job's targets stand in its row: counting 40,000 rows for each look would not do.
        R"sql(
CREATE TABLE BulkJob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    label TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 4),
    operation INTEGER NOT NULL CHECK (operation BETWEEN 1 AND 4),
    authmode INTEGER NOT NULL,
    authstring TEXT NOT NULL,
    generate INTEGER NOT NULL,
    finishby TEXT NOT NULL,
    keysize INTEGER NOT NULL,
    keyorder INTEGER NOT NULL,
    eckeysize INTEGER NOT NULL,
    maxconcurrent INTEGER NOT NULL,
    perminute INTEGER NOT NULL,
    windowfrom INTEGER NOT NULL,
    windowto INTEGER NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0,
    armed INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE BulkTarget (
    job INTEGER NOT NULL REFERENCES BulkJob (id),
    device TEXT NOT NULL COLLATE NOCASE,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
    authmode INTEGER NOT NULL,
    authstring TEXT NOT NULL,
    finishby TEXT NOT NULL,
    keysize INTEGER NOT NULL,
    keyorder INTEGER NOT NULL,
    eckeysize INTEGER NOT NULL,
    armcount INTEGER NOT NULL DEFAULT 0,
    armedat INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0,
    status INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX BulkTargetState ON BulkTarget (job, state, device);
CREATE INDEX BulkTargetArmed ON BulkTarget (job, armedat, state) WHERE armedat > 0;
)sql",
        // A device that is removed and added again must not repeat its arm counts: a session of the old one would end
        // an operation of the new one.
        R"sql(
CREATE TABLE ArmBase (value INTEGER NOT NULL) STRICT;
INSERT INTO ArmBase SELECT coalesce(max(armcount), 0) FROM Device;
CREATE TRIGGER DeviceRemoved AFTER DELETE ON Device BEGIN
    UPDATE ArmBase SET value = max(value, OLD.armcount);
END;
CREATE TRIGGER DeviceAdded AFTER INSERT ON Device BEGIN
    UPDATE Device SET armcount = (SELECT value FROM ArmBase) WHERE name = NEW.name;
END;
)sql",
        // What AXL calls a device by: any UUID that stays.
        R"sql(
ALTER TABLE Device ADD COLUMN pkid TEXT NOT NULL DEFAULT '';
CREATE TRIGGER DevicePkid AFTER INSERT ON Device WHEN NEW.pkid = ''
BEGIN
    UPDATE Device SET pkid = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||
        substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
    WHERE name = NEW.name;
END;
UPDATE Device SET pkid = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||
    substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)));
CREATE UNIQUE INDEX DevicePkidIndex ON Device (pkid COLLATE NOCASE) WHERE pkid <> '';
)sql",
        // Several capfd on this database. `expires` in milliseconds since 1970.
        R"sql(
CREATE TABLE Instance (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    expires INTEGER NOT NULL,
    leader INTEGER NOT NULL DEFAULT 0 CHECK (leader IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX InstanceLeader ON Instance (leader) WHERE leader = 1;
CREATE TABLE SessionClaim (
    device TEXT PRIMARY KEY COLLATE NOCASE,
    token INTEGER NOT NULL,
    instance INTEGER NOT NULL REFERENCES Instance (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX SessionClaimInstance ON SessionClaim (instance);
CREATE TABLE ClaimSequence (value INTEGER NOT NULL) STRICT;
INSERT INTO ClaimSequence VALUES (0);
ALTER TABLE UnconfirmedLsc ADD COLUMN instance INTEGER NOT NULL DEFAULT 0;
)sql",
    };
    return kMigrations;
}

}  // namespace opencapf::capf
