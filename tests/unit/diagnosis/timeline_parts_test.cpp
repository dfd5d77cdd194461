// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/clock_offset.hpp"
#include "diagnosis/timeline.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kHour = 3'600'000;
constexpr DayTime kNoon = 12 * kHour;

std::string clock(DayTime time) {
    time = since(0, time);
    return fmt::format("{:02}:{:02}:{:02}.{:03}", time / kHour, time / 60'000 % 60, time / 1000 % 60, time % 1000);
}

/// The logs of one call of SEP1 that reaches CAPF at `at`: the network takes 10 ms each way, the phone 500 ms for its
/// key, CES 5 ms for its 401 and 2000 ms for the rest. Each clock may be set apart from CAPF's.
struct Logs {
    DayTime at = kNoon;
    DayTime phone_ahead = 0, ces_ahead = 0;
    int session = 2;
    std::string device = "SEP1";
    std::string capf{}, phone{}, cesd{}, access{};

    void trace(DayTime after, const std::string& text) { capf += clock(at + after) + " |   debug " + text + "\n"; }
    void tell(DayTime after, const std::string& text) {
        phone += "2026-11-28 " + clock(at + after + phone_ahead) + " phone " + device + ": " + text + "\n";
    }
    void ask(DayTime end, int status, const std::string& account, const std::string& taken) {
        const std::string id = std::to_string(session) + "-" + device + "-0badcafe";
        cesd += "2026-11-28 " + clock(at + end + ces_ahead) + " info: audit: connection *1 from 1.1.1.1, request " +
                id + ": status=" + std::to_string(status) +
                " operation=simpleenroll label=\"\" tls-linked=no account=\"" + account +
                "\" trust=\"none\" certificate=\"\" subject=\"\"\n";
        access += "1.1.1.1 - - [28/Nov/2026:12:00:00 +0000] \"POST /x HTTP/1.1\" " + std::to_string(status) +
                  " 0 \"-\" \"-\" rid=" + id + " rt=" + taken + "\n";
    }
    Logs& call() {
        const std::string p = std::to_string(session) + ":" + device + ":";
        tell(-40, "connecting to 10.0.0.1:3804");
        tell(-5, "connected, TLSv1.3, server CN=CAPF");
        trace(0, "New connection from 10.0.0.9 (TLSv1.3)");
        trace(1, "MsgType : CAPF_MSG_AUTH_REQ");
        tell(11, "received CAPF_MSG_AUTH_REQ");
        tell(15, "sent CAPF_MSG_AUTH_RESP");
        trace(25, "MsgType : CAPF_MSG_AUTH_RESP");
        trace(26, p + "Requesting key generation");
        trace(30, "MsgType : CAPF_MSG_KEY_GEN_REQ");
        tell(40, "received CAPF_MSG_KEY_GEN_REQ");
        tell(540, "sent CAPF_MSG_KEY_GEN_RESP");
        trace(550, "MsgType : CAPF_MSG_KEY_GEN_RESP");
        trace(550, p + "CAPF CORE: Rcvd Event: CAPF_EV_KEY_GEN_RESP in State: CAPF_STATE_AWAIT_KEY_GEN_RESP");
        trace(560, p + "Calling enrollCertUsingEST() csr_file=/x");
        ask(580, 401, "", "0.005");
        ask(2600, 200, "LAB\\ra", "2.000");
        trace(2620, p + "Enrollment rv = 0 (EST_ERR_NONE) with pkcs7 length = 1963");
        trace(2630, p + "Sending STORE_CERT_REQ msg");
        trace(2630, "MsgType : CAPF_MSG_STORE_CERT_REQ");
        tell(2640, "received CAPF_MSG_STORE_CERT_REQ");
        tell(2650, "sent CAPF_MSG_STORE_CERT_RESP");
        trace(2660, "MsgType : CAPF_MSG_STORE_CERT_RESP");
        trace(2660, p + "CAPF CORE: Rcvd Event: CAPF_EV_STORE_CERT_RESP in State: CAPF_STATE_AWAIT_STORE_CERT_RESP");
        capf += clock(at + 2670) + " |   Map =>DbStatus=CERT_STATUS_UPGRADE_SUCCESS\n" + clock(at + 2670) +
                " |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 sql query - (UPDATE Device SET x WHERE "
                "my_lower(name)=my_lower('" +
                device + "'))\n";
        trace(2680, "MsgType : CAPF_MSG_END_SESSION");
        tell(2690, "received CAPF_MSG_END_SESSION");
        tell(2690, "done");
        return *this;
    }
    [[nodiscard]] std::vector<Timeline> read(bool with_phone = true) const {
        LogSet logs;
        logs.add("capf.log", capf);
        if (with_phone) logs.add("phone.log", phone);
        logs.add("cesd.stderr", cesd);
        logs.add("access.log", access);
        return read_timelines(logs, "SEP1");
    }
};

/// Every step is the sum of its parts, and they follow each other without a gap.
void expect_sums(const Timeline& call) {
    std::map<int, DayTime> at{{0, call.begin}};
    const auto& steps = call.steps;
    DayTime sum = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].depth == 0) sum += steps[i].duration;
        EXPECT_EQ(steps[i].begin, at[steps[i].depth]) << steps[i].what;
        at[steps[i].depth] = since(0, steps[i].begin + steps[i].duration);
        at[steps[i].depth + 1] = steps[i].begin;
        DayTime parts = 0;
        bool any = false;
        for (std::size_t part = i + 1; part < steps.size() && steps[part].depth > steps[i].depth; ++part) {
            if (steps[part].depth != steps[i].depth + 1) continue;
            parts += steps[part].duration;
            any = true;
        }
        if (any) {
            EXPECT_EQ(parts, steps[i].duration) << steps[i].what;
        }
    }
    EXPECT_EQ(sum, call.duration);
}
std::vector<std::string> told(const Timeline& call, int depth) {
    std::vector<std::string> lines;
    for (const auto& step : call.steps)
        if (step.depth == depth)
            lines.push_back(fmt::format("{} {} {}", to_string(step.actor), step.duration, step.what));
    return lines;
}
std::vector<std::string> told_of_ces(const Timeline& call) {
    auto lines = told(call, 1);
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with("CES"); });
    return lines;
}
std::optional<DayTime> ahead(const Timeline& call, const std::string& of) {
    for (const auto& one : call.clocks)
        if (one.of == of) return one.ahead;
    ADD_FAILURE() << "nothing is said of the clock of " << of;
    return std::nullopt;
}

const std::vector<std::string> kWhole{
    "network 40 TCP and TLS to CAPF",  "CAPF 1 greets the phone",
    "phone 24 says who it is",         "CAPF 5 looks the phone up and asks for a key",
    "phone 520 makes its key",         "CAPF 10 writes the certificate request",
    "CES 2060 enrols at the CA",       "CAPF 10 checks the certificate and sends it",
    "phone 30 stores the certificate", "CAPF 10 writes the outcome",
    "CAPF 10 ends the session",        "network 10 END_SESSION on its way to the phone"};
const std::vector<std::string> kParts{"network 10 on its way to the phone",
                                      "phone 4 says who it is",
                                      "network 10 on its way to CAPF",
                                      "network 10 on its way to the phone",
                                      "phone 500 makes its key",
                                      "network 10 on its way to CAPF",
                                      "network 15 TCP and TLS to CES",
                                      "CES 5 simpleenroll without a password: 401",
                                      "network 20 TCP and TLS to CES again",
                                      "CES 2000 simpleenroll with the password: 200",
                                      "network 20 the answer on its way to CAPF",
                                      "network 10 on its way to the phone",
                                      "phone 10 stores the certificate",
                                      "network 10 on its way to CAPF"};

TEST(TimelineParts, FromThePhonesConnectToItsEndSession) {
    const auto calls = Logs().call().read();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].begin, kNoon - 40);
    EXPECT_EQ(calls[0].duration, 2730);
    EXPECT_EQ(told(calls[0], 0), kWhole);
    EXPECT_EQ(told(calls[0], 1), kParts);
    expect_sums(calls[0]);
    EXPECT_EQ(ahead(calls[0], "phone"), 0);
    EXPECT_EQ(ahead(calls[0], "CES"), 0);
}

TEST(TimelineParts, ClocksThatAreApartTellTheSame) {
    for (const DayTime at : {kNoon, kDay - 1000, DayTime{20}}) {
        for (const DayTime set : {DayTime{-7000}, DayTime{3723'000}, 5 * kHour, -9 * kHour - kHour / 2}) {
            Logs logs{at, set, -set};
            const auto calls = logs.call().read();
            ASSERT_EQ(calls.size(), 1U);
            EXPECT_EQ(ahead(calls[0], "phone"), set) << "as long there as back";
            EXPECT_EQ(told(calls[0], 0), kWhole) << clock(at) << " " << set;
            EXPECT_EQ(calls[0].begin, since(40, at));
            // What reaches CES first and what leaves it last is not the same time away: the middle is 7 ms off.
            const auto ces = ahead(calls[0], "CES");
            ASSERT_TRUE(ces);
            EXPECT_NEAR(static_cast<double>(*ces), static_cast<double>(-set), 25);
            expect_sums(calls[0]);
        }
    }
}

TEST(TimelineParts, WithoutThePhonesLogAsCapfSawIt) {
    const auto calls = Logs().call().read(false);
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].duration, 2680);
    EXPECT_EQ(told(calls[0], 0), (std::vector<std::string>{kWhole.begin() + 1, kWhole.end() - 1}));
    expect_sums(calls[0]);
}

TEST(TimelineParts, ContradictionsAreSaidAndNotPlaced) {
    Logs logs;
    logs.call();
    const auto set_back = logs.phone.find(clock(kNoon + 2650) + " phone SEP1: sent CAPF_MSG_STORE");
    ASSERT_NE(set_back, std::string::npos);
    logs.phone.replace(set_back, 12, clock(kNoon + 9000));
    const auto calls = logs.read();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_FALSE(ahead(calls[0], "phone"));
    EXPECT_EQ(calls[0].duration, 2680) << "the phone's lines are left out";
    expect_sums(calls[0]);
}

TEST(TimelineParts, EachCallHasItsOwnPhoneLines) {
    Logs logs{kNoon, 90'000, 0, 2};
    logs.call();
    logs.capf += clock(kNoon + 5000) + " |   CServiceParameters::Init() x\n";
    logs.at = kNoon + 60'000;
    logs.session = 3;
    logs.call();
    logs.at = kNoon + 180'000;
    logs.session = 4;
    logs.call();
    const auto calls = logs.read();
    ASSERT_EQ(calls.size(), 3U);
    for (const auto& call : calls) {
        EXPECT_EQ(ahead(call, "phone"), 90'000);
        EXPECT_EQ(told(call, 0), kWhole);
        EXPECT_EQ(told(call, 1), kParts);
    }
}

/// The lines of several logs of CAPF, in the order of their times.
std::string mixed(const std::vector<std::string>& texts) {
    std::vector<std::string> lines;
    for (const auto& text : texts)
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
            lines.push_back(text.substr(at, text.find('\n', at) + 1 - at));
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& one, const auto& other) { return one.substr(0, 12) < other.substr(0, 12); });
    std::string all;
    for (const auto& line : lines) all += line;
    return all;
}

TEST(TimelineParts, CallsThatAreMixedAreToldApart) {
    std::vector<Logs> logs;
    for (int i = 1; i <= 3; ++i) {
        logs.emplace_back();
        logs.back().at = kNoon + i * 7;
        logs.back().session = i;
        logs.back().device = "SEP" + std::to_string(i);
        logs.back().call();
    }
    LogSet all;
    all.add("capf.log", clock(kNoon - 5000) + " |   CServiceParameters::Init() x\n" +
                            mixed({logs[0].capf, logs[1].capf, logs[2].capf}));
    for (const auto& one : logs) {
        all.add("phone.log", one.phone);
        all.add("cesd.stderr", one.cesd);
        all.add("access.log", one.access);
    }
    const std::string page = "2026-11-28 12:00:01 1.1.1.1 GET /certsrv - 443 - 1.1.1.2 CiscoRA+1.0 - 401 1 0 0\n";
    all.add("u_ex.log", page + page + page);
    for (const auto& one : logs) {
        const auto calls = read_timelines(all, one.device);
        ASSERT_EQ(calls.size(), 1U) << one.device;
        EXPECT_EQ(calls[0].begin, one.at - 40);
        EXPECT_EQ(told(calls[0], 0), kWhole) << one.device;
        EXPECT_EQ(told(calls[0], 1), kParts) << one.device;
        EXPECT_EQ(told(calls[0], 2), std::vector<std::string>{}) << "whose the CA's pages are nobody knows";
        ASSERT_EQ(calls[0].notes.size(), 1U);
        EXPECT_NE(calls[0].notes[0].find("2 other enrolments"), std::string::npos) << calls[0].notes[0];
    }
}

TEST(TimelineParts, TheSlowStepIsMarkedAtEachDepth) {
    const auto calls = Logs().call().read();
    ASSERT_EQ(calls.size(), 1U);
    std::vector<std::string> slow;
    for (const auto& step : calls[0].steps)
        if (step.slow) slow.push_back(step.what);
    EXPECT_EQ(slow, (std::vector<std::string>{"enrols at the CA", "simpleenroll with the password: 200"}));
}

TEST(TimelineParts, AnAnswerThatCameTooLateIsNamed) {
    Logs logs;
    logs.call();
    const std::string well = "Enrollment rv = 0 (EST_ERR_NONE)";
    logs.capf.replace(logs.capf.find(well), well.size(), "Enrollment rv = 35 (EST_ERR_SSL_READ)");
    const std::string end = clock(kNoon + 2600) + " info: audit";
    logs.cesd.replace(logs.cesd.find(end), 12, clock(kNoon + 4600));
    const std::string taken = "rt=2.000";
    logs.access.replace(logs.access.find(taken), taken.size(), "rt=4.000");
    const auto calls = logs.read();
    ASSERT_EQ(calls.size(), 1U);
    const auto parts = told_of_ces(calls[0]);
    EXPECT_EQ(parts.back(), "CES 2020 simpleenroll with the password: 200, 1980 ms after CAPF had gone on");
    expect_sums(calls[0]);
    logs.cesd.erase(logs.cesd.find("2026", 10));  // CES was killed before it was done
    EXPECT_EQ(told_of_ces(logs.read().at(0)).back(), "CES 2040 CES logs no further answer until CAPF gives up");
}

}  // namespace
}  // namespace opencapf::diagnosis
