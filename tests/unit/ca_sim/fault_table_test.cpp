// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_table.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace opencapf::ca_sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FaultSpec spec(FaultKind kind, std::string url = "*", std::uint32_t count = 0, FaultPhase phase = FaultPhase::any) {
    FaultSpec made;
    made.kind = kind;
    made.url = std::move(url);
    made.count = count;
    made.phase = phase;
    return made;
}

PreparedFault prepared(FaultSpec made) { return {std::move(made), std::nullopt}; }

std::vector<FaultKind> kinds(const MetFaults& met) {
    std::vector<FaultKind> list;
    for (const auto& one : met.list()) list.push_back(one.spec.kind);
    return list;
}

bool matches(std::string_view pattern, std::string_view path, std::string_view query = {}) {
    return UrlPattern::parse(pattern).value().matches(normal_url_path(path), query);
}

TEST(UrlPattern, IsAPageAPathOrEverything) {
    EXPECT_TRUE(matches("*", "/CertEnroll/x.crt"));
    EXPECT_TRUE(matches("certfnsh.asp", "/CertSrv/CertFnsh.asp"));
    EXPECT_TRUE(matches("CERTFNSH.asp", "/certsrv/%63ertfnsh.asp"));
    EXPECT_FALSE(matches("certfnsh.asp", "/certfnsh.asp"));
    EXPECT_TRUE(matches("/certsrv", "/certsrv"));
    EXPECT_FALSE(matches("/certsrv", "/certsrv/"));
    EXPECT_TRUE(matches("/certsrv/*", "/certsrv/certrqxt.asp"));
    EXPECT_TRUE(matches("certnew.*", "/certsrv/certnew.p7b"));
    EXPECT_FALSE(matches("certnew.*", "/certsrv/certfnsh.asp"));
}

TEST(UrlPattern, ConditionsAreOnTheQuery) {
    EXPECT_TRUE(matches("certnew.p7b?ReqID=CACert", "/certsrv/certnew.p7b", "Renewal=0&reqid=cacert&Enc=bin"));
    EXPECT_FALSE(matches("certnew.p7b?ReqID=CACert", "/certsrv/certnew.p7b", "ReqID=12&Enc=bin"));
    EXPECT_FALSE(matches("certnew.p7b?ReqID=CACert&Enc=b64", "/certsrv/certnew.p7b", "ReqID=CACert"));
}

TEST(UrlPattern, RefusesWhatCannotMatch) {
    for (const std::string& bad :
         {std::string(), std::string("a b"), std::string("a\nb"), std::string("*.asp"), std::string(257, 'a')})
        EXPECT_FALSE(UrlPattern::parse(bad)) << bad;
}

TEST(Fault, NamesAndPhasesComeBack) {
    for (std::size_t i = 0; i < ca_faults::kNames.size(); ++i) {
        const auto kind = static_cast<FaultKind>(i);
        EXPECT_EQ(fault_kind_from(to_string(kind)), kind);
        EXPECT_EQ(phases_of(kind).front(), FaultPhase::any);
        // Every fault can show in some phase without naming one.
        EXPECT_TRUE(fits(kind, FaultPhase::any, FaultPhase::connect) ||
                    fits(kind, FaultPhase::any, FaultPhase::request));
    }
    EXPECT_FALSE(fault_kind_from("fire"));
    EXPECT_FALSE(fault_phase_from("later"));
}

TEST(Fault, OneThatCouldNeverShowIsRefused) {
    const auto problem = [](FaultSpec made) {
        const auto good = check_fault(made);
        return good ? std::string() : good.error().message;
    };
    EXPECT_THAT(problem(spec(FaultKind::pending, "certnew.cer")), HasSubstr("pending means nothing for certnew.cer"));
    EXPECT_THAT(problem(spec(FaultKind::wrong_key, "certnew.p7b")), HasSubstr("means nothing"));
    EXPECT_THAT(problem(spec(FaultKind::tls_expired, "certnew.p7b")), HasSubstr("has none yet"));
    EXPECT_THAT(problem(spec(FaultKind::delay, "certnew.p7b", 0, FaultPhase::connect)), HasSubstr("has none yet"));
    EXPECT_THAT(problem(spec(FaultKind::tls_expired, "*", 0, FaultPhase::login)), HasSubstr("phase any, connect only"));
    EXPECT_THAT(problem(spec(FaultKind::pending, "*", 0, FaultPhase::login)), HasSubstr("phase any, request only"));
    EXPECT_EQ(problem(spec(FaultKind::pending, "certfnsh.asp")), "");
    EXPECT_EQ(problem(spec(FaultKind::truncated_pkcs7, "certnew.p7b?ReqID=CACert", 3)), "");
}

TEST(FaultTable, CountsDownAndTells) {
    FaultTable table;
    ASSERT_TRUE(table.add(prepared(spec(FaultKind::server_error, "certfnsh.asp", 2))));
    EXPECT_THAT(kinds(table.take(FaultPhase::request, "/certsrv/certrqxt.asp", "")), IsEmpty());
    EXPECT_THAT(kinds(table.take(FaultPhase::login, "/certsrv/certfnsh.asp", "")), IsEmpty());
    EXPECT_EQ(table.take(FaultPhase::request, "/certsrv/certfnsh.asp", "").list().front().left, 1U);
    EXPECT_EQ(table.take(FaultPhase::request, "/certsrv/certfnsh.asp", "").list().front().left, 0U);
    EXPECT_THAT(kinds(table.take(FaultPhase::request, "/certsrv/certfnsh.asp", "")), IsEmpty());
    const auto entries = table.list();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].applied, 2U);
    EXPECT_EQ(entries[0].left(), 0U);
}

TEST(FaultTable, WithoutACountAFaultStaysUntilCleared) {
    FaultTable table;
    const auto id = table.add(prepared(spec(FaultKind::denied))).value().id;
    for (int i = 0; i < 100; ++i)
        EXPECT_THAT(kinds(table.take(FaultPhase::request, "/certsrv/certfnsh.asp", "")),
                    ElementsAre(FaultKind::denied));
    EXPECT_EQ(table.list().front().left(), std::nullopt);
    EXPECT_EQ(table.clear(id + 1), 0U);
    EXPECT_EQ(table.clear(id), 1U);
    EXPECT_THAT(kinds(table.take(FaultPhase::request, "/certsrv/certfnsh.asp", "")), IsEmpty());
}

TEST(FaultTable, PhasesKeepFaultsApart) {
    FaultTable table;
    table.add(prepared(spec(FaultKind::delay, "*", 0, FaultPhase::login))).value();
    table.add(prepared(spec(FaultKind::tls_expired))).value();
    EXPECT_THAT(kinds(table.take_connection()), ElementsAre(FaultKind::tls_expired));
    EXPECT_THAT(kinds(table.take(FaultPhase::login, "/certsrv", "")), ElementsAre(FaultKind::delay));
    EXPECT_THAT(kinds(table.take(FaultPhase::request, "/certsrv", "")), IsEmpty());
}

TEST(FaultTable, AnyIsLoginAndRequestButNotTheConnection) {
    FaultTable table;
    table.add(prepared(spec(FaultKind::close))).value();
    EXPECT_THAT(kinds(table.take_connection()), IsEmpty());
    EXPECT_THAT(kinds(table.take(FaultPhase::login, "/certsrv", "")), ElementsAre(FaultKind::close));
    EXPECT_THAT(kinds(table.take(FaultPhase::request, "/certsrv", "")), ElementsAre(FaultKind::close));
}

TEST(FaultTable, TheOlderOfTwoThatExcludeEachOtherIsMet) {
    FaultTable table;
    table.add(prepared(spec(FaultKind::forbidden, "*", 1))).value();
    table.add(prepared(spec(FaultKind::unavailable, "*", 1))).value();
    table.add(prepared(spec(FaultKind::delay, "*", 1))).value();
    table.add(prepared(spec(FaultKind::pending, "*", 1))).value();
    const auto take = [&] { return kinds(table.take(FaultPhase::request, "/certsrv/certfnsh.asp", "")); };
    EXPECT_THAT(take(), ElementsAre(FaultKind::forbidden, FaultKind::delay));
    EXPECT_THAT(take(), ElementsAre(FaultKind::unavailable)) << "a page fault waits until there is a page";
    EXPECT_THAT(take(), ElementsAre(FaultKind::pending));
    EXPECT_THAT(take(), IsEmpty());
}

TEST(FaultTable, SeveralTemplatesCanBeMissing) {
    FaultTable table;
    for (const auto* name : {"A", "B"}) {
        FaultSpec missing = spec(FaultKind::template_missing);
        missing.template_name = name;
        table.add(prepared(missing)).value();
    }
    EXPECT_EQ(table.take(FaultPhase::request, "/certsrv/certrqxt.asp", "").list().size(), 2U);
}

TEST(FaultTable, EachCountIsTakenOnceWhateverTheThreads) {
    FaultTable table;
    constexpr std::uint32_t kCount = 1000;
    table.add(prepared(spec(FaultKind::close, "*", kCount))).value();
    std::atomic<std::uint32_t> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (std::uint32_t n = 0; n < kCount; ++n)
                taken += static_cast<std::uint32_t>(table.take(FaultPhase::request, "/certsrv/", "").list().size());
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(taken, kCount);
    EXPECT_EQ(table.list().front().applied, kCount);
}

TEST(FaultTable, IsBoundedAndSpentOnesMakeRoom) {
    FaultTable table;
    const auto first = table.add(prepared(spec(FaultKind::close, "*", 1))).value().id;
    while (table.list().size() < ca_faults::kMaxFaults) table.add(prepared(spec(FaultKind::delay))).value();
    const auto refused = table.add(prepared(spec(FaultKind::reset)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(kinds(table.take(FaultPhase::request, "/", "")).front(), FaultKind::close);
    ASSERT_TRUE(table.add(prepared(spec(FaultKind::reset))));
    EXPECT_EQ(table.list().size(), ca_faults::kMaxFaults);
    EXPECT_EQ(table.clear(first), 0U) << "the spent one made room";
    EXPECT_EQ(table.clear(FaultKind::delay), ca_faults::kMaxFaults - 1);
    EXPECT_EQ(table.clear(), 1U);
}

TEST(FaultTable, AReloadReplacesTheConfiguredOnesOnly) {
    FaultTable table;
    table.replace_configured({prepared(spec(FaultKind::close)), prepared(spec(FaultKind::denied))});
    table.add(prepared(spec(FaultKind::delay))).value();
    table.replace_configured({prepared(spec(FaultKind::pending))});
    const auto entries = table.list();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].spec.kind, FaultKind::pending);
    EXPECT_TRUE(entries[0].configured);
    EXPECT_EQ(entries[1].spec.kind, FaultKind::delay);
    EXPECT_FALSE(entries[1].configured);
    table.replace_configured({});
    EXPECT_EQ(table.list().size(), 1U);
}

}  // namespace
}  // namespace opencapf::ca_sim
