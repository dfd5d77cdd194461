// SPDX-License-Identifier: Apache-2.0
#include "ces/self_check.hpp"

#include "cesd_fixture.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SelfCheckTest : public CesdTest {
protected:
    void check() {
        auto enroller = std::make_unique<Enroller>(loops_[0], cesd_->shared());
        auto checks = test::run_on<Result<Checks>>(loops_[0], [&] { return self_check(cesd_->shared(), *enroller); });
        // What it keeps lives on the loop.
        opencapf::test::run_plain(loops_[0], [&] { enroller.reset(); });
        ASSERT_TRUE(checks) << checks.error().message;
        checks_ = std::move(*checks);
    }
    [[nodiscard]] std::vector<std::string> steps(CheckState state) const {
        std::vector<std::string> names;
        for (const auto& one : checks_)
            if (one.state == state) names.push_back(one.what);
        return names;
    }
    [[nodiscard]] std::string found(const std::string& what) const {
        const auto one =
            std::find_if(checks_.begin(), checks_.end(), [&what](const auto& check) { return check.what == what; });
        return one == checks_.end() ? "no such step" : one->found;
    }
    Checks checks_;
};

constexpr const char* kUsages = "key usages of CiscoRA";

TEST_F(SelfCheckTest, KeyUsagesAreUnknownUntilACertificateCameBy) {
    start();
    check();
    EXPECT_THAT(steps(CheckState::bad), IsEmpty());
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre(kUsages));
    ASSERT_TRUE(enroll(csr_).ok());
    check();
    EXPECT_THAT(steps(CheckState::unknown), IsEmpty());
    EXPECT_THAT(found(kUsages), HasSubstr("of the certificate "));
}

TEST_F(SelfCheckTest, AClockThatIsAnHourOffIsTheOnlyThingThatIsWrong) {
    ca_->set([](auto& script) { script.clock_offset = std::chrono::hours(-1); });
    start();
    check();
    EXPECT_THAT(steps(CheckState::bad), ElementsAre("clock"));
    EXPECT_THAT(found("clock"), HasSubstr("behind ours"));
}

TEST_F(SelfCheckTest, AWrongPasswordIsTriedOnce) {
    start();
    opencapf::write_file_atomically(dir_.file("password"), "wrong\n", 0600, Durability::survives_process);
    stop();
    Config settings = config();
    start(std::move(settings));
    check();
    EXPECT_THAT(steps(CheckState::bad), ElementsAre("log-in"));
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre("template CiscoRA", "CA chain", kUsages));
    EXPECT_THAT(found("log-in"), StartsWith("LAB\\ciscora by Basic: "));
    const auto log = ca_->take_log();
    EXPECT_EQ(2, std::count(log.begin(), log.end(), "GET /certsrv 401")) << "the clock without, the log-in with it";
}

TEST_F(SelfCheckTest, AnEstServerIsAskedWhatItTellsWithoutAnAccount) {
    start();
    auto first = std::move(cesd_);
    Config settings = config();
    settings.ca.type = CaType::est;
    settings.ca.port = first->port();
    settings.logs.ciscora = dir_.file("second-nginx.txt");
    settings.logs.error_log = dir_.file("second-error.log");
    cesd_ = std::make_unique<App>(std::move(settings));
    cesd_->start();
    check();
    EXPECT_THAT(steps(CheckState::bad), IsEmpty());
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre("log-in", "key usages"));
    EXPECT_THAT(found("cacerts"), HasSubstr("/CN=Lab Root CA ends in "));
    EXPECT_THAT(found("csrattrs"), testing::Not(IsEmpty()));
    first->stop();
    check();
    EXPECT_THAT(steps(CheckState::bad), ElementsAre("TCP"));
    EXPECT_THAT(found("cacerts"), StartsWith("not tried"));
}

TEST_F(SelfCheckTest, OneAtATime) {
    start();
    cesd_->shared().checking = true;
    Enroller enroller(loops_[0], cesd_->shared());
    const auto second = test::run_on<Result<Checks>>(loops_[0], [&] { return self_check(cesd_->shared(), enroller); });
    ASSERT_FALSE(second);
    EXPECT_EQ(Errc::conflict, second.error().code);
}

}  // namespace
}  // namespace opencapf::ces
