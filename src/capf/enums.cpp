// SPDX-License-Identifier: Apache-2.0
#include "capf/enums.hpp"

#include <array>

namespace opencapf::capf {
namespace {

constexpr std::array<std::string_view, 35> kStatusTexts = {
    "",
    "None",
    "Operation Pending",
    "Upgrade Success",
    "Delete Success",
    "Troubleshoot Success",
    "Upgrade Failed",
    "Delete Failed",
    "Troubleshoot Failed",
    "Upgrade Failed: Invalid LSC",
    "Upgrade Failed: Invalid Authentication String",
    "Upgrade Failed: Invalid MIC",
    "Upgrade Failed: Invalid Credentials",
    "Upgrade Failed: Phone Communication Failure",
    "Upgrade Failed: Key Generation Failed/Timeout",
    "Upgrade Failed: CA Communication Failure",
    "Upgrade Failed: CA Rejected Connection",
    "Upgrade Failed: User Initiated Request Late/Timedout",
    "Delete Failed: Invalid LSC",
    "Delete Failed: Invalid Authentication String",
    "Delete Failed: Invalid MIC",
    "Delete Failed: Invalid Credentials",
    "Delete Failed: Phone Communication Failure",
    "Delete Failed: Key Generation Failed/Timeout",
    "Delete Failed: CA Communication Failure",
    "Delete Failed: CA Rejected Connection",
    "Delete Failed: User Initiated Request Late/Timedout",
    "Troubleshoot Failed: Invalid LSC",
    "Troubleshoot Failed: Invalid Authentication String",
    "Troubleshoot Failed: Invalid MIC",
    "Troubleshoot Failed: Invalid Credentials",
    "Troubleshoot Failed: Phone Communication Failure",
    "Troubleshoot Failed: Key Generation Failed/Timeout",
    "Troubleshoot Failed: User Initiated Request Late/Timedout",
    "Upgrade Failed: No Support for EC only in CAPF version 3",
};

struct ResultRow {
    OperationResult result;
    std::string_view name;   // published, but for 9 and 10
    std::string_view label;  // "Success" is attested, the others are ours
    CertificateStatus upgrade, remove, troubleshoot;
};

// cucm-capf.md 1.1: success is attested, the rest of the mapping inferred from the two lists.
constexpr std::array<ResultRow, 13> kResults = {{
    {OperationResult::success, "CAPF_OP_SUCCESS", "Success", 3, 4, 5},
    {OperationResult::fetch_no_certificate, "CAPF_FETCH_SUCCESS_BUT_NO_CERT", "Success", 6, 7, 5},
    {OperationResult::failed, "CAPF_OP_FAIL", "Failure", 6, 7, 8},
    {OperationResult::bad_auth_string, "CAPF_OP_FAIL_INVALID_AUTH_STR", "Failure", 10, 19, 28},
    {OperationResult::bad_lsc, "CAPF_OP_FAIL_INVALID_LSC", "Failure", 9, 18, 27},
    {OperationResult::bad_mic, "CAPF_OP_FAIL_INVALID_MIC", "Failure", 11, 20, 29},
    {OperationResult::bad_credentials, "CAPF_OP_FAIL_INVALID_CRENDENTIALS", "Failure", 12, 21, 30},
    {OperationResult::phone_communication, "CAPF_OP_FAIL_PHONE_COMM_ERROR", "Failure", 13, 22, 31},
    {OperationResult::timed_out, "CAPF_OP_FAIL_OP_TIMED_OUT", "Failure", 14, 23, 32},
    {OperationResult::ca_communication, "CAPF_OP_FAIL_CA_COMM_ERROR", "Failure", 15, 24, 8},
    {OperationResult::ca_rejected, "CAPF_OP_FAIL_CA_REJECTED", "Failure", 16, 25, 8},
    {OperationResult::late, "CAPF_OP_FAIL_LATE_REQUEST", "Failure", 17, 26, 33},
    {OperationResult::no_ec_support, "CAPF_OP_FAIL_NO_EC_SUPPORT", "Failure", 34, 7, 8},
}};

const ResultRow& row(OperationResult result) { return kResults.at(static_cast<std::size_t>(result)); }

}  // namespace

std::string_view trace_name(Operation operation) {
    switch (operation) {
        case Operation::none:
            return "OPERATION_NONE";
        case Operation::install:
            return "OPERATION_UPGRADE";
        case Operation::remove:
            return "OPERATION_DELETE";  // by analogy
        case Operation::troubleshoot:
            return "OPERATION_TROUBLESHOOT";  // by analogy
    }
    return "OPERATION_NONE";
}

std::string_view trace_name(AuthMode mode) {
    switch (mode) {
        case AuthMode::string:
            return "AUTH_BY_STR";
        case AuthMode::null_string:
            return "AUTH_BY_NULL_STR";
        case AuthMode::existing_lsc:
            return "AUTH_BY_LSC";  // by analogy
        case AuthMode::existing_mic:
            return "AUTH_BY_MIC";  // by analogy
    }
    return "AUTH_BY_NULL_STR";
}

std::string_view trace_name(KeyOrder order) {
    switch (order) {
        case KeyOrder::rsa_only:
            return "KEYORDER_RSA_ONLY";
        case KeyOrder::ec_only:
            return "KEYORDER_EC_ONLY";  // by analogy
        case KeyOrder::ec_preferred:
            return "KEYORDER_EC_PREFERRED";  // by analogy
    }
    return "KEYORDER_RSA_ONLY";
}

std::string_view trace_name(OperationResult result) { return row(result).name; }
std::string_view trace_label(OperationResult result) { return row(result).label; }

std::string trace_name_of_status(CertificateStatus status) {
    // CERT_STATUS_UPGRADE_SUCCESS is attested; the rule that makes it from the text makes the others.
    std::string name = "CERT_STATUS_";
    for (char c : status_text(status)) {
        if (c >= 'a' && c <= 'z') {
            name += static_cast<char>(c - 'a' + 'A');
        } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            name += c;
        } else if (name.back() != '_') {
            name += '_';
        }
    }
    return name;
}

std::string_view status_text(CertificateStatus status) {
    const auto index = static_cast<std::size_t>(status);
    return status >= 1 && index < kStatusTexts.size() ? kStatusTexts[index] : "Unknown";
}

std::string_view operation_text(Operation operation) {
    switch (operation) {
        case Operation::none:
            return "No Pending Operation";
        case Operation::install:
            return "Install/Upgrade";
        case Operation::remove:
            return "Delete";
        case Operation::troubleshoot:
            return "Troubleshoot";
    }
    return "No Pending Operation";
}

std::string_view auth_mode_text(AuthMode mode) {
    switch (mode) {
        case AuthMode::string:
            return "By Authentication String";
        case AuthMode::null_string:
            return "By Null String";
        case AuthMode::existing_lsc:
            return "By Existing Certificate (precedence to LSC)";
        case AuthMode::existing_mic:
            return "By Existing Certificate (precedence to MIC)";
    }
    return "By Null String";
}

CertificateStatus status_for(Operation operation, OperationResult result) {
    const auto& entry = row(result);
    switch (operation) {
        case Operation::remove:
            return entry.remove;
        case Operation::troubleshoot:
            return entry.troubleshoot;
        case Operation::none:
        case Operation::install:
            break;
    }
    return entry.upgrade;
}

std::optional<int> key_size_value(int rsa_bits) {
    constexpr std::array<int, 5> kSizes = {512, 1024, 2048, 3072, 4096};
    for (std::size_t i = 0; i < kSizes.size(); ++i)
        if (kSizes[i] == rsa_bits) return static_cast<int>(i) + 1;
    return std::nullopt;
}

std::string trace_ec_key_size(int ec_bits) {
    constexpr std::array<int, 3> kSizes = {256, 384, 521};
    for (std::size_t i = 0; i < kSizes.size(); ++i)
        if (kSizes[i] == ec_bits) return "EC_KEY_SIZE_" + std::to_string(ec_bits) + ':' + std::to_string(i + 1);
    return "INVALID:0";
}

std::string trace_key_size(int rsa_bits) {
    const auto value = key_size_value(rsa_bits);
    return value ? "KEY_SIZE_" + std::to_string(rsa_bits) + ':' + std::to_string(*value) : "INVALID:0";
}

}  // namespace opencapf::capf
