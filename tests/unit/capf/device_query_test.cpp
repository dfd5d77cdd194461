// SPDX-License-Identifier: Apache-2.0
#include "capf/device_query.hpp"

#include "capf/schema.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kDay = 86'400;
const WallTime kNow = std::chrono::system_clock::from_time_t(1'800'000'000);

class Query : public ::testing::Test {
protected:
    Query() : database_(directory_.file("capfd.sqlite"), migrations()) {
        const auto now = std::to_string(unix_seconds(kNow));
        database_.run_blocking([&](SQLite::Database& db) {
            db.exec(
                "INSERT INTO Device (name, model) VALUES ('SEP1', 'CP-8865'), ('SEP2', 'CP-8865'), ('sep3', 'CP-7900'),"
                " ('CSF_4', 'Jabber'), ('CSFX4', 'Jabber'), ('TCT%5', 'Jabber')");
            db.exec(
                "UPDATE Device SET lsc=x'3001', publickey=x'3001', lscissuername='CN=Lab CA 100%' WHERE name IN "
                "('SEP1', 'SEP2', 'SEP3')");
            db.exec("UPDATE Device SET tkcertificatestatus=3, lscissuervaliduntil=" + now +
                    "+1000*86400, lscvaliduntil=" + now + "+10*86400 WHERE name='SEP1'");
            db.exec("UPDATE Device SET tkcertificatestatus=16, publickey=x'04aa', lscvaliduntil=" + now +
                    "-86400 WHERE name='SEP2'");
            db.exec("UPDATE Device SET lscvaliduntil=0 WHERE name='SEP3'");
            db.exec("INSERT INTO Device (name, model, kind) VALUES ('jtapi.1', '', 1), ('cti.a', '', 2)");
            db.exec(
                "UPDATE Device SET tkcertificateoperation=2, tkcertificatestatus=2, tkauthenticationmode=1, "
                "authenticationstring='1234', tkkeyorder=3 WHERE name='CSF_4'");
        });
    }
    DevicePage page(const std::vector<std::string>& where, const std::string& after = "",
                    std::size_t limit = kMaxPage) {
        const auto query = DeviceQuery::parse(where, kNow);
        if (!query) throw std::runtime_error(query.error().message);
        DevicePage found;
        database_.run_blocking([&](SQLite::Database& db) { found = find_devices(db, *query, after, limit); });
        return found;
    }
    std::vector<std::string> names(const std::vector<std::string>& where) {
        std::vector<std::string> result;
        for (const auto& row : page(where).rows) result.push_back(row.name);
        return result;
    }

    test::TempDir directory_;
    storage::Database database_;
};

TEST_F(Query, WithoutConditionsFindsAllByName) {
    EXPECT_THAT(names({}), ElementsAre("CSF_4", "CSFX4", "SEP1", "SEP2", "sep3", "TCT%5"));
}

struct Expectation {
    std::vector<std::string> where;
    std::vector<std::string> names;
};
void PrintTo(const Expectation& expectation, std::ostream* out) { *out << ::testing::PrintToString(expectation.where); }

class Conditions : public Query, public ::testing::WithParamInterface<Expectation> {};

TEST_P(Conditions, FindWhatTheySay) { EXPECT_EQ(names(GetParam().where), GetParam().names); }

INSTANTIATE_TEST_SUITE_P(
    Operators, Conditions,
    ::testing::Values(
        Expectation{{"name begins sep"}, {"SEP1", "SEP2", "sep3"}}, Expectation{{"name is SEP3"}, {"sep3"}},
        // % and _ are letters like others.
        Expectation{{"name begins CSF_"}, {"CSF_4"}}, Expectation{{"name contains %"}, {"TCT%5"}},
        Expectation{{"name ends 4"}, {"CSF_4", "CSFX4"}}, Expectation{{"name is SEP_"}, {}},
        Expectation{{"name is x' OR '1'='1"}, {}}, Expectation{{"name contains \\"}, {}},
        Expectation{{"model is cp-7900"}, {"sep3"}},
        Expectation{{"lsc-issuer contains lab ca 100%"}, {"SEP1", "SEP2", "sep3"}},
        Expectation{{"lsc-issuer empty"}, {"CSF_4", "CSFX4", "TCT%5"}},
        Expectation{{"lsc-issuer not-empty"}, {"SEP1", "SEP2", "sep3"}},
        Expectation{{"lsc-expires before 30d"}, {"SEP1", "SEP2"}}, Expectation{{"lsc-expires before now"}, {"SEP2"}},
        Expectation{{"lsc-expires after now"}, {"SEP1"}}, Expectation{{"lsc-expires is 10d"}, {"SEP1"}},
        Expectation{{"lsc-expires empty"}, {"CSF_4", "CSFX4", "sep3", "TCT%5"}},
        Expectation{{"lsc-expires not-empty"}, {"SEP1", "SEP2"}}, Expectation{{"lsc-issuer-expires after 143w"}, {}},
        Expectation{{"lsc-issuer-expires after 99w"}, {"SEP1"}},
        Expectation{{"lsc-issuer-expires before 143w"}, {"SEP1"}}, Expectation{{"lsc is valid"}, {"SEP1"}},
        Expectation{{"lsc is expired"}, {"SEP2"}}, Expectation{{"lsc is unknown"}, {"sep3"}},
        Expectation{{"lsc is NA"}, {"CSF_4", "CSFX4", "TCT%5"}},
        Expectation{{"lsc is-not na"}, {"SEP1", "SEP2", "sep3"}}, Expectation{{"status is 16"}, {"SEP2"}},
        Expectation{{"lsc-status is Upgrade Success"}, {"SEP1"}}, Expectation{{"status contains failed"}, {"SEP2"}},
        Expectation{{"status begins operation"}, {"CSF_4"}},
        Expectation{{"status is-not none"}, {"CSF_4", "SEP1", "SEP2"}},
        Expectation{{"status ends ca rejected connection"}, {"SEP2"}}, Expectation{{"operation is install"}, {"CSF_4"}},
        Expectation{{"operation is pending"}, {"CSF_4"}}, Expectation{{"operation is-not none"}, {"CSF_4"}},
        Expectation{{"auth is string"}, {"CSF_4"}}, Expectation{{"auth-string not-empty"}, {"CSF_4"}},
        Expectation{{"key-order is ec-preferred"}, {"CSF_4"}},
        Expectation{{"kind is phone", "name begins CSF"}, {"CSF_4", "CSFX4"}},
        Expectation{{"kind is profile"}, {"cti.a", "jtapi.1"}}, Expectation{{"kind is end-user"}, {"cti.a"}},
        Expectation{{"kind is any", "name contains a"}, {"cti.a", "jtapi.1"}}, Expectation{{"name begins jtapi"}, {}},
        Expectation{{"key-type is ec"}, {"SEP2"}}, Expectation{{"key-type is rsa"}, {"SEP1", "sep3"}},
        Expectation{{"auth-string empty", "model is Jabber"}, {"CSFX4", "TCT%5"}},
        Expectation{{"  NAME   Begins   SEP ", "lsc is valid"}, {"SEP1"}}));

struct Wrong {
    std::string condition;
    std::string message;
};
class WrongConditions : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongConditions, AreRefusedWithWhatIsRight) {
    const auto query = DeviceQuery::parse({GetParam().condition}, kNow);
    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().code, Errc::malformed);
    EXPECT_THAT(query.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, WrongConditions,
    ::testing::Values(Wrong{"", "unknown field ''"}, Wrong{"lsc1 is x", "there are name, model"},
                      Wrong{"name", "an operator is missing"}, Wrong{"name begins", "a value is missing"},
                      Wrong{"name empty x", "takes no value"}, Wrong{"name before x", "begins, contains, ends"},
                      Wrong{"lsc-expires begins 2", "before, is, after"},
                      Wrong{"lsc-expires before soon", "is no date"},
                      Wrong{"lsc-expires before 99999999d", "is no date"},
                      Wrong{"lsc-expires before 2027-02-30", "is no"},
                      Wrong{"lsc-expires before 9999999w", "is no date"}, Wrong{"status is 35", "no status matches"},
                      Wrong{"status before 3", "is, is-not, begins"}, Wrong{"operation is reboot", "troubleshoot"},
                      Wrong{"operation contains x", "is, is-not"}, Wrong{"lsc is lost", "valid, expired, na, unknown"},
                      Wrong{"auth-string is 1234", "empty, not-empty"}, Wrong{std::string("name is a\0b", 11), "NUL"},
                      Wrong{"name is " + std::string(600, 'x'), "512 bytes"}));

TEST(QueryLimits, ConditionsAreBounded) {
    const std::vector<std::string> many(33, "name begins SEP");
    EXPECT_FALSE(DeviceQuery::parse(many, kNow));
}

TEST_F(Query, PagesMeetNoDeviceTwiceAndMissNone) {
    std::vector<std::string> seen;
    std::string after;
    for (int pages = 0; pages < 10; ++pages) {
        const auto found = page({}, after, 4);
        for (const auto& row : found.rows) seen.push_back(row.name);
        after = seen.back();
        if (!found.more) break;
        EXPECT_EQ(found.rows.size(), 4U);
    }
    EXPECT_EQ(seen, names({}));
}

TEST_F(Query, ARowTellsTheStateOfItsLsc) {
    const auto now = unix_seconds(kNow);
    const auto rows = page({}).rows;
    EXPECT_EQ(rows.at(2).lsc_state(now), LscState::valid);
    EXPECT_EQ(rows.at(3).lsc_state(now), LscState::expired);
    EXPECT_EQ(rows.at(4).lsc_state(now), LscState::unknown);
    EXPECT_EQ(rows.at(5).lsc_state(now), LscState::na);
    EXPECT_EQ(rows.at(3).key_type, "ec");
    EXPECT_TRUE(rows.at(0).auth_string_set);
}

TEST_F(Query, WhateverArmsManyRowsPassesProfilesOver) {
    database_.run_blocking([](SQLite::Database& db) {
        const auto armed = [&db](const std::string& sql) { return db.exec(sql + " WHERE kind > 0"); };
        EXPECT_EQ(armed("UPDATE Device SET tkcertificateoperation=2, tkauthenticationmode=2"), 0);
        EXPECT_EQ(armed("UPDATE Device SET tkcertificateoperation=3, tkauthenticationmode=1"), 0);
        EXPECT_EQ(armed("UPDATE Device SET tkcertificateoperation=2, tkauthenticationmode=1"), 2);
        EXPECT_EQ(armed("UPDATE Device SET tkauthenticationmode=2"), 0);
        EXPECT_EQ(armed("UPDATE Device SET tkcertificateoperation=1"), 2);
    });
}

TEST(QueryDates, ADayIsALocalDay) {
    const auto day = parse_date("2027-01-31", kNow);
    ASSERT_TRUE(day);
    EXPECT_EQ(format_local(std::chrono::system_clock::from_time_t(day->from), "%F %T"), "2027-01-31 00:00:00");
    EXPECT_EQ(format_local(std::chrono::system_clock::from_time_t(day->until), "%F %T"), "2027-02-01 00:00:00");
}

TEST(QueryDates, MinutesAndDistances) {
    const auto minute = parse_date("2027-01-31 18:05", kNow);
    ASSERT_TRUE(minute);
    EXPECT_EQ(format_local(std::chrono::system_clock::from_time_t(minute->from), "%F %T"), "2027-01-31 18:05:00");
    EXPECT_EQ(minute->until - minute->from, 60);
    EXPECT_EQ(parse_date("2027:01:31:18:05", kNow)->from, minute->from);
    const auto now = unix_seconds(kNow);
    EXPECT_EQ(parse_date("30d", kNow)->from, now + 30 * kDay);
    EXPECT_EQ(parse_date("-2w", kNow)->from, now - 14 * kDay);
    EXPECT_EQ(parse_date("90m", kNow)->from, now + 5400);
    EXPECT_EQ(parse_date("+6h", kNow)->from, now + 21'600);
    for (const auto* wrong : {"", "d", "-", "3", "3y", "3.5d", "2027-1x-01", "2027-01-31x", "tomorrow"})
        EXPECT_FALSE(parse_date(wrong, kNow)) << wrong;
}

}  // namespace
}  // namespace opencapf::capf
