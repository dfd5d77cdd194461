// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone_log.hpp"

#include "opencapf/base/text.hpp"
#include "support/temp_dir.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace opencapf::phone_sim {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

TEST(PhoneLog, ALineHasTimePhoneAndWhatHappened) {
    const auto line = [](const PhoneEvent& event) {
        return render(WallTime{std::chrono::milliseconds(5)}, "SEP1", event);
    };
    EXPECT_THAT(line(event::Received{capf_protocol::Command::auth_request}),
                MatchesRegex("[0-9-]+ [0-9:]+\\.005 phone SEP1: received CAPF_MSG_AUTH_REQ"));
    EXPECT_THAT(line(event::Sent{capf_protocol::Command::auth_response}), EndsWith(": sent CAPF_MSG_AUTH_RESP"));
    EXPECT_THAT(line(event::Connecting{"127.0.0.1:3804"}), EndsWith(": connecting to 127.0.0.1:3804"));
    EXPECT_THAT(line(event::Connected{"TLSv1.3", "CN=CAPF"}), EndsWith(": connected, TLSv1.3, server CN=CAPF"));
    EXPECT_THAT(line(event::Ended{capf_protocol::Reason::refused}), EndsWith("(7)"));
    EXPECT_THAT(line(event::Finished{"failed", "no room"}), EndsWith(": failed: no room"));
    EXPECT_THAT(line(event::Connected{"TLSv1.3", "CN=a\nforged"}), Not(HasSubstr("\n")));
}

TEST(PhoneLog, AppendsAndStaysBounded) {
    test::TempDir directory;
    const auto path = directory.file("phone.log");
    constexpr std::size_t kMost = 1000;
    for (int run = 0; run < 4; ++run) {
        PhoneLog log(path, kMost);
        for (int i = 0; i < 5; ++i) log.write("SEP1", event::Screen{std::string(60, 'x')});
    }
    const auto now = read_file(path), before = read_file(path + ".1");
    EXPECT_LE(now.size(), kMost);
    EXPECT_LE(before.size(), kMost);
    EXPECT_GT(before.size(), kMost / 2) << "nothing goes before the file is full";
    EXPECT_THAT(now, EndsWith("xxx\n"));
    EXPECT_FALSE(std::filesystem::exists(path + ".2"));
    EXPECT_THROW(PhoneLog(directory.file("."), kMost), std::runtime_error);
}

}  // namespace
}  // namespace opencapf::phone_sim
