// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opencapf::capf {

// CUCM's enumerations with their database values (reference cucm-capf.md 1.1). The texts are the UI's, the trace names
// the SDI trace's; those that no source shows are built by analogy and marked so in enums.cpp.

/// device.tkcertificateoperation
enum class Operation : int { none = 1, install = 2, remove = 3, troubleshoot = 4 };

/// Authentication mode of the phone security profile.
enum class AuthMode : int { string = 1, null_string = 2, existing_lsc = 3, existing_mic = 4 };

enum class KeyOrder : int { rsa_only = 1, ec_only = 2, ec_preferred = 3 };

/// "CAPF operation result code" of the trace. 9 and 10 are missing from the published table; we use them for the two CA
/// failures that the database knows (inferred).
enum class OperationResult : int {
    success = 0,
    fetch_no_certificate = 1,
    failed = 2,
    bad_auth_string = 3,
    bad_lsc = 4,
    bad_mic = 5,
    bad_credentials = 6,
    phone_communication = 7,
    timed_out = 8,
    ca_communication = 9,
    ca_rejected = 10,
    late = 11,
    no_ec_support = 12,  ///< ours: the database knows the failure, the published codes do not
};

/// device.tkcertificatestatus, 1..34.
using CertificateStatus = int;
inline constexpr CertificateStatus kStatusNone = 1, kStatusPending = 2, kStatusUpgradeSuccess = 3, kLastStatus = 34;

std::string_view trace_name(Operation operation);            ///< "OPERATION_UPGRADE"
std::string_view trace_name(AuthMode mode);                  ///< "AUTH_BY_STR"
std::string_view trace_name(KeyOrder order);                 ///< "KEYORDER_RSA_ONLY"
std::string_view trace_name(OperationResult result);         ///< "CAPF_OP_SUCCESS"
std::string_view trace_label(OperationResult result);        ///< "Success", what stands before the code's name
std::string trace_name_of_status(CertificateStatus status);  ///< "CERT_STATUS_UPGRADE_SUCCESS"
std::string_view status_text(CertificateStatus status);      ///< "Upgrade Success"
std::string_view operation_text(Operation operation);        ///< "Install/Upgrade"
std::string_view auth_mode_text(AuthMode mode);              ///< "By Null String"

/// What CAPFDevice::MapCapf_OpStatusToDBLTypeCertificateStatus does: the status an operation ends with.
CertificateStatus status_for(Operation operation, OperationResult result);

/// Database value of an RSA key size: 512=1, 1024=2, 2048=3, 3072=4, 4096=5; nothing for another size.
std::optional<int> key_size_value(int rsa_bits);
std::string trace_ec_key_size(
    int ec_bits);                          ///< "EC_KEY_SIZE_256:1", by analogy; the product shows "INVALID:0" for none
std::string trace_key_size(int rsa_bits);  ///< "KEY_SIZE_2048:3"

}  // namespace opencapf::capf
