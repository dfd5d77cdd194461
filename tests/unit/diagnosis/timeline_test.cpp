// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/timeline.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace opencapf::diagnosis {
namespace {

std::string debug(const std::string& time, const std::string& text) { return time + " |   debug " + text + "\n"; }

/// A call with half a second at the phone and three at the CA, whose clock is five hours ahead.
std::string call(const std::string& device) {
    const std::string p = "2:" + device + ":";
    return debug("12:00:00.000", "New connection from 10.0.0.9 (TLSv1.2)") +
           debug("12:00:00.010", "MsgType : CAPF_MSG_AUTH_REQ") +
           debug("12:00:00.020", "MsgType : CAPF_MSG_AUTH_RESP") + "12:00:00.021 |-->Select(" + device +
           ")\n12:00:00.021 |   Select(" + device + ") device exists\n" +
           debug("12:00:00.030", "MsgType : CAPF_MSG_KEY_GEN_REQ") +
           debug("12:00:00.530", "MsgType : CAPF_MSG_KEY_GEN_RESP") +
           debug("12:00:00.540", p + "Calling enrollCertUsingEST() csr_file=/x") +
           debug("12:00:03.540", p + "Enrollment rv = 0 (EST_ERR_NONE) with pkcs7 length = 1963") +
           debug("12:00:03.550", p + "Sending STORE_CERT_REQ msg") +
           "12:00:03.600 |   Map =>DbStatus=CERT_STATUS_UPGRADE_SUCCESS\n" +
           "12:00:03.600 |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 sql query - (UPDATE Device SET x WHERE "
           "my_lower(name)=my_lower('" +
           device + "'))\n" + debug("12:00:03.610", "MsgType : CAPF_MSG_END_SESSION");
}
const std::string kIis =
    "2019-01-16 16:59:00 1.1.1.1 GET /certsrv/certnew.p7b ReqID=CACert 443 D\\u 1.1.1.2 CiscoRA+1.0 - 200 0 0 2\n"
    "2019-01-16 17:00:00 1.1.1.1 GET /certsrv - 443 - 1.1.1.2 CiscoRA+1.0 - 401 1 2148074254 0\n"
    "2019-01-16 17:00:03 1.1.1.1 POST /certsrv/certfnsh.asp - 443 D\\u 1.1.1.2 CiscoRA+1.0 - 200 0 0 2500\n"
    "2019-01-16 17:00:03 1.1.1.1 GET /certsrv/certnew.cer ReqID=10&ENC=b64 443 D\\u 1.1.1.2 CiscoRA+1.0 - 200 0 0 "
    "100\n";

TEST(Timeline, AccountsForTheWholeTime) {
    LogSet logs;
    logs.add("capf.log", call("SEP1"));
    logs.add("u_ex.log", kIis);
    const auto calls = read_timelines(logs, "sep1");
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].duration, 3610) << "from the connection to END_SESSION";
    EXPECT_EQ(calls[0].outcome, "CERT_STATUS_UPGRADE_SUCCESS");
    DayTime sum = 0, inside = 0, enrolment = 0, at = calls[0].begin;
    for (const auto& step : calls[0].steps) {
        if (step.depth > 0) {
            inside += step.duration;
            continue;
        }
        EXPECT_EQ(step.begin, at) << step.what << ": no gap before it";
        at += step.duration;
        sum += step.duration;
        if (step.actor == Actor::ces) enrolment = step.duration;
    }
    EXPECT_EQ(sum, calls[0].duration);
    EXPECT_EQ(enrolment, 3000);
    EXPECT_EQ(inside, enrolment) << "the parts make the whole";
}

TEST(Timeline, AlignsTheClocksAndMarksTheSlowStep) {
    LogSet logs;
    logs.add("capf.log", call("SEP1"));
    logs.add("u_ex.log", kIis);
    const auto calls = read_timelines(logs, "SEP1");
    ASSERT_EQ(calls.size(), 1U);
    ASSERT_EQ(calls[0].clocks.size(), 1U);
    EXPECT_EQ(calls[0].clocks[0].of, "CA");
    EXPECT_EQ(calls[0].clocks[0].ahead, 5 * 3'600'000);
    std::vector<std::string> slow, of_ca;
    for (const auto& step : calls[0].steps) {
        if (step.slow) slow.push_back(step.what);
        if (step.actor == Actor::ca) of_ca.push_back(step.what);
    }
    EXPECT_EQ(slow, (std::vector<std::string>{"enrols at the CA", "POST /certsrv/certfnsh.asp answered 200"}));
    EXPECT_EQ(of_ca.size(), 3U) << "the line of the start a minute before is not of this call";
}

std::vector<std::string> pages_of_ca(const std::string& iis) {
    LogSet logs;
    logs.add("capf.log", call("SEP1"));
    logs.add("u_ex.log", iis);
    const auto calls = read_timelines(logs, "SEP1");
    std::vector<std::string> pages;
    for (const auto& one : calls.at(0).steps)
        if (one.actor == Actor::ca) pages.push_back(one.what + " " + std::to_string(one.duration));
    return pages;
}
std::string iis(const std::string& time, const std::string& page, const std::string& status) {
    return "2019-01-16 " + time + " 1.1.1.1 " + page + " - 443 D\\u 1.1.1.2 CiscoRA+1.0 - " + status + "\n";
}
using Texts = std::vector<std::string>;

TEST(Timeline, TheStartOfCesIsNoPartOfAnEnrolment) {
    const std::string start = iis("12:00:00", "GET /certsrv", "401 1 2148074254 0") +
                              iis("12:00:00", "GET /certsrv", "301 0 0 0") +
                              iis("12:00:00", "GET /certsrv/certnew.p7b", "200 0 0 1");
    EXPECT_EQ(pages_of_ca(start), Texts{}) << "though it is of the same second";
    const std::string failed = iis("11:59:57", "GET /certsrv", "401 1 2148074254 0");
    EXPECT_EQ(pages_of_ca(failed), Texts{}) << "a log-in of seconds ago does not prove that the clocks are apart";
}

TEST(Timeline, AClockThatIsSecondsOffIsProvedByAPageOfAnEnrolment) {
    EXPECT_EQ(pages_of_ca(iis("11:59:57", "GET /certsrv", "401 1 2148074254 0") +
                          iis("11:59:59", "POST /certsrv/certfnsh.asp", "200 0 0 2000")),
              (Texts{"GET /certsrv answered 401 0", "POST /certsrv/certfnsh.asp answered 200 2000"}));
}

TEST(Timeline, APageThatTookLongerThanCapfWaitedIsPartOfIt) {
    EXPECT_EQ(pages_of_ca(iis("12:00:09", "POST /certsrv/certfnsh.asp", "200 0 0 8500")),
              Texts{"POST /certsrv/certfnsh.asp answered 200 3000"});
}

TEST(Timeline, OfSeveralDaysTheLastIsMeant) {
    LogSet logs;
    logs.add("capf.log", call("SEP1"));
    auto yesterday = kIis;
    for (std::size_t at = 0; (at = yesterday.find("01-16", at)) != std::string::npos;)
        yesterday.replace(at, 5, "01-15");
    logs.add("u_ex.log", yesterday + kIis);
    const auto calls = read_timelines(logs, "SEP1");
    ASSERT_EQ(calls.size(), 1U);
    const auto of_ca = std::count_if(calls[0].steps.begin(), calls[0].steps.end(),
                                     [](const Step& step) { return step.actor == Actor::ca; });
    EXPECT_EQ(of_ca, 3);
    ASSERT_EQ(calls[0].notes.size(), 1U);
    EXPECT_NE(calls[0].notes[0].find("2019-01-16"), std::string::npos);
}

/// One enrolment of half a second at each of these minutes after 09:00 by CAPF's clock; IIS writes UTC, an hour less.
TEST(Timeline, InARollOutTheZoneIsTheOneThatExplainsAllPhones) {
    LogSet logs;
    std::string capf, iis;
    for (int i = 0; i < 60; ++i) {
        const auto minute = (i < 10 ? "0" : "") + std::to_string(i);
        const auto device = "SEP" + std::to_string(1000 + i);
        capf += debug("09:" + minute + ":00.000", "New connection from 10.0.0.9 (TLSv1.2)") +
                debug("09:" + minute + ":00.100", "2:" + device + ":Calling enrollCertUsingEST() csr_file=/x") +
                debug("09:" + minute + ":00.600",
                      "2:" + device + ":Enrollment rv = 0 (EST_ERR_NONE) with pkcs7 length = 1963") +
                debug("09:" + minute + ":00.610", "MsgType : CAPF_MSG_END_SESSION");
        iis += "2019-01-16 08:" + minute +
               ":00 1.1.1.1 POST /certsrv/certfnsh.asp - 443 D\\u 1.1.1.2 CiscoRA+1.0 - 200 " + "0 0 100\n";
    }
    logs.add("capf.log", capf);
    logs.add("u_ex.log", iis);
    for (const std::string device : {"SEP1000", "SEP1020", "SEP1059"}) {
        const auto calls = read_timelines(logs, device);
        ASSERT_EQ(calls.size(), 1U);
        ASSERT_EQ(calls[0].clocks.size(), 1U) << device;
        EXPECT_EQ(calls[0].clocks[0].ahead, -3'600'000) << device;
    }
}

TEST(Timeline, AClockThatIsSetBackTakesNoTime) {
    LogSet logs;
    logs.add("capf.log", debug("03:00:00.500", "New connection from 10.0.0.9 (TLSv1.2)") +
                             debug("02:00:00.600", "MsgType : CAPF_MSG_AUTH_REQ") +
                             debug("02:00:00.700", "2:SEP1:Device not found in the database") +
                             debug("02:00:00.800", "MsgType : CAPF_MSG_END_SESSION"));
    const auto calls = read_timelines(logs, "SEP1");
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].duration, 200);
    ASSERT_EQ(calls[0].notes.size(), 1U);
    EXPECT_NE(calls[0].notes[0].find("set back"), std::string::npos);
}

TEST(Timeline, SaysWhyACallFailed) {
    const auto why_of = [](const std::string& text) {
        LogSet logs;
        logs.add("capf.log", debug("12:00:00.000", "New connection from 10.0.0.9 (TLSv1.2)") + text +
                                 debug("12:00:01.000", "MsgType : CAPF_MSG_END_SESSION"));
        return read_timelines(logs, "SEP1").at(0).why;
    };
    const std::string rv = debug("12:00:00.500", "2:SEP1:Enrollment rv = 22 (EST_ERR_AUTH_FAIL) with pkcs7 length = 0");
    EXPECT_EQ(why_of(debug("12:00:00.500", "2:SEP1:Device not found in the database")),
              "Device not found in the database");
    EXPECT_EQ(why_of(rv), "Enrollment rv = 22 (EST_ERR_AUTH_FAIL) with pkcs7 length = 0");
    EXPECT_EQ(why_of(rv + debug("12:00:00.600", "2:SEP1:Reason: the CA is down")), "Reason: the CA is down");
    LogSet logs;
    logs.add("capf.log", call("SEP1"));
    EXPECT_EQ(read_timelines(logs, "SEP1").at(0).why, "");
}

TEST(Timeline, EveryCallOfThePhoneAndNoOther) {
    LogSet logs;
    logs.add("capf.log",
             call("SEP1") + call("SEP2") + "12:01:00.000 |   CServiceParameters::Init() x\n" + call("SEP1"));
    EXPECT_EQ(read_timelines(logs, "SEP1").size(), 2U);
    EXPECT_EQ(read_timelines(logs, "SEP2").size(), 1U);
    EXPECT_TRUE(read_timelines(logs, "SEP3").empty());
}

TEST(Timeline, MidnightIsNoObstacle) {
    LogSet logs;
    logs.add("capf.log", debug("23:59:59.900", "New connection from 10.0.0.9 (TLSv1.2)") +
                             debug("23:59:59.950", "7:SEP1:No pending operation for the device") +
                             debug("00:00:00.050", "MsgType : CAPF_MSG_END_SESSION"));
    const auto calls = read_timelines(logs, "SEP1");
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].duration, 150);
}

}  // namespace
}  // namespace opencapf::diagnosis
