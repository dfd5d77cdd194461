// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/enums.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/secret.hpp"

namespace opencapf::capf {

/// One row of the device table, with CUCM's columns (cucm-capf.md 1.2) and a few of ours.
struct Device {
    std::string name;
    std::string model;  ///< "CP-8865"; first part of the LSC's common name
    Operation operation = Operation::none;
    CertificateStatus status = kStatusNone;
    AuthMode auth_mode = AuthMode::null_string;
    Secret auth_string;     ///< 4 to 10 digits; empty unless auth_mode is string
    std::string finish_by;  ///< upgradefinishtime "YYYY:MM:DD:HH:MM" in local time; empty = no deadline
    int rsa_bits = 2048;
    KeyOrder key_order = KeyOrder::rsa_only;
    int ec_bits = 256;                                     ///< 256, 384 or 521
    int auth_failures = 0;                                 ///< wrong authentication strings in a row
    std::int64_t locked_until = 0;                         ///< Unix seconds; before it no string is right
    Bytes public_key;                                      ///< of the LSC: PKCS#1 RSAPublicKey, or the EC point
    Bytes lsc;                                             ///< DER; confirmed by the phone
    std::string lsc_serial;                                ///< hex
    std::int64_t lsc_valid_from = 0, lsc_valid_until = 0;  ///< Unix seconds, 0 = none
    std::int64_t lsc_issuer_valid_until = 0;               ///< Unix seconds, 0 = none
    std::string lsc_issuer_name;
    Bytes fetched_lsc, fetched_mic;  ///< DER; what the phone showed at the last troubleshoot
    std::int64_t fetched_at = 0;     ///< Unix seconds, 0 = never
    int unconfirmed_lscs = 0;        ///< certificates that were issued for it and never confirmed
    std::int64_t arm_count = 0;      ///< grows with every arming: a session ends only the operation it began
};

/// Common name of the device's LSC: MODEL-NAME, or the name alone (cucm-capf.md 1.3).
std::string certificate_name(const Device& device);

/// "YYYY:MM:DD:HH:MM" -> time, in the local zone; nothing when it is no such text or no such moment.
std::optional<WallTime> parse_finish_time(const std::string& text);

/// Letters, digits, '.', '-', '_'; 1 to 128 of them, not starting with '.': safe as a file name and in a log.
bool is_valid_device_name(std::string_view name);

/// 4 to 10 digits.
bool is_auth_string(std::string_view text);

/// An authentication string for a device: eight random digits.
std::string random_auth_string();

}  // namespace opencapf::capf
