// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/ntlm_acceptor.hpp"

#include "ntlm_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

using test::ClientOptions;
using test::Version;
using ::testing::HasSubstr;
using ::testing::Not;

class NtlmAcceptorTest : public ::testing::Test {
protected:
    NtlmAcceptorTest() {
        accounts_.add("ciscora", Secret("Secret.1"));
        accounts_.add("gone", Secret("Secret.1"), AccountState::disabled);
        accounts_.add("stuck", Secret("Secret.1"), AccountState::locked);
    }

    NtlmAcceptor acceptor() {
        return NtlmAcceptor(
            accounts_, options_, [this](std::size_t count) { return Bytes(count, ++random_); },
            [] { return WallTime(std::chrono::seconds(1547647502)); }, binding_);
    }

    static Bytes challenge(NtlmAcceptor& acceptor, ByteView type1) {
        const NtlmStep step = acceptor.accept(type1);
        const auto* challenge = std::get_if<NtlmChallenge>(&step);
        return challenge != nullptr ? challenge->token : Bytes{};
    }

    NtlmStep log_in(const ClientOptions& client = {}) {
        NtlmAcceptor server = acceptor();
        const Bytes one = test::type1(client.flags);
        const Bytes two = challenge(server, one);
        return server.accept(test::answer(one, two, client));
    }

    static std::string outcome(const NtlmStep& step) {
        if (const auto* accepted = std::get_if<NtlmAccepted>(&step)) return "accepted " + accepted->account->name;
        if (const auto* rejected = std::get_if<NtlmRejected>(&step)) {
            return rejected->failure == NtlmFailure::logon_denied ? "denied" : "invalid";
        }
        return "challenge";
    }

    Accounts accounts_{"LAB", "example.test"};
    NtlmOptions options_{{"LAB", "example.test", "LAB-DC", "lab-dc.example.test"}, false};
    ChannelBinding binding_;
    std::uint8_t random_ = 0;
};

constexpr std::string_view kPublishedType3 =  // MS-NLMP 4.2.4.3
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c00000010001000"
    "d8000000358288e20501280a0000000f44006f006d00610069006e0055007300650072004300"
    "4f004d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96aabc927bebef6a1c"
    "01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c0053006500720076"
    "006500720000000000000000"
    "00c5dad2544fc9799094ce1ce90bc9d03e";

TEST_F(NtlmAcceptorTest, PublishedAuthenticateMessage) {
    const Bytes three = *from_hex(kPublishedType3);
    ASSERT_EQ(three.size(), 232U);
    Accounts accounts("Domain", "domain.test");
    accounts.add("user", Secret("Password"));
    const auto random = [](std::size_t) { return *from_hex("0123456789abcdef"); };
    NtlmAcceptor server(accounts, options_, random, [] { return WallTime(); });
    ASSERT_FALSE(challenge(server, test::type1()).empty());
    EXPECT_EQ(outcome(server.accept(three)), "accepted user");

    const auto message = parse_authenticate(three, true);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->domain, u"Domain");
    EXPECT_EQ(message->user, u"User");
    EXPECT_EQ(message->workstation, u"COMPUTER");
    EXPECT_EQ(message->flags, 0xe2888235U);
    EXPECT_EQ(message->payload_start, 72U);
}

TEST_F(NtlmAcceptorTest, PublishedNtlmV1Responses) {
    options_.allow_v1 = true;
    Accounts accounts("Domain", "domain.test");
    accounts.add("user", Secret("Password"));
    const auto random = [](std::size_t) { return *from_hex("0123456789abcdef"); };
    test::Parts parts;
    parts.user = le_bytes(u"User");
    parts.domain = le_bytes(u"Domain");
    parts.flags = 0xe2808235;
    parts.lm = *from_hex("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13");
    parts.nt = *from_hex("67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
    NtlmAcceptor server(accounts, options_, random, [] { return WallTime(); });
    ASSERT_FALSE(challenge(server, test::type1()).empty());
    EXPECT_EQ(outcome(server.accept(test::type3(parts))), "accepted user");

    parts.flags = 0x820a8205;  // 4.2.3: with client challenge
    parts.lm = *from_hex("aaaaaaaaaaaaaaaa00000000000000000000000000000000");
    parts.nt = *from_hex("7537f803ae367128ca458204bde7caf81e97ed2683267232");
    ASSERT_FALSE(challenge(server, test::type1()).empty());
    EXPECT_EQ(outcome(server.accept(test::type3(parts))), "accepted user");
    // Without session security agreed the same bytes are wrong.
    ASSERT_FALSE(challenge(server, test::type1(0x00008207)).empty());
    EXPECT_EQ(outcome(server.accept(test::type3(parts))), "denied");
}

TEST_F(NtlmAcceptorTest, ClientsOfEveryKind) {
    const std::uint32_t curl = 0x00088206;
    const std::uint32_t impacket = 0xa0880205;
    EXPECT_EQ(outcome(log_in({.flags = curl})), "accepted ciscora");
    EXPECT_EQ(outcome(log_in({.flags = impacket})), "accepted ciscora");
    EXPECT_EQ(outcome(log_in({.lm = false})), "accepted ciscora");
    EXPECT_EQ(outcome(log_in({.mic = true})), "accepted ciscora");
    EXPECT_EQ(outcome(log_in({.flags = curl, .mic = true})), "accepted ciscora");
}

// Each row of certsrv.md 4.4: length and flags of the Type 1, and what is particular about the Type 3.
TEST_F(NtlmAcceptorTest, EachKnownClient) {
    struct Row {
        const char* name;
        std::size_t type1;
        ClientOptions client;
    };
    const std::vector<Row> rows{
        {"curl 7.88", 32, {.flags = 0x00088206}},
        {"wget 1.21", 32, {.flags = 0x00000202, .version = Version::v1}},
        {"requests_ntlm", 40, {.flags = 0xe2889032, .channel_binding = Bytes(16, 7), .mic = true}},
        {"requests_ntlm, newer", 48, {.flags = 0xe2889032, .channel_binding = Bytes(16, 7), .mic = true}},
        {"Chromium", 32, {.flags = 0x00088207, .channel_binding = Bytes(16, 7), .mic = true}},
        {"go-ntlmssp", 48, {.flags = 0xa0881001, .lm = false}},
        {"impacket", 32, {.flags = 0xa0880205}},
        {"perl Authen::NTLM", 47, {.flags = 0x0000b207, .version = Version::v1}},
        {"node httpntlm", 50, {.flags = 0xa208b207}},
        {"node axios-ntlm", 42, {.flags = 0x00088206}},
        {"shortest Type 1", 16, {.flags = 0x00088206}},
    };
    for (const bool v1_allowed : {false, true}) {
        options_.allow_v1 = v1_allowed;
        for (const Row& row : rows) {
            NtlmAcceptor server = acceptor();
            const Bytes one = test::type1(row.client.flags, row.type1);
            const Bytes two = challenge(server, one);
            ASSERT_GE(two.size(), 56U) << row.name;
            Bytes three = test::answer(one, two, row.client);
            const bool old = row.client.version == Version::v1;
            // wget says Unicode in its Type 3 and sends bytes all the same; without a MIC nothing protects the flags.
            if (old) three[60] |= 1;
            EXPECT_EQ(outcome(server.accept(three)), old && !v1_allowed ? "denied" : "accepted ciscora") << row.name;
        }
    }
}

TEST_F(NtlmAcceptorTest, NamesThatAreNotAscii) {
    accounts_.add("J\xc3\xbcrgen", Secret("Secret.1"));
    accounts_.add("\xd0\xaf\xd0\xbd\xd0\xb0", Secret("Secret.1"));  // Cyrillic
    for (const char* user : {"J\xc3\xbcrgen", "j\xc3\x9cRGEN", "j\xfcrgen"}) {
        EXPECT_EQ(outcome(log_in({.user = user})), "accepted J\xc3\xbcrgen") << user;
    }
    // A client without Unicode sends Latin-1, in either case.
    EXPECT_EQ(outcome(log_in({.user = "j\xfcrgen", .flags = 0x00088206})), "accepted J\xc3\xbcrgen");
    EXPECT_EQ(outcome(log_in({.user = "J\xdcRGEN", .flags = 0x00088206})), "accepted J\xc3\xbcrgen");
    EXPECT_EQ(outcome(log_in({.user = "\xd1\x8f\xd0\x9d\xd0\xb0"})), "accepted \xd0\xaf\xd0\xbd\xd0\xb0");
}

TEST_F(NtlmAcceptorTest, ChannelBinding) {
    binding_ = {ExtendedProtection::allow, Bytes(32, 0x77)};
    const Digest16 value = binding_.ntlm_value();
    const Bytes right(value.begin(), value.end());
    const auto bound = [this](Bytes binding, const char* password = "Secret.1") {
        return outcome(log_in({.password = password, .channel_binding = std::move(binding), .mic = true}));
    };
    EXPECT_EQ(bound(right), "accepted ciscora");
    EXPECT_EQ(bound({}), "accepted ciscora");
    EXPECT_EQ(bound(Bytes(16, 0)), "accepted ciscora");
    EXPECT_EQ(bound(Bytes(16, 1)), "invalid");
    EXPECT_EQ(bound(Bytes(16, 1), "wrong"), "denied");
    binding_.policy = ExtendedProtection::require;
    EXPECT_EQ(bound(right), "accepted ciscora");
    EXPECT_EQ(bound(right, "wrong"), "denied");
    EXPECT_EQ(bound({}), "invalid");
    EXPECT_EQ(bound(Bytes(16, 0)), "invalid");
    EXPECT_EQ(bound(Bytes(16, 1)), "invalid");
    // NTLMv1 has no place for a binding.
    options_.allow_v1 = true;
    const ClientOptions v1{.flags = 0x0000b207, .version = Version::v1};
    EXPECT_EQ(outcome(log_in(v1)), "invalid");
    binding_.policy = ExtendedProtection::allow;
    EXPECT_EQ(outcome(log_in(v1)), "accepted ciscora");
    binding_.policy = ExtendedProtection::off;
    EXPECT_EQ(bound(Bytes(16, 1)), "accepted ciscora");
}

TEST_F(NtlmAcceptorTest, EverySpelling) {
    for (const auto& [user, domain] :
         std::initializer_list<std::pair<const char*, const char*>>{{"ciscora", "LAB"},
                                                                    {"CiscoRA", "lab"},
                                                                    {"ciscora", ""},
                                                                    {"ciscora@example.test", ""},
                                                                    {"CISCORA@Example.Test", ""},
                                                                    {"ciscora", "EXAMPLE.test"},
                                                                    {"ciscora", "."}}) {
        for (const std::uint32_t flags : {0x00088206U, 0x00088207U}) {
            const ClientOptions client{.user = user, .domain = domain, .flags = flags};
            EXPECT_EQ(outcome(log_in(client)), "accepted ciscora") << user << " " << domain;
        }
    }
}

TEST_F(NtlmAcceptorTest, WrongCredentials) {
    EXPECT_EQ(outcome(log_in({.password = "secret.1"})), "denied");
    EXPECT_EQ(outcome(log_in({.password = ""})), "denied");
    EXPECT_EQ(outcome(log_in({.user = "nobody"})), "denied");
    EXPECT_EQ(outcome(log_in({.user = ""})), "denied");
    EXPECT_EQ(outcome(log_in({.domain = "OTHER"})), "denied");
    EXPECT_EQ(outcome(log_in({.user = "nobody", .mic = true})), "denied");
    EXPECT_EQ(outcome(log_in({.user = "gone"})), "denied");
    EXPECT_EQ(outcome(log_in({.user = "stuck"})), "denied");
}

TEST_F(NtlmAcceptorTest, NobodysAllZeroHashOpensNothing) {
    NtlmAcceptor server = acceptor();
    const Bytes two = challenge(server, test::type1());
    NtlmChallenge8 nonce{};
    std::copy_n(two.begin() + 24, 8, nonce.begin());
    const Bytes blob = test::client_blob(two, {});
    test::Parts parts;
    parts.user = le_bytes(u"nobody");
    parts.nt = test::concatenated({nt_proof(ntowf_v2(NtHash{}, u"nobody", u""), nonce, blob), blob});
    EXPECT_EQ(outcome(server.accept(test::type3(parts))), "denied");
}

TEST_F(NtlmAcceptorTest, DetailsTellTheOperatorButNotThePassword) {
    const auto detail = [](const NtlmStep& step) { return std::get<NtlmRejected>(step).detail; };
    EXPECT_THAT(detail(log_in({.user = "gone"})), HasSubstr("disabled"));
    EXPECT_THAT(detail(log_in({.user = "stuck"})), HasSubstr("locked"));
    EXPECT_THAT(detail(log_in({.user = "gone", .password = "bad.pw"})), Not(HasSubstr("disabled")));
    EXPECT_THAT(detail(log_in({.user = "x\ny", .password = "bad.pw"})), Not(HasSubstr("\n")));
    EXPECT_THAT(detail(log_in({.user = "ciscora", .password = "bad.pw"})), Not(HasSubstr("bad.pw")));
}

TEST_F(NtlmAcceptorTest, NtlmV1BehindASwitch) {
    const ClientOptions v1{.flags = 0x0000b207, .version = Version::v1};
    const ClientOptions session{.flags = 0x00088207, .version = Version::v1_session};
    EXPECT_EQ(outcome(log_in(v1)), "denied");
    EXPECT_EQ(outcome(log_in(session)), "denied");
    options_.allow_v1 = true;
    EXPECT_EQ(outcome(log_in(v1)), "accepted ciscora");
    EXPECT_EQ(outcome(log_in(session)), "accepted ciscora");
    EXPECT_EQ(outcome(log_in({.password = "x", .flags = 0x0000b207, .version = Version::v1})), "denied");
    EXPECT_EQ(outcome(log_in({.password = "x", .version = Version::v1_session})), "denied");
    EXPECT_EQ(outcome(log_in()), "accepted ciscora");  // v2 still works
}

TEST_F(NtlmAcceptorTest, EmptyResponseIsNoLogIn) {
    options_.allow_v1 = true;
    NtlmAcceptor server = acceptor();
    for (const std::size_t size : {0U, 1U, 23U}) {
        ASSERT_FALSE(challenge(server, test::type1()).empty());
        test::Parts parts;
        parts.user = le_bytes(u"ciscora");
        parts.nt = Bytes(size, 0);
        EXPECT_EQ(outcome(server.accept(test::type3(parts))), "denied") << size;
    }
    for (const std::size_t size : {25U, 43U}) {
        ASSERT_FALSE(challenge(server, test::type1()).empty());
        test::Parts parts;
        parts.user = le_bytes(u"ciscora");
        parts.nt = Bytes(size, 0);
        EXPECT_EQ(outcome(server.accept(test::type3(parts))), "invalid") << size;
    }
}

TEST_F(NtlmAcceptorTest, WrongMicIsRefused) {
    NtlmAcceptor server = acceptor();
    const Bytes one = test::type1();
    const ClientOptions client{.mic = true};
    for (std::size_t i = 72; i < 88; ++i) {
        const Bytes two = challenge(server, one);
        Bytes three = test::answer(one, two, client);
        three[i] ^= 1;
        EXPECT_EQ(outcome(server.accept(three)), "invalid") << i;
    }
    // A Type 1 changed on the way (downgrade) shows in the MIC as well.
    const Bytes two = challenge(server, test::type1(0x00008207));
    EXPECT_EQ(outcome(server.accept(test::answer(one, two, client))), "invalid");
}

TEST_F(NtlmAcceptorTest, MicWithoutRoomIsRefused) {
    NtlmAcceptor server = acceptor();
    const Bytes two = challenge(server, test::type1());
    NtlmChallenge8 nonce{};
    std::copy_n(two.begin() + 24, 8, nonce.begin());
    const Bytes blob = test::client_blob(two, {.mic = true});
    test::Parts parts;
    parts.user = le_bytes(u"ciscora");
    parts.nt = test::concatenated({nt_proof(ntowf_v2(nt_hash(u"Secret.1"), u"ciscora", u""), nonce, blob), blob});
    EXPECT_EQ(outcome(server.accept(test::type3(parts))), "invalid");
}

TEST_F(NtlmAcceptorTest, EveryTruncationOfAGoodType3) {
    NtlmAcceptor server = acceptor();
    const Bytes one = test::type1();
    const std::size_t size = test::answer(one, challenge(server, one), {.mic = true}).size();
    for (std::size_t cut = 0; cut < size; ++cut) {
        const Bytes two = challenge(server, one);
        const Bytes three = test::answer(one, two, {.mic = true});
        ASSERT_EQ(three.size(), size);
        EXPECT_EQ(outcome(server.accept(ByteView(three).first(cut))), "invalid") << cut;
    }
    const Bytes two = challenge(server, one);
    EXPECT_EQ(outcome(server.accept(test::answer(one, two, {.mic = true}))), "accepted ciscora");
}

TEST_F(NtlmAcceptorTest, EveryChangedByteOfTheProofAndBlob) {
    NtlmAcceptor server = acceptor();
    const Bytes one = test::type1();
    const Bytes first = test::answer(one, challenge(server, one));
    const std::size_t begin = test::get_number(first, 24, 4);
    for (std::size_t i = begin; i < begin + test::get_number(first, 20, 2); ++i) {
        Bytes three = test::answer(one, challenge(server, one));
        three[i] ^= 0x01;
        EXPECT_THAT(outcome(server.accept(three)), Not(HasSubstr("accepted"))) << i;
    }
}

TEST_F(NtlmAcceptorTest, Type3BelongsToItsConnectionAndIsUsedOnce) {
    const Bytes one = test::type1();
    NtlmAcceptor a = acceptor();
    NtlmAcceptor b = acceptor();
    const Bytes three = test::answer(one, challenge(a, one));
    EXPECT_EQ(outcome(b.accept(three)), "invalid");  // no context at all
    ASSERT_FALSE(challenge(b, one).empty());
    EXPECT_EQ(outcome(b.accept(three)), "denied");  // another challenge
    EXPECT_EQ(outcome(a.accept(three)), "accepted ciscora");
    EXPECT_EQ(outcome(a.accept(three)), "invalid");  // replay
    ASSERT_FALSE(challenge(a, one).empty());
    a.reset();
    EXPECT_EQ(outcome(a.accept(three)), "invalid");
}

TEST_F(NtlmAcceptorTest, FailedType3SpendsTheChallenge) {
    NtlmAcceptor server = acceptor();
    const Bytes one = test::type1();
    const Bytes two = challenge(server, one);
    EXPECT_EQ(outcome(server.accept(test::answer(one, two, {.password = "x"}))), "denied");
    EXPECT_EQ(outcome(server.accept(test::answer(one, two))), "invalid");
}

TEST_F(NtlmAcceptorTest, ForeignTokens) {
    NtlmAcceptor server = acceptor();
    EXPECT_EQ(outcome(server.accept(Bytes{})), "invalid");
    EXPECT_EQ(outcome(server.accept(*from_hex("602806062b0601050502"))), "invalid");  // SPNEGO
    const Bytes two = challenge(server, test::type1());
    EXPECT_EQ(outcome(server.accept(two)), "invalid");
    EXPECT_EQ(outcome(server.accept(test::type1(0, kNtlmMaxToken))), "challenge");
    EXPECT_EQ(outcome(server.accept(test::type1(0, kNtlmMaxToken + 1))), "invalid");
}

}  // namespace
}  // namespace opencapf::ca_sim
