// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/iis_log.hpp"

#include <gtest/gtest.h>

namespace opencapf::diagnosis {
namespace {

constexpr char kHead[] = "#Software: Microsoft Internet Information Services 10.0\n";

TEST(IisLog, TheDefaultOrderHoldsWithoutAFieldsDirective) {
    LogSet logs;
    logs.add("u_ex.log",
             "2019-01-18 12:46:54 10.0.0.1 POST /certsrv/certfnsh.asp a=b 443 LAB\\ra 10.0.0.2 CiscoRA+1.0 - 401 1 "
             "2148074252 15\n");
    const auto requests = read_iis_requests(logs);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].second, ((12 * 60 + 46) * 60 + 54) * 1000);
    EXPECT_EQ(requests[0].method, "POST");
    EXPECT_EQ(requests[0].stem, "/certsrv/certfnsh.asp");
    EXPECT_EQ(requests[0].query, "a=b");
    EXPECT_EQ(requests[0].user, "LAB\\ra");
    EXPECT_EQ(requests[0].status, 401);
    EXPECT_EQ(requests[0].substatus, 1);
    EXPECT_EQ(requests[0].win32, 2148074252U);
    EXPECT_EQ(requests[0].taken, 15);
}

TEST(IisLog, TheAdministratorChoosesFieldsAndMayChangeTheChoiceWithinAFile) {
    LogSet logs;
    logs.add("u_ex.log", std::string(kHead) +
                             "#Fields: date time s-sitename cs-method cs-uri-stem sc-status time-taken sc-bytes\n"
                             "2019-01-18 12:00:01 W3SVC1 GET /certsrv/certrqxt.asp 200 220 11771\n"
                             "#Fields: date time cs-uri-stem cs-method sc-status\n"
                             "2019-01-18 12:00:02 /CertSrv GET 301\n");
    logs.add("other.log", std::string(kHead) +
                              "#Fields: date time cs-method cs-uri-stem sc-status time-taken\n"
                              "2019-01-18 12:00:03 GET /certsrv 500 7\n");
    const auto requests = read_iis_requests(logs);
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].stem, "/certsrv/certrqxt.asp");
    EXPECT_EQ(requests[0].taken, 220);
    EXPECT_EQ(requests[0].substatus, 0) << "not logged";
    EXPECT_EQ(requests[1].stem, "/CertSrv");
    EXPECT_EQ(requests[1].status, 301);
    EXPECT_EQ(requests[2].status, 500);
    EXPECT_EQ(requests[2].taken, 7);
}

TEST(IisLog, OtherPagesAndBrokenLinesAreLeftOut) {
    LogSet logs;
    logs.add("u_ex.log", std::string(kHead) +
                             "#Fields: date time cs-method cs-uri-stem sc-status\n"
                             "2019-01-18 12:00:01 GET /favicon.ico 404\n"
                             "2019-01-18 12:00:01 GET /certsrv\n"
                             "2019-01-18 12:00:01 GET /certsrv abc\n"
                             "2019-01-18 \n");
    EXPECT_TRUE(read_iis_requests(logs).empty());
}

}  // namespace
}  // namespace opencapf::diagnosis
