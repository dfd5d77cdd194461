// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "opencapf/capf_protocol/phone_session.hpp"
#include "running_capf.hpp"

#include <filesystem>
#include <future>
#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Fault;
using phone_sim::Outcome;
using ::testing::HasSubstr;
namespace proto = capf_protocol;

// What became of the device and of the phone for every way an enrolment can fail.
struct Row {
    const char* name;
    void (*script)(EstScript&);
    Fault fault;
    int operation, status;
    const char* trace;
};

class Trouble : public ::testing::TestWithParam<Row> {};

TEST_P(Trouble, EndsWithTheFittingStatus) {
    const Row& row = GetParam();
    RunningCapf capf([](Config& config) { config.est.read_timeout = net::Duration(300); });
    capf.script(row.script);
    capf.arm("SEP1");
    auto phone = capf.phone("SEP1");
    phone.fault = row.fault;
    phone.fault_after = 1;
    const auto result = capf.call(phone);
    EXPECT_NE(result.session.outcome, Outcome::done);
    if (row.fault != Fault::disconnect_after) {
        EXPECT_EQ(result.session.end_reason, proto::Reason::refused);
    }
    // A phone that went away is noticed by the server in its own time: stop() waits for the session.
    capf.stop();
    EXPECT_THAT(capf.trace(), HasSubstr(row.trace));
    capf.start();
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(row.operation, row.status));
    EXPECT_TRUE(capf.device("SEP1")["lsc"].is_null());
}

const auto nothing = [](EstScript&) {};
INSTANTIATE_TEST_SUITE_P(
    Rows, Trouble,
    ::testing::Values(
        Row{"CaUnreachable", [](EstScript& s) { s.status = 503; }, Fault::none, 1, 15,
            "Enrollment rv = 73 (EST_ERR_UNKNOWN)"},
        Row{"CaTimeout", [](EstScript& s) { s.silent = true; }, Fault::none, 1, 15,
            "Enrollment rv = 35 (EST_ERR_SSL_READ) with pkcs7 length = 0"},
        Row{"TemplateRefused", [](EstScript& s) { s.status = 401; }, Fault::none, 1, 16, "rv = 22 (EST_ERR_AUTH_FAIL)"},
        Row{"BadRequest", [](EstScript& s) { s.status = 400; }, Fault::none, 1, 16, "rv = 13 (EST_ERR_HTTP_BAD_REQ)"},
        Row{"CertificateOfAnotherKey", [](EstScript& s) { s.wrong_key = true; }, Fault::none, 1, 6,
            "Online Cert Signing Failed"},
        Row{"GarbageKey", nothing, Fault::garbage_key, 1, 14, "CAPF_OP_FAIL_OP_TIMED_OUT"},
        Row{"StoreFailure", nothing, Fault::store_failure, 1, 6, "CAPF_OP_FAIL"},
        Row{"WrongSession", nothing, Fault::wrong_session, 2, 2, "Protocol error"},
        Row{"Vanished", nothing, Fault::disconnect_after, 2, 13, "CAPF_OP_FAIL_PHONE_COMM_ERROR"}),
    [](const auto& row) { return std::string(row.param.name); });

/// Adds, arms and enrols SEP000000000001 and on, all at once; returns how many failed.
std::size_t enrol_fleet(RunningCapf& capf, std::size_t count) {
    const auto names = phone_sim::fleet_names("SEP", count);
    capf.admin({{"command", "device.add"}, {"names", names}});
    capf.admin({{"command", "device.arm"}, {"names", names}, {"operation", "install"}});
    phone_sim::FleetOptions fleet;
    fleet.phone = capf.phone("fleet");
    fleet.count = count;
    fleet.threads = 1;
    fleet.store = capf.dir.file("fleet");
    return phone_sim::run_fleet(fleet, capf.trust()).failed();
}

TEST(CapfTrouble, EstServerDown) {
    RunningCapf capf([](Config& config) { config.est.port = 1; });
    capf.arm("SEP1");
    EXPECT_EQ(capf.call("SEP1").session.end_reason, proto::Reason::refused);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 15));
    EXPECT_THAT(capf.trace(), HasSubstr("rv = 43 (EST_ERR_IP_CONNECT)"));
}

TEST(CapfTrouble, AStoredLscSurvivesAFailedRenewal) {
    RunningCapf capf;
    capf.arm("SEP1");
    const auto first = capf.call("SEP1");
    ASSERT_EQ(first.session.outcome, Outcome::done);
    capf.arm("SEP1");
    auto phone = capf.phone("SEP1");
    phone.fault = Fault::store_failure;
    EXPECT_NE(capf.call(phone).session.outcome, Outcome::done);
    const Json exported = capf.admin({{"command", "lsc.export"}, {"name", "SEP1"}});
    EXPECT_EQ(exported["pem"].get<std::string>(), first.session.lsc->pem());
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 6));
    EXPECT_EQ(capf.device("SEP1")["unconfirmed_lsc"], true);
}

// Authenticates as SEP1, then says nothing until the server ends the connection.
Task<> sleep_in_session(net::Loop& loop, std::uint16_t port, net::TlsClientContext tls,
                        std::promise<proto::Command>& last_word) {
    auto stream = co_await net::connect(loop, "127.0.0.1", port, tls, "", net::Duration(20'000));
    proto::PhoneSession phone(proto::kProfileV3, "SEP1");
    proto::FrameReader reader;
    std::array<std::uint8_t, 512> buffer{};
    proto::Command last{};
    for (bool authenticated = false;;) {
        const auto count = co_await (*stream)->read_some(buffer, net::Duration(60'000));
        if (!count) break;
        reader.feed({buffer.data(), *count});
        const auto frame = reader.next();
        if (!frame || !*frame) continue;
        last = (*frame)->command;
        if (authenticated) continue;
        authenticated = phone.receive(**frame).has_value();
        const Bytes answer = proto::encode(phone.authenticate());
        const auto sent = co_await (*stream)->write(answer, net::Duration(20'000));
        if (!sent) break;
    }
    stream->reset();
    last_word.set_value(last);
}

// A phone that lost its power is back before its old connection is known to be dead.
TEST(CapfTrouble, ANewSessionTakesTheDeviceOver) {
    RunningCapf capf;
    capf.arm("SEP1");
    net::LoopPool loops(1);
    loops.start();
    std::promise<proto::Command> last_word;
    loops[0].spawn([&] { return sleep_in_session(loops[0], capf.port(), capf.trust(), last_word); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (capf.trace().find("Requesting key generation") == std::string::npos)
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    const auto result = capf.call("SEP1");
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    // Long before any time-out.
    EXPECT_EQ(last_word.get_future().get(), proto::Command::end_session) << "the older one is told";
    capf.stop();
    capf.start();
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));  // the old session did not touch the row
    loops.stop();
}

// ... and the old connection's certificate comes when the new one is done.
TEST(CapfTrouble, ASupersededSessionWritesNothingOverTheWinners) {
    RunningCapf capf;
    capf.arm("SEP1");
    capf.script([](EstScript& s) { s.hold_next = true; });
    const auto old = capf.phone("SEP1");
    auto older = std::async(std::launch::async, [&] { return capf.call(old); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!capf.seen().held) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    const auto newer = capf.call("SEP1");
    ASSERT_EQ(newer.session.outcome, Outcome::done) << newer.session.detail;
    capf.script([](EstScript& s) { s.held = false; });
    EXPECT_EQ(older.get().session.end_reason, proto::Reason::refused);
    const std::string in_spool = read_file(capf.dir.file("spool/cert/SEP1.der"));
    EXPECT_EQ(Bytes(in_spool.begin(), in_spool.end()), newer.session.lsc->der());
    const Json stale = capf.admin({{"command", "stale_lsc.list"}});
    EXPECT_EQ(stale["lscs"].size(), 1U) << stale;
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
}

// The certificate is committed: what cannot be tidied up afterwards is no failure.
TEST(CapfTrouble, ARequestThatCannotBeRemovedIsNoFailure) {
    RunningCapf capf;
    capf.arm("SEP1");
    // A directory that is not empty, where the mark of a waiting request would be, cannot be removed.
    std::filesystem::create_directories(capf.dir.file("spool/csr/SEP1.waiting/full/er"));
    const auto result = capf.call("SEP1");
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.end_reason, proto::Reason::success);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
}

TEST(CapfTrouble, AFailingDiskIsAnsweredAndLosesNothing) {
    RunningCapf capf;
    capf.arm("SEP1");
    std::filesystem::remove_all(capf.dir.file("spool/csr"));
    EXPECT_EQ(capf.call("SEP1").session.end_reason, proto::Reason::refused);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(2, 2));
    EXPECT_THAT(capf.trace(), HasSubstr("Internal failure"));
    std::filesystem::create_directory(capf.dir.file("spool/csr"));
    EXPECT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
}

TEST(CapfTrouble, EnrolmentsWaitForOneAnother) {
    RunningCapf capf([](Config& config) { config.est.max_concurrent = 1; });
    EXPECT_EQ(enrol_fleet(capf, 6), 0u);
}

TEST(CapfTrouble, SplitRecordsAreFine) {
    RunningCapf capf;
    capf.arm("SEP1");
    auto phone = capf.phone("SEP1");
    phone.fault = Fault::split_records;
    EXPECT_EQ(capf.call(phone).session.outcome, Outcome::done);
}

TEST(CapfTrouble, ASilentPhoneIsDropped) {
    RunningCapf capf([](Config& config) { config.protocol.auth_timeout = net::Duration(200); });
    net::LoopPool loops(1);
    loops.start();
    // Connects, shakes hands, and never says a word: END_SESSION 7 has to come.
    struct Silent {
        static Task<> run(net::Loop& loop, std::uint16_t port, net::TlsClientContext tls, std::promise<Bytes>& got) {
            auto stream = co_await net::connect(loop, "127.0.0.1", port, tls, "", net::Duration(5000));
            Bytes all;
            std::array<std::uint8_t, 512> buffer{};
            for (;;) {
                const auto count = co_await (*stream)->read_some(buffer, net::Duration(5000));
                if (!count) break;
                all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
            }
            stream->reset();
            got.set_value(all);
        }
    };
    std::promise<Bytes> got;
    loops[0].spawn([&] { return Silent::run(loops[0], capf.port(), capf.trust(), got); });
    const Bytes all = got.get_future().get();
    proto::FrameReader reader;
    reader.feed(all);
    const auto hello = reader.next();
    ASSERT_TRUE(hello && *hello);
    EXPECT_EQ((*hello)->command, proto::Command::auth_request);
    const auto end = reader.next();
    ASSERT_TRUE(end && *end);
    EXPECT_EQ(proto::EndSession::decode(**end)->reason, proto::Reason::refused);
    loops.stop();
}

TEST(CapfTrouble, APhoneThatMakesNoKeyInTimeFails) {
    RunningCapf capf([](Config& config) { config.protocol.key_generation_timeout = net::Duration(200); });
    capf.arm("SEP1");
    auto phone = capf.phone("SEP1");
    phone.profile = proto::kProfileJabber;
    phone.key_delay = net::Duration(3000);
    EXPECT_NE(capf.call(phone).session.outcome, Outcome::done);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 14));
}

TEST(CapfTrouble, AFleetIsServedTogether) {
    RunningCapf capf;
    EXPECT_EQ(enrol_fleet(capf, 20), 0u);
    for (const auto& name : phone_sim::fleet_names("SEP", 20)) EXPECT_EQ(capf.outcome(name), std::pair(1, 3)) << name;
}

TEST(CapfTrouble, Ipv6IsRefusedWhereItIsNotEnabled) {
    RunningCapf capf([](Config& config) {
        config.listen.address = "::1";
        config.enterprise.enable_ipv6 = false;
    });
    capf.arm("SEP1");
    auto phone = capf.phone("SEP1");
    phone.host = "::1";
    EXPECT_NE(capf.call(phone).session.outcome, Outcome::done);
    EXPECT_THAT(capf.trace(), HasSubstr("IPv6 is not enabled, ::1 refused"));
}

}  // namespace
}  // namespace opencapf::capf::test
