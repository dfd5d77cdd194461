// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/accounts.hpp"
#include "capf/axl/calls.hpp"
#include "capf/axl/fields.hpp"
#include "capf/axl/sql.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/password_hash.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::axl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string envelope(const std::string& content) {
    return "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
           "xmlns:ns=\"http://www.cisco.com/AXL/API/14.0\"><soapenv:Header/><soapenv:Body>" +
           content + "</soapenv:Body></soapenv:Envelope>";
}

TEST(AxlSoap, ReadsTheCallAndItsVersion) {
    const auto call = parse_call(envelope("<ns:getPhone sequence='1'><name> SEP1 </name></ns:getPhone>"));
    ASSERT_TRUE(call) << call.error().message;
    EXPECT_EQ(call->name, "getPhone");
    EXPECT_EQ(call->version, "14.0");
    EXPECT_EQ(text_of(call->operation, "name"), "SEP1");
    EXPECT_EQ(text_of(call->operation, "uuid"), "");
}

TEST(AxlSoap, RefusesWhatIsNoCall) {
    for (const std::string& wrong :
         {std::string(), std::string("x"), std::string("<a/>"), std::string("<a><b></a>"), envelope(""),
          envelope("<ns:getPhone/><ns:getPhone/>"), envelope("text"), envelope("<getPhone/>"),
          envelope("<x:getPhone xmlns:x='http://example.com/'/>"), envelope("<x:getPhone/>"),
          "<!DOCTYPE a [<!ENTITY b \"c\">]>" + envelope("<ns:getPhone><name>&b;</name></ns:getPhone>")}) {
        const auto call = parse_call(wrong);
        ASSERT_FALSE(call) << wrong;
        EXPECT_EQ(call.error().code, Errc::malformed);
    }
}

TEST(AxlSoap, DeepNestingIsNoProblem) {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += "<a>";
    EXPECT_FALSE(parse_call(envelope(deep)));
    std::string closed = deep;
    for (int i = 0; i < 20'000; ++i) closed += "</a>";
    EXPECT_TRUE(parse_call(envelope("<ns:getPhone>" + closed + "</ns:getPhone>")));
}

TEST(AxlSoap, AnswersAreEscaped) {
    const auto text = fault("getPhone", "14.0", 5007, "<&\x01>");
    EXPECT_THAT(text, HasSubstr("<axlcode>5007</axlcode>"));
    EXPECT_THAT(text, HasSubstr("&lt;&amp;\\x01&gt;"));
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(text.c_str()));
}

TEST(AxlSql, QueriesAreWrittenAnew) {
    const auto query = parse_query(
        "select name, lscvaliduntil, pkid from Device WHERE lscvaliduntil > 0 AND name LIKE 'SEP''%' order by name "
        "desc");
    ASSERT_TRUE(query) << query.error().message;
    EXPECT_THAT(query->columns, ElementsAre("name", "lscvaliduntil", "pkid"));
    EXPECT_EQ(query->sql,
              "SELECT name, lscvaliduntil, pkid FROM Device WHERE kind = 0 AND lscvaliduntil > ? AND name like ? "
              "ORDER BY name DESC");
    EXPECT_THAT(query->values, ElementsAre(SqlValue(std::int64_t{0}), SqlValue(std::string("SEP'%"))));
}

TEST(AxlSql, EverythingElseIsASyntaxError) {
    for (const auto* wrong : {"",
                              "select",
                              "select * from device",
                              "select authenticationstring from device",
                              "select name from device;",
                              "select name from device -- x",
                              "select name from enduser",
                              "select name from device where name = name",
                              "select name from device where lscvaliduntil > 'x'",
                              "select name from device where lscvaliduntil > 1 or 1 = 1",
                              "select name from device where name = SEP1",
                              "select name from device union select name from device",
                              "select name from device where name = 'x",
                              "select name from device where lscvaliduntil like 1",
                              "select name from device where name like '%a%b%c%'",
                              "select name from device where lscvaliduntil > 99999999999999999999",
                              "select lsc from device",
                              "delete from device",
                              "drop table device",
                              "select name, from device"}) {
        const auto query = parse_query(wrong);
        ASSERT_FALSE(query) << wrong;
        EXPECT_EQ(code_of(query.error()), -201) << query.error().message;
    }
    std::string many = "select name from device where name = 'a'";
    for (int i = 0; i < 100; ++i) many += " and name = 'a'";
    EXPECT_FALSE(parse_query(many));
}

TEST(AxlSql, UpdatesArmOneDevice) {
    const auto update = parse_update(
        "update device set tkcertificateoperation=2, tkcertificatestatus='2', upgradefinishtime='2027:01:31:18:00' "
        "where pkid='0a'");
    ASSERT_TRUE(update) << update.error().message;
    EXPECT_EQ(update->key_column, "pkid");
    EXPECT_EQ(update->key, "0a");
    const auto changes = read_changes(*update);
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_EQ(changes->operation, Operation::install);
    EXPECT_EQ(changes->finish_by, "2027:01:31:18:00");
}

TEST(AxlSql, UpdatesDoNothingElse) {
    for (const auto* wrong : {"update device set tkcertificateoperation=2", "update device set name='x' where name='y'",
                              "update device set lscvaliduntil=0 where name='y'", "update device set where name='y'",
                              "update device set tkcertificateoperation=2 where tkcertificatestatus=1",
                              "update device set tkcertificateoperation=2 where name='y' and pkid='z'",
                              "update enduser set tkcertificateoperation=2 where name='y'"})
        EXPECT_FALSE(parse_update(wrong)) << wrong;
    for (const auto* lie : {"update device set tkcertificatestatus=3 where name='y'",
                            "update device set tkcertificateoperation=2, tkcertificatestatus=3 where name='y'",
                            "update device set tkcertificateoperation=9 where name='y'",
                            "update device set upgradefinishtime='soon' where name='y'"}) {
        const auto update = parse_update(lie);
        ASSERT_TRUE(update) << lie;
        EXPECT_FALSE(read_changes(*update)) << lie;
    }
}

Result<Changes> changes_of(const std::string& elements) {
    const auto call = parse_call(envelope("<ns:updatePhone><name>SEP1</name>" + elements + "</ns:updatePhone>"));
    return read_changes(call.value().operation);
}

TEST(AxlFields, TextsAndNumbersMeanTheSame) {
    for (const auto* elements :
         {"<certificateOperation>Install/Upgrade</certificateOperation><keyOrder>EC Only</keyOrder>"
          "<authenticationMode>By Null String</authenticationMode><ecKeySize>384</ecKeySize>",
          "<certificateOperation>2</certificateOperation><keyOrder>2</keyOrder>"
          "<authenticationMode>2</authenticationMode><ecKeySize>384</ecKeySize>"}) {
        const auto changes = changes_of(elements);
        ASSERT_TRUE(changes) << changes.error().message;
        EXPECT_EQ(changes->operation, Operation::install);
        EXPECT_EQ(changes->key_order, KeyOrder::ec_only);
        EXPECT_EQ(changes->auth_mode, AuthMode::null_string);
        EXPECT_EQ(changes->ec_bits, 384);
    }
}

TEST(AxlFields, WhatCannotBeChangedIsRefused) {
    for (const auto* wrong :
         {"<description>x</description>", "<certificateOperation>5</certificateOperation>",
          "<certificateStatus>3</certificateStatus>", "<keySize>1000</keySize>",
          "<authenticationString>12</authenticationString>", "<authenticationString>12345678901</authenticationString>",
          "<upgradeFinishTime>tomorrow</upgradeFinishTime>"})
        EXPECT_FALSE(changes_of(wrong)) << wrong;
}

TEST(AxlFields, MergingKeepsWhatWasNotNamed) {
    Device device;
    device.operation = Operation::install;
    device.auth_mode = AuthMode::string;
    device.auth_string = Secret("1234");
    device.rsa_bits = 3072;
    device.finish_by = "2027:01:31:18:00";
    Changes changes;
    changes.key_order = KeyOrder::ec_preferred;
    const auto merged = merge(device, changes, {false, "2028:01:31:18:00"});
    ASSERT_TRUE(merged && *merged);
    EXPECT_EQ((*merged)->operation, Operation::install);
    EXPECT_TRUE((*merged)->auth_string.equals("1234"));
    EXPECT_EQ((*merged)->rsa_bits, 3072);
    EXPECT_EQ((*merged)->key_order, KeyOrder::ec_preferred);
    EXPECT_EQ((*merged)->finish_by, "2027:01:31:18:00");
    changes.operation = Operation::install;
    EXPECT_EQ(merge(device, changes, {false, "2028:01:31:18:00"}).value()->finish_by, "2028:01:31:18:00")
        << "the old deadline is the old operation's";
    changes.operation.reset();
    EXPECT_FALSE(merge(device, {}, {false, "2028:01:31:18:00"}).value());

    device.operation = Operation::none;
    EXPECT_FALSE(merge(device, changes, {false, "2028:01:31:18:00"})) << "fields without an operation";
    device.auth_string = Secret();
    changes.operation = Operation::install;
    EXPECT_FALSE(merge(device, changes, {false, "2028:01:31:18:00"})) << "by string, without one";
    changes.auth_mode = AuthMode::null_string;
    EXPECT_TRUE(merge(device, changes, {false, "2028:01:31:18:00"}));
    changes.rsa_bits = 512;
    EXPECT_FALSE(merge(device, changes, {false, "2028:01:31:18:00"}));
    EXPECT_TRUE(merge(device, changes, {true, ""}));
    changes.auth_string = Secret("1234");
    EXPECT_FALSE(merge(device, changes, {true, ""})) << "a string by null string";
}

TEST(AxlAccounts, CheckUserAndPassword) {
    const auto accounts = Accounts::from_text("# scripts\n\nalice:" + hash_password(Secret("sesame")) + "\r\n", "test");
    EXPECT_TRUE(accounts.check("alice", Secret("sesame")));
    EXPECT_FALSE(accounts.check("alice", Secret("Sesame")));
    EXPECT_FALSE(accounts.check("bob", Secret("sesame")));
    for (const auto* wrong : {"alice", ":scrypt$1", "alice:secret", "alice:scrypt$30$8$1$aaaaaaaaaaaaaaaa$bb"})
        EXPECT_THROW(Accounts::from_text(wrong, "test"), std::runtime_error) << wrong;
}

TEST(AxlAccounts, BasicCredentials) {
    const auto header = "basic " + to_base64(as_bytes("alice:a:b"));
    const auto given = parse_basic(header);
    ASSERT_TRUE(given);
    EXPECT_EQ(given->user, "alice");
    EXPECT_TRUE(given->password.equals("a:b"));
    for (const auto* wrong : {"", "Basic", "Basic !!", "Bearer YTpi", "Basic YWxpY2U="})
        EXPECT_FALSE(parse_basic(wrong)) << wrong;
}

}  // namespace
}  // namespace opencapf::capf::axl
