// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "phone_sim/mic.hpp"
#include "running_capf.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Auth;
using phone_sim::Fault;
using phone_sim::Outcome;
using ::testing::HasSubstr;

/// capfd with a CAPF-trust directory for phones that holds the root which issues the LSCs.
class Identity : public ::testing::Test {
protected:
    explicit Identity(bool sudi = false) : sudi_(sudi) { trust(capf_.pki.root.certificate, "root"); }

    void trust(const x509::Certificate& certificate, const std::string& name) {
        write_file_atomically(capf_.dir.file("phone-trust/" + name + ".pem"), certificate.pem(), 0644);
        restart();
    }
    void distrust(const std::string& name) {
        std::filesystem::remove(capf_.dir.file("phone-trust/" + name + ".pem"));
        restart();
    }
    void restart() {
        capf_.stop();
        capf_.start();
    }
    phone_sim::SessionResult call(Auth auth, Fault fault = Fault::none) {
        auto phone = capf_.phone("SEP1");
        phone.auth = auth;
        phone.fault = fault;
        phone.sudi = sudi_;
        return capf_.call(phone).session;
    }

    const bool sudi_;
    RunningCapf capf_{[this](Config& config) {
        config.phone_trust = capf_.dir.file("phone-trust");
        std::filesystem::create_directory(config.phone_trust);
    }};
};

TEST_F(Identity, TheLscProvesWhoRenewsIt) {
    capf_.give_lsc("SEP1");
    capf_.arm("SEP1", {{"auth", "lsc"}});
    const auto result = call(Auth::lsc);
    EXPECT_EQ(result.outcome, Outcome::done) << result.detail;
    EXPECT_EQ(result.authenticated_with, "lsc");
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(1, 3));
    EXPECT_THAT(capf_.trace(), HasSubstr("Existing certificate accepted, subject /CN=CP-8865-SEP1"));
}

TEST_F(Identity, AMicCountsWhenItsFactoryIsTrusted) {
    const auto factory = capf_.make_factory("factory");
    capf_.give_mic("SEP1", factory);
    capf_.arm("SEP1", {{"auth", "mic"}});
    EXPECT_NE(call(Auth::mic).outcome, Outcome::done);
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 11));
    trust(factory.certificate, "factory");
    EXPECT_EQ(call(Auth::mic).outcome, Outcome::done);
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(1, 3));
}

TEST_F(Identity, APhoneWithoutLscShowsItsMicInstead) {
    const auto factory = capf_.make_factory("factory");
    trust(factory.certificate, "factory");
    capf_.give_mic("SEP1", factory);
    capf_.arm("SEP1", {{"auth", "lsc"}});
    const auto result = call(Auth::lsc);
    EXPECT_EQ(result.outcome, Outcome::done) << result.detail;
    EXPECT_EQ(result.authenticated_with, "mic");
}

TEST_F(Identity, APreviousIssuerCountsAsLongAsItIsInTheDirectory) {
    capf_.give_lsc("SEP1");
    capf_.arm("SEP1", {{"auth", "lsc"}});
    distrust("root");
    EXPECT_NE(call(Auth::lsc).outcome, Outcome::done);
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 9));
    trust(capf_.pki.root.certificate, "previous");
    EXPECT_EQ(call(Auth::lsc).outcome, Outcome::done);
}

TEST_F(Identity, AnLscThatWasReplacedIsNoProof) {
    capf_.give_lsc("SEP1");
    capf_.arm("SEP1");
    const phone_sim::PhoneStore store(capf_.dir.file("phone-SEP1"), "SEP1");
    const auto old = store.lsc_credential();
    ASSERT_EQ(call(Auth::secret).outcome, Outcome::done);  // a new one, of the same issuer
    store.save(old->key, old->certificate);
    capf_.arm("SEP1", {{"auth", "lsc"}});
    EXPECT_NE(call(Auth::lsc).outcome, Outcome::done);
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 9));
    EXPECT_THAT(capf_.trace(), HasSubstr("was replaced by another LSC"));
}

TEST_F(Identity, AnotherPhonesCertificateIsNoProof) {
    capf_.give_lsc("SEP2", "SEP1");  // SEP1 has stolen it, with its key
    capf_.arm("SEP1", {{"auth", "lsc"}});
    EXPECT_NE(call(Auth::lsc).outcome, Outcome::done);
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 12));
    EXPECT_THAT(capf_.trace(), HasSubstr("belongs to another device"));
}

TEST_F(Identity, ACertificateThatNobodyVouchesForIsNoProof) {
    capf_.give_lsc("SEP1");
    capf_.arm("SEP1", {{"auth", "lsc"}});
    EXPECT_NE(call(Auth::lsc, Fault::other_certificate).outcome, Outcome::done);
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 9));
}

TEST_F(Identity, WithoutAnyCertificateTheCredentialsAreInvalid) {
    capf_.arm("SEP1", {{"auth", "lsc"}});
    EXPECT_NE(call(Auth::secret).outcome, Outcome::done);  // sends a password instead
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 12));
}

class IdentityWithSudi : public Identity {
protected:
    IdentityWithSudi() : Identity(true) {}
};

TEST_F(IdentityWithSudi, BindsTheProofToTheSession) {
    const auto factory = capf_.make_factory("factory");
    trust(factory.certificate, "factory");
    capf_.give_mic("SEP1", factory);
    capf_.arm("SEP1", {{"auth", "mic"}});
    const auto result = call(Auth::mic);
    EXPECT_EQ(result.outcome, Outcome::done) << result.detail;
}

// The phone has stored its LSC, and capfd never heard of it: the phone's own proof settles it.
TEST_F(Identity, AnLscThatWasNeverConfirmedIsFoundAgain) {
    capf_.arm("SEP1");
    auto phone = capf_.phone("SEP1");
    phone.fault = Fault::disconnect_after;
    phone.fault_after = 4;  // authentication, progress, key, signature: not the confirmation
    capf_.call(phone);
    restart();
    EXPECT_EQ(capf_.outcome("SEP1"), std::pair(2, 13));
    EXPECT_TRUE(capf_.device("SEP1")["lsc"].is_null());
    const auto stale = [this] { return capf_.admin({{"command", "stale_lsc.list"}})["lscs"]; };
    ASSERT_EQ(stale().size(), 1U);
    EXPECT_EQ(stale()[0]["device"], "SEP1");
    EXPECT_EQ(stale()[0]["in_delivery"], false);
    EXPECT_THAT(stale()[0]["reason"].get<std::string>(), HasSubstr("closed"));
    const std::string serial = stale()[0]["serial"];

    capf_.arm("SEP1", {{"operation", "troubleshoot"}, {"auth", "lsc"}});
    const auto shown = call(Auth::lsc);
    EXPECT_EQ(shown.outcome, Outcome::done) << shown.detail;
    EXPECT_EQ(capf_.device("SEP1")["lsc"]["serial"], serial);
    EXPECT_TRUE(stale().empty());
}

TEST(CapfStaleLsc, IsListedUntilItIsDeleted) {
    RunningCapf capf;
    for (const auto* name : {"SEP1", "SEP2"}) {
        capf.arm(name);
        auto phone = capf.phone(name);
        phone.fault = Fault::store_failure;
        capf.call(phone);
    }
    const auto count = [&capf] { return capf.admin({{"command", "stale_lsc.list"}})["lscs"].size(); };
    EXPECT_EQ(count(), 2U);
    EXPECT_EQ(capf.admin({{"command", "stale_lsc.delete"}})["ok"], false) << "all must be said";
    EXPECT_EQ(capf.admin({{"command", "stale_lsc.delete"}, {"name", "sep1"}})["deleted"], 1);
    EXPECT_EQ(count(), 1U);
    EXPECT_EQ(capf.admin({{"command", "stale_lsc.delete"}, {"all", true}})["deleted"], 1);
    EXPECT_EQ(count(), 0U);
}

TEST(CapfStrings, TenWrongOnesLockTheDeviceAndArmingUnlocksIt) {
    RunningCapf capf([](Config& config) { config.protocol.auth_attempts = 3; });
    const Json more{{"auth", "string"}, {"string", "24680"}};
    capf.arm("SEP1", more);
    auto phone = capf.phone("SEP1");
    phone.auth_string = Secret("11111");
    for (int i = 0; i < 3; ++i) capf.call(phone);
    EXPECT_GT(capf.device("SEP1")["locked_until"].get<std::int64_t>(), 0);
    phone.auth_string = Secret("24680");
    EXPECT_NE(capf.call(phone).session.outcome, Outcome::done) << "the right one comes too late";
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(2, 10));
    EXPECT_THAT(capf.trace(), HasSubstr("too many wrong authentication strings"));
    capf.arm("SEP1", more);
    EXPECT_EQ(capf.call(phone).session.outcome, Outcome::done);
}

TEST(CapfStrings, ARightOneForgetsTheWrongOnes) {
    RunningCapf capf;
    capf.arm("SEP1", {{"auth", "string"}, {"string", "24680"}});
    auto phone = capf.phone("SEP1");
    phone.auth_string = Secret("11111");
    capf.call(phone);
    EXPECT_EQ(capf.device("SEP1")["wrong_strings"], 1);
    phone.auth_string = Secret("24680");
    EXPECT_EQ(capf.call(phone).session.outcome, Outcome::done);
    EXPECT_EQ(capf.device("SEP1")["wrong_strings"], 0);
}

}  // namespace
}  // namespace opencapf::capf::test
