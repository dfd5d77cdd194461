// SPDX-License-Identifier: Apache-2.0
#include "capf/enums.hpp"

#include "capf/issuer/online_ca.hpp"

#include <gmock/gmock.h>
#include <set>

namespace opencapf::capf {
namespace {

constexpr OperationResult kResults[] = {OperationResult::success,         OperationResult::fetch_no_certificate,
                                        OperationResult::failed,          OperationResult::bad_auth_string,
                                        OperationResult::bad_lsc,         OperationResult::bad_mic,
                                        OperationResult::bad_credentials, OperationResult::phone_communication,
                                        OperationResult::timed_out,       OperationResult::ca_communication,
                                        OperationResult::ca_rejected,     OperationResult::late};

TEST(Enums, StatusesAreCucms) {
    EXPECT_EQ(status_text(1), "None");
    EXPECT_EQ(status_text(3), "Upgrade Success");
    EXPECT_EQ(status_text(17), "Upgrade Failed: User Initiated Request Late/Timedout");
    EXPECT_EQ(status_text(34), "Upgrade Failed: No Support for EC only in CAPF version 3");
    EXPECT_EQ(status_text(0), "Unknown");
    EXPECT_EQ(status_text(35), "Unknown");
}

TEST(Enums, TraceNamesOfTheTechNote) {
    EXPECT_EQ(trace_name_of_status(3), "CERT_STATUS_UPGRADE_SUCCESS");
    EXPECT_EQ(trace_name(OperationResult::success), "CAPF_OP_SUCCESS");
    EXPECT_EQ(trace_name(Operation::install), "OPERATION_UPGRADE");
    EXPECT_EQ(trace_name(AuthMode::string), "AUTH_BY_STR");
    EXPECT_EQ(trace_key_size(2048), "KEY_SIZE_2048:3");
    EXPECT_EQ(trace_key_size(1000), "INVALID:0");
}

TEST(Enums, InstallEndsWithTheUpgradeStatuses) {
    EXPECT_EQ(status_for(Operation::install, OperationResult::success), 3);
    EXPECT_EQ(status_for(Operation::install, OperationResult::bad_auth_string), 10);
    EXPECT_EQ(status_for(Operation::install, OperationResult::phone_communication), 13);
    EXPECT_EQ(status_for(Operation::install, OperationResult::timed_out), 14);
    EXPECT_EQ(status_for(Operation::install, OperationResult::ca_communication), 15);
    EXPECT_EQ(status_for(Operation::install, OperationResult::ca_rejected), 16);
    EXPECT_EQ(status_for(Operation::install, OperationResult::late), 17);
    EXPECT_EQ(status_for(Operation::troubleshoot, OperationResult::late), 33);
}

TEST(Enums, EveryResultHasANameAndAStatusOfItsOperation) {
    for (const auto result : kResults) {
        EXPECT_FALSE(trace_name(result).empty());
        EXPECT_THAT(std::string(status_text(status_for(Operation::install, result))), ::testing::StartsWith("Upgrade"));
        EXPECT_THAT(std::string(status_text(status_for(Operation::remove, result))), ::testing::StartsWith("Delete"));
        EXPECT_THAT(std::string(status_text(status_for(Operation::troubleshoot, result))),
                    ::testing::StartsWith("Troubleshoot"));
    }
}

TEST(Enums, EstOutcomesBecomeOperationResults) {
    est::EnrollResult answer;
    answer.error = est::EstError::ssl_read;
    EXPECT_EQ(result_of(answer), OperationResult::ca_communication);
    answer.error = est::EstError::auth_fail;
    answer.http_status = 401;
    EXPECT_EQ(result_of(answer), OperationResult::ca_rejected);
    answer.error = est::EstError::unknown;
    answer.http_status = 504;
    EXPECT_EQ(result_of(answer), OperationResult::ca_communication);
    answer.error = est::EstError::ca_enroll_retry;
    answer.http_status = 202;
    EXPECT_EQ(result_of(answer), OperationResult::ca_rejected);
    answer.error = est::EstError::http_unsupported;
    answer.http_status = 200;
    EXPECT_EQ(result_of(answer), OperationResult::failed);
}

}  // namespace
}  // namespace opencapf::capf
