// SPDX-License-Identifier: Apache-2.0
// The table of certsrv.md 4.1, row by row.
#include "ca_sim/auth/authenticator.hpp"

#include "ntlm_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class AuthenticatorTest : public ::testing::Test {
protected:
    AuthenticatorTest() {
        accounts_.add("ciscora", Secret("Secret.1"));
        accounts_.add("other", Secret("Secret.2"));
        accounts_.add("gone", Secret("pass"), AccountState::disabled);
        accounts_.add("stuck", Secret("pass"), AccountState::locked);
        settings_.basic_realm = "lab-dc.example.test";
        settings_.ntlm.target = {"LAB", "example.test", "LAB-DC", "lab-dc.example.test"};
    }
    Authenticator connection() {
        return Authenticator(accounts_, settings_, random_bytes, [] { return WallTime(); });
    }
    void with_basic() { settings_.providers = {AuthProvider::negotiate, AuthProvider::ntlm, AuthProvider::basic}; }

    static Decision decide(Authenticator& server, const std::string& header) { return server.decide(header); }
    static Decision first_leg(Authenticator& server, const std::string& scheme = "NTLM") {
        return decide(server, scheme + " " + to_base64(test::type1()));
    }
    static std::string answer(const Decision& challenge, const test::ClientOptions& client = {}) {
        const std::string& header = challenge.www_authenticate.at(0);
        const auto blank = header.find(' ');
        const Bytes two = *from_base64(header.substr(blank + 1));
        return header.substr(0, blank) + " " + to_base64(test::answer(test::type1(), two, client));
    }
    static Decision log_in(Authenticator& server, const test::ClientOptions& client = {}) {
        return decide(server, answer(first_leg(server), client));
    }
    static Decision basic(Authenticator& server, const std::string& credentials) {
        return decide(server, "Basic " + to_base64(as_bytes(credentials)));
    }
    static void expect_refused(const Decision& decision, unsigned substatus, std::uint32_t win32) {
        EXPECT_FALSE(decision.authenticated);
        EXPECT_EQ(decision.user, "");
        EXPECT_EQ(decision.status, 401U);
        EXPECT_EQ(decision.substatus, substatus);
        EXPECT_EQ(decision.win32, win32);
        EXPECT_FALSE(decision.persistent_auth);
    }
    static void expect_user(const Decision& decision, const std::string& user) {
        EXPECT_TRUE(decision.authenticated);
        EXPECT_EQ(decision.user, user);
        EXPECT_EQ(decision.substatus, 0U);
        EXPECT_EQ(decision.win32, 0U);
        EXPECT_THAT(decision.www_authenticate, IsEmpty());
        EXPECT_FALSE(decision.handshake_leg);
    }

    Accounts accounts_{"LAB", "example.test"};
    AuthSettings settings_;
};

TEST_F(AuthenticatorTest, NoHeader) {
    Authenticator server = connection();
    const Decision decision = server.decide(std::nullopt);
    expect_refused(decision, 2, 5);
    EXPECT_THAT(decision.www_authenticate, ElementsAre("NTLM", "Negotiate"));  // Cisco's order
    EXPECT_FALSE(decision.handshake_leg);
    for (const char* header : {"", "  ", "Bearer abc", "Digest x=y", "Basic eDp5"}) {
        expect_refused(server.decide(header), 2, 5);
    }
}

TEST_F(AuthenticatorTest, ProvidersInConfiguredOrder) {
    with_basic();
    settings_.basic_realm = "a\"b\\c";
    Authenticator server = connection();
    EXPECT_THAT(server.decide(std::nullopt).www_authenticate,
                ElementsAre("Negotiate", "NTLM", "Basic realm=\"a\\\"b\\\\c\""));
}

TEST_F(AuthenticatorTest, Type1) {
    Authenticator server = connection();
    const Decision decision = first_leg(server);
    expect_refused(decision, 1, 2148074254U);
    EXPECT_TRUE(decision.handshake_leg);
    EXPECT_THAT(decision.www_authenticate, ElementsAre(StartsWith("NTLM TlRMTVNTUAACAAAA")));
    EXPECT_THAT(decision.www_authenticate.at(0), Not(HasSubstr("\n")));
}

TEST_F(AuthenticatorTest, GoodType3ThenTheConnectionIsTheUsers) {
    Authenticator server = connection();
    const Decision decision = log_in(server, {.user = "CISCORA@example.test", .domain = ""});
    expect_user(decision, "LAB\\ciscora");
    EXPECT_TRUE(decision.persistent_auth);
    for (int i = 0; i < 3; ++i) {
        const Decision later = server.decide(std::nullopt);
        expect_user(later, "LAB\\ciscora");
        EXPECT_FALSE(later.persistent_auth);
    }
    Authenticator other = connection();
    expect_refused(other.decide(std::nullopt), 2, 5);
}

TEST_F(AuthenticatorTest, SchemeInAnyCaseAndNegotiateWithRawNtlm) {
    Authenticator server = connection();
    EXPECT_THAT(first_leg(server, "ntlm").www_authenticate, ElementsAre(StartsWith("NTLM ")));
    const Decision challenge = first_leg(server, "Negotiate");
    expect_refused(challenge, 1, 2148074254U);
    EXPECT_THAT(challenge.www_authenticate, ElementsAre(StartsWith("Negotiate TlRMTVNTUAACAAAA")));
    expect_user(decide(server, answer(challenge)), "LAB\\ciscora");
}

TEST_F(AuthenticatorTest, WrongPassword) {
    Authenticator server = connection();
    const Decision decision = log_in(server, {.password = "wrong"});
    expect_refused(decision, 1, 2148074252U);
    EXPECT_THAT(decision.www_authenticate, ElementsAre("NTLM", "Negotiate"));
    EXPECT_THAT(decision.detail, Not(IsEmpty()));
    expect_refused(server.decide(std::nullopt), 2, 5);
    expect_user(log_in(server), "LAB\\ciscora");  // the same connection may try again
}

TEST_F(AuthenticatorTest, AccountsThatMayNotLogOn) {
    with_basic();
    Authenticator server = connection();
    expect_refused(log_in(server, {.user = "gone", .password = "pass"}), 1, 2148074252U);
    expect_refused(log_in(server, {.user = "stuck", .password = "pass"}), 1, 2148074252U);
    expect_refused(basic(server, "gone:pass"), 1, 1331);
    expect_refused(basic(server, "LAB\\stuck:pass"), 1, 1909);
    expect_refused(basic(server, "gone:wrong"), 1, 1326);
}

TEST_F(AuthenticatorTest, Type3WithoutContext) {
    Authenticator one = connection();
    Authenticator two = connection();
    const std::string type3 = answer(first_leg(one));
    const Decision decision = decide(two, type3);
    expect_refused(decision, 1, 2148074248U);
    EXPECT_THAT(decision.www_authenticate, ElementsAre("NTLM", "Negotiate"));
    expect_user(decide(one, type3), "LAB\\ciscora");
    expect_refused(decide(one, type3), 1, 2148074248U);  // replay
    expect_refused(one.decide(std::nullopt), 2, 5);      // and the connection is nobody's
}

TEST_F(AuthenticatorTest, BrokenTokens) {
    Authenticator server = connection();
    for (const std::string& header : {std::string("NTLM"), std::string("NTLM !"), std::string("NTLM TlRMTVNTUAA="),
                                      std::string("Negotiate YIIB"), "NTLM " + std::string(100'000, 'A')}) {
        expect_refused(decide(server, header), 1, 2148074248U);
    }
}

TEST_F(AuthenticatorTest, NewType1StartsAgain) {
    Authenticator server = connection();
    expect_user(log_in(server), "LAB\\ciscora");
    const Decision challenge = first_leg(server);
    expect_refused(challenge, 1, 2148074254U);
    expect_user(decide(server, answer(challenge, {.user = "other", .password = "Secret.2"})), "LAB\\other");
    expect_user(server.decide(std::nullopt), "LAB\\other");
    expect_refused(log_in(server, {.password = "wrong"}), 1, 2148074252U);
    expect_refused(server.decide(std::nullopt), 2, 5);
}

TEST_F(AuthenticatorTest, AnonymousRequestBetweenTheLegsEndsTheLogIn) {
    Authenticator server = connection();
    const std::string type3 = answer(first_leg(server));
    expect_refused(server.decide(std::nullopt), 2, 5);
    expect_refused(decide(server, type3), 1, 2148074248U);
}

TEST_F(AuthenticatorTest, BasicIsPerRequest) {
    with_basic();
    Authenticator server = connection();
    expect_user(basic(server, "ciscora:Secret.1"), "LAB\\ciscora");
    EXPECT_FALSE(basic(server, "LAB\\CISCORA:Secret.1").persistent_auth);
    expect_refused(server.decide(std::nullopt), 2, 5);
    expect_refused(basic(server, "ciscora:wrong"), 1, 1326);
    EXPECT_THAT(basic(server, "ciscora:wrong").www_authenticate,
                ElementsAre("Negotiate", "NTLM", "Basic realm=\"lab-dc.example.test\""));
    expect_refused(basic(server, "nobody:Secret.1"), 1, 1326);
    for (const char* credentials : {"", ":", "ciscora", ":Secret.1", "ciscora:"}) {
        expect_refused(basic(server, credentials), 1, 1326);
    }
    expect_refused(decide(server, "Basic ???"), 1, 1326);
    expect_refused(decide(server, "Basic"), 1, 1326);
    EXPECT_THAT(basic(server, "ciscora:hunter2").detail, Not(HasSubstr("hunter2")));
}

TEST_F(AuthenticatorTest, BasicDoesNotChangeWhoTheConnectionIs) {
    with_basic();
    Authenticator server = connection();
    expect_user(log_in(server), "LAB\\ciscora");
    expect_user(basic(server, "other:Secret.2"), "LAB\\other");
    expect_refused(basic(server, "other:wrong"), 1, 1326);
    expect_user(server.decide(std::nullopt), "LAB\\ciscora");
}

TEST_F(AuthenticatorTest, PasswordWithColonAndUmlaut) {
    with_basic();
    accounts_.add("odd", Secret("a:b\xc3\xbc"));
    Authenticator server = connection();
    expect_user(basic(server, "odd:a:b\xc3\xbc"), "LAB\\odd");
    expect_user(basic(server, "odd:a:b\xfc"), "LAB\\odd");  // a Latin-1 client
}

TEST(AuthProviderNames, AnyCase) {
    EXPECT_EQ(auth_provider_from_name("ntlm"), AuthProvider::ntlm);
    EXPECT_EQ(auth_provider_from_name("NEGOTIATE"), AuthProvider::negotiate);
    EXPECT_EQ(auth_provider_from_name("Basic"), AuthProvider::basic);
    EXPECT_EQ(auth_provider_from_name("Kerberos"), std::nullopt);
    EXPECT_EQ(auth_provider_from_name(""), std::nullopt);
}

}  // namespace
}  // namespace opencapf::ca_sim
