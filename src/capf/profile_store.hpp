// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/device_query.hpp"

#include <string>

namespace opencapf::capf {

/// The CAPF profile of an application user or end user (CTI, JTAPI, TAPI; cucm-capf.md 1.4): a row of the device table
/// of another kind, so that sessions, issuers and reports have one way for both. It only installs, and only by
/// authentication string; DeviceStore::arm holds that.
struct Profile {
    DeviceKind kind = DeviceKind::application;
    std::string user;      ///< letters, digits, '.', '-', '_'
    std::string instance;  ///< 1 to 128 letters and digits; unique for its user

    /// What the client calls itself towards CAPF, "user.instance": invented, no public source shows it.
    [[nodiscard]] std::string name() const { return user + '.' + instance; }
};

/// Error malformed says which part is wrong; also when the name does not fit the certificate's common name, which ends
/// at 64 characters (RFC 5280 appendix A.1).
Result<void> check_profile(const Profile& profile);

/// Error conflict when a device or profile of that name is there.
Task<Result<void>> add_profile(storage::Database& database, Profile profile);
/// Of a profile; error not_found for phones too.
Task<Result<DeviceRow>> find_profile(storage::Database& database, std::string name);

}  // namespace opencapf::capf
