// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device.hpp"
#include "capf/metrics.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/storage/database.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::capf {

/// What `arm` sets on a device.
struct Arming {
    Operation operation = Operation::install;
    AuthMode auth_mode = AuthMode::null_string;
    Secret auth_string;
    std::string finish_by;
    int rsa_bits = 2048;
    KeyOrder key_order = KeyOrder::rsa_only;
};

/// A certificate the phone has confirmed.
struct ConfirmedLsc {
    Bytes der;
    Bytes public_key;  ///< PKCS#1
    std::int64_t valid_until = 0, issuer_valid_until = 0;
    std::string issuer_name;
};

/// Counts the devices, ?1 is now: one row for each status. It must not read their certificates (a test asks SQLite).
extern const char* const kFiguresSql;

/// The device table in SQLite. Names compare case-insensitively (my_lower in CUCM). Every task resumes after the
/// commit. Thread-safe.
class DeviceStore {
public:
    explicit DeviceStore(const std::string& path);

    /// All or nothing. Error conflict names the first device that is already there.
    Task<Result<void>> add(std::vector<std::string> names, std::string model);
    Task<std::vector<Device>> list();
    Task<std::optional<Device>> find(std::string name);
    Task<Result<void>> remove(std::string name);
    /// All or nothing; status becomes 2 (Operation Pending), or 1 when the operation is none. Error not_found.
    Task<Result<void>> arm(std::vector<std::string> names, Arming arming);
    /// Before the certificate leaves for the phone.
    Task<> record_unconfirmed(std::string name, Bytes lsc);
    /// The operation ended with `status`. It is cleared unless `keep_armed`, or unless the device was armed again since
    /// `arm_count`. With `lsc` the confirmed certificate becomes the device's in the same transaction, the one-time
    /// string is cleared.
    Task<> finish(std::string name, std::int64_t arm_count, CertificateStatus status, bool keep_armed,
                  std::optional<ConfirmedLsc> lsc);

    /// Counts all devices from an index; `now` in Unix seconds.
    Task<DeviceFigures> figures(std::int64_t now);
    /// Throws SQLite::Exception when the database takes no transaction.
    Task<> ping();
    /// Jobs that wait for the database. Thread-safe, does not wait.
    [[nodiscard]] std::size_t queued() const { return database_->queued(); }

private:
    std::unique_ptr<storage::Database> database_;
};

}  // namespace opencapf::capf
