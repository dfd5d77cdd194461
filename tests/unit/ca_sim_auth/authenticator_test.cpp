// SPDX-License-Identifier: Apache-2.0
// The table of certsrv.md 4.1, row by row.
#include "ca_sim/auth/authenticator.hpp"

#include "ca_sim/auth/spnego.hpp"
#include "spnego_client.hpp"

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
    static Decision negotiate(Authenticator& server, ByteView token) {
        return decide(server, "Negotiate " + to_base64(token));
    }
    /// What the server's NegTokenResp in this challenge carries.
    static Bytes inner_token(const Decision& decision) {
        const auto parsed = parse_spnego(*from_base64(decision.www_authenticate.at(0).substr(10)));
        return std::get<SpnegoResponse>(parsed.value()).token;
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

// MS-SPNG: what Windows and Chromium send when they have no ticket.
TEST_F(AuthenticatorTest, NtlmInsideSpnego) {
    Authenticator server = connection();
    const Bytes one = test::type1();
    const Decision challenge = negotiate(server, test::neg_token_init({test::ntlm_oid()}, one));
    expect_refused(challenge, 1, 2148074254U);
    EXPECT_TRUE(challenge.handshake_leg);
    const Bytes two = inner_token(challenge);
    EXPECT_EQ(ntlm_message_type(two).value(), 2U);
    const Decision decision = negotiate(server, test::neg_token_resp(test::answer(one, two, {.mic = true})));
    EXPECT_TRUE(decision.authenticated);
    EXPECT_EQ(decision.user, "LAB\\ciscora");
    EXPECT_TRUE(decision.persistent_auth);
    EXPECT_THAT(decision.www_authenticate, ElementsAre("Negotiate oQcwBaADCgEA"));  // accept-completed
    expect_user(server.decide(std::nullopt), "LAB\\ciscora");
}

// gss-ntlmssp asks for signing, and signs the list of mechanisms.
TEST_F(AuthenticatorTest, SignedListOfMechanisms) {
    const std::uint32_t flags = 0xe2088217;
    const Bytes one = test::type1(flags);
    const Bytes list = test::tlv(0x30, test::ntlm_oid());
    for (const bool changed : {false, true}) {
        Authenticator server = connection();
        const Bytes two = inner_token(negotiate(server, test::neg_token_init({test::ntlm_oid()}, one)));
        EXPECT_EQ(test::get_number(two, 20, 4) & kNtlmSign, kNtlmSign);
        const Bytes three = test::answer(one, two, {.flags = flags, .mic = true});
        const Digest16 key = test::session_key(three, {});
        Bytes mic = ntlm_signature(key, false, list);
        if (changed) mic[4] ^= 1;
        const Decision decision = negotiate(server, test::neg_token_resp(three, mic));
        EXPECT_EQ(decision.authenticated, !changed);
        if (changed) {
            expect_refused(decision, 1, 2148074248U);
            expect_refused(server.decide(std::nullopt), 2, 5);
        } else {
            const auto parsed = parse_spnego(*from_base64(decision.www_authenticate.at(0).substr(10)));
            EXPECT_EQ(std::get<SpnegoResponse>(parsed.value()).mic, ntlm_signature(key, true, list));
        }
    }
    // Outside SPNEGO nothing is ever signed.
    Authenticator server = connection();
    const Decision bare = decide(server, "NTLM " + to_base64(one));
    EXPECT_EQ(test::get_number(*from_base64(bare.www_authenticate.at(0).substr(5)), 20, 4) & kNtlmSign, 0U);
}

TEST_F(AuthenticatorTest, KerberosWithoutAKeytabBecomesNtlm) {
    Authenticator server = connection();
    const Bytes ticket(900, 0x60);
    const Decision ask = negotiate(
        server, test::neg_token_init({test::windows_kerberos_oid(), test::kerberos_oid(), test::ntlm_oid()}, ticket));
    expect_refused(ask, 1, 2148074254U);
    EXPECT_THAT(ask.www_authenticate,
                ElementsAre("Negotiate " + to_base64(*from_hex("a1153013a0030a0101a10c060a2b06010401823702020a"))));
    const Bytes one = test::type1();
    const Decision challenge = negotiate(server, test::neg_token_resp(one));
    expect_refused(challenge, 1, 2148074254U);
    const Bytes three = test::answer(one, inner_token(challenge));
    EXPECT_TRUE(negotiate(server, test::neg_token_resp(three, Bytes(16, 1))).authenticated);
    // And when the client knows nothing but Kerberos, there is nothing to ask for.
    for (const Bytes& token : {test::neg_token_init({test::kerberos_oid()}, ticket),
                               test::tlv(0x60, test::concatenated({test::kerberos_oid(), ticket}))}) {
        const Decision decision = negotiate(server, token);
        expect_refused(decision, 1, 2148074248U);
        EXPECT_THAT(decision.www_authenticate, ElementsAre("NTLM", "Negotiate"));
    }
}

TEST_F(AuthenticatorTest, SpnegoOutOfOrder) {
    Authenticator server = connection();
    const Bytes one = test::type1();
    const Bytes init = test::neg_token_init({test::ntlm_oid()}, one);
    expect_refused(negotiate(server, test::neg_token_resp(one)), 1, 2148074248U);  // nothing began
    const Bytes two = inner_token(negotiate(server, init));
    const Bytes three = test::neg_token_resp(test::answer(one, two));
    expect_refused(server.decide(std::nullopt), 2, 5);  // ends the log-in
    expect_refused(negotiate(server, three), 1, 2148074248U);
    negotiate(server, init);
    expect_refused(negotiate(server, three), 1, 2148074252U);  // an answer to another challenge
    const Bytes again = inner_token(negotiate(server, init));
    const Bytes good = test::neg_token_resp(test::answer(one, again));
    EXPECT_TRUE(negotiate(server, good).authenticated);
    expect_refused(negotiate(server, good), 1, 2148074248U);  // replay
    expect_refused(server.decide(std::nullopt), 2, 5);
    // SPNEGO is Negotiate's: under the scheme NTLM it is no token.
    expect_refused(decide(server, "NTLM " + to_base64(init)), 1, 2148074248U);
}

TEST_F(AuthenticatorTest, EveryTruncationOfASpnegoLogIn) {
    Authenticator server = connection();
    const Bytes one = test::type1();
    const Bytes init = test::neg_token_init({test::ntlm_oid()}, one);
    for (std::size_t size = 0; size < init.size(); ++size) {
        expect_refused(negotiate(server, ByteView(init).first(size)), 1, 2148074248U);
    }
    const std::size_t whole = test::neg_token_resp(test::answer(one, inner_token(negotiate(server, init)))).size();
    for (std::size_t size = 0; size < whole; ++size) {
        const Bytes last = test::neg_token_resp(test::answer(one, inner_token(negotiate(server, init))));
        expect_refused(negotiate(server, ByteView(last).first(size)), 1, 2148074248U);
    }
}

TEST_F(AuthenticatorTest, LockedOutByWrongPasswordsOverAllProviders) {
    with_basic();
    const auto lockout = std::make_shared<Lockout>([] { return WallTime(std::chrono::hours(1)); });
    lockout->set_policy({3, std::chrono::seconds(60), std::chrono::seconds(60)});
    accounts_ = Accounts("LAB", "example.test", {{"ciscora", Secret("Secret.1")}}, lockout);
    Authenticator server = connection();
    expect_refused(basic(server, "ciscora:wrong"), 1, 1326);
    expect_refused(log_in(server, {.password = "wrong"}), 1, 2148074252U);
    expect_refused(log_in(server, {.user = "CISCORA@example.test", .domain = "", .password = "wrong"}), 1, 2148074252U);
    expect_refused(basic(server, "ciscora:Secret.1"), 1, 1909);
    const Decision decision = log_in(server);
    expect_refused(decision, 1, 2148074252U);
    EXPECT_THAT(decision.detail, HasSubstr("locked"));
    lockout->unlock("ciscora");
    expect_user(log_in(server), "LAB\\ciscora");
}

TEST_F(AuthenticatorTest, ExtendedProtection) {
    settings_.extended_protection = ExtendedProtection::require;
    const Bytes hash(32, 0x42);
    Authenticator server(
        accounts_, settings_, random_bytes, [] { return WallTime(); }, hash);
    expect_refused(log_in(server), 1, 2148074248U);
    const Digest16 value = ChannelBinding{ExtendedProtection::require, hash}.ntlm_value();
    expect_user(log_in(server, {.channel_binding = Bytes(value.begin(), value.end())}), "LAB\\ciscora");
    Authenticator other(
        accounts_, settings_, random_bytes, [] { return WallTime(); }, Bytes(32, 0x43));
    expect_refused(log_in(other, {.channel_binding = Bytes(value.begin(), value.end())}), 1, 2148074248U);
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
