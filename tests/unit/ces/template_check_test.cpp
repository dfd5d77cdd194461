// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/template_check.hpp"

#include "ces/upstream/issued_record.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kAccount = "LAB\\ciscora";

std::string option(const std::string& subject, const std::string& name, const std::string& enrolment,
                   const std::string& name_flags, const std::string& signatures) {
    return "<Option Value=\"" + subject + ";" + name + ";1;0;" + enrolment + ";0;" + name_flags + ";" + signatures +
           ";CSP;1.2.3;100;1;3;" + name + "\">" + name + "\n";
}

Check judged(const std::string& options, bool agent_signs = false) {
    const auto list = parse_template_list("<Select Name=lbCertTemplate ID=lbCertTemplateID>" + options + "</Select>");
    return judge_template(list, {"CiscoRA", {""}}, kAccount, agent_signs);
}

TEST(TemplateCheck, ATemplateForPhonesIsGood) {
    const auto check = judged(option("O", "CiscoRA", "0", "1", "0"));
    EXPECT_EQ(CheckState::good, check.state) << check.found;
    EXPECT_EQ("template CiscoRA", check.what);
    EXPECT_THAT(check.found, HasSubstr("offered to LAB\\ciscora; subject from the request, 0 authorised signatures"));
}

TEST(TemplateCheck, WhatIsOfferedInsteadIsNamedAndBounded) {
    const auto check = judged(option("E", "User", "0", "0", "0") + option("O", "Cisco\x1bRA", "0", "1", "0"));
    EXPECT_EQ(CheckState::bad, check.state);
    EXPECT_THAT(check.found, HasSubstr("'CiscoRA' is not among the 2 templates that the request page offers to "
                                       "LAB\\ciscora (User, Cisco\\x1bRA)"));
    std::string many;
    for (int i = 0; i < 3000; ++i) many += option("O", "T" + std::to_string(i), "0", "1", "0");
    const auto long_list = judged(many).found;
    EXPECT_THAT(long_list, HasSubstr("and 2988 more"));
    EXPECT_LT(long_list.size(), 600U);
}

TEST(TemplateCheck, APageWithoutTemplatesIsToldFromAMisspelledName) {
    EXPECT_THAT(judged("").found, StartsWith("the request page offers no template at all"));
}

TEST(TemplateCheck, ASubjectFromTheDirectoryIsBadAndSaysFromWhere) {
    // 0x80000000 is negative where a page writes 32 bits as VBScript does.
    const auto check = judged(option("E", "CiscoRA", "0", "-1073741824", "0"));
    EXPECT_EQ(CheckState::bad, check.state);
    EXPECT_THAT(check.found, HasSubstr("from Active Directory (directory path, common name)"));
}

TEST(TemplateCheck, SignaturesThatNobodyGivesAreBad) {
    const auto one = option("O", "CiscoRA", "0", "1", "1");
    EXPECT_THAT(judged(one).found, HasSubstr("it wants 1 authorised signatures, and cesd gives none without 'cmc'"));
    EXPECT_EQ(CheckState::good, judged(one, true).state);
    EXPECT_EQ(CheckState::bad, judged(option("O", "CiscoRA", "0", "1", "2"), true).state);
}

TEST(TemplateCheck, ApprovalByAManagerIsBad) {
    EXPECT_THAT(judged(option("O", "CiscoRA", "2", "1", "0")).found, HasSubstr("CA manager's approval"));
}

TEST(TemplateCheck, AnotherLetterCaseWorksAndIsTold) {
    const auto check = judged(option("O", "ciscora", "0", "1", "0"));
    EXPECT_EQ(CheckState::good, check.state);
    EXPECT_THAT(check.found, HasSubstr("'ciscora': correct the letter case"));
}

x509::Certificate issued(const std::string& key_usage) {
    static const auto root = test::make_root("CA");
    test::CertificateSpec spec;
    spec.common_name = "SEP001122334455";
    spec.key_usage = key_usage;
    spec.extended_key_usage = "clientAuth";
    return test::issue(spec, root).certificate;
}

constexpr WallTime kThen{std::chrono::seconds(1'800'000'000)};

TEST(IssuedRecord, TheLastOneOfEachTemplateCounts) {
    IssuedRecord record;
    EXPECT_FALSE(record.last("ca", "CiscoRA"));
    const auto first = issued("digitalSignature"), second = issued("digitalSignature,keyEncipherment");
    record.note("ca", "CiscoRA", first, kThen);
    record.note("ca", "CiscoRA", second, kThen);
    record.note("ca", "Other", first, kThen);
    EXPECT_EQ(second.serial_hex(), record.last("ca", "CiscoRA")->serial);
    EXPECT_THAT(record.last("ca", "CiscoRA")->usage.key_usages,
                ::testing::ElementsAre("digitalSignature", "keyEncipherment"));
    EXPECT_FALSE(record.last("standby", "CiscoRA"));
}

TEST(IssuedRecord, ItSurvivesARestart) {
    const test::TempDir dir;
    const auto certificate = issued("keyAgreement"), unrestricted = issued("");
    for (const bool first : {true, false}) {
        storage::Database database(dir.file("state.sqlite"), {IssuedRecord::kMigration});
        IssuedRecord record;
        record.open(&database);
        if (first) {
            record.note("ca", "CiscoRA", certificate, kThen);
            record.note("ca", "Free", unrestricted, kThen);
            continue;
        }
        const auto last = record.last("ca", "CiscoRA");
        ASSERT_TRUE(last);
        EXPECT_EQ(certificate.serial_hex(), last->serial);
        EXPECT_EQ(kThen, last->when);
        EXPECT_EQ(x509::to_text(x509::usage_of(certificate)), x509::to_text(last->usage));
        EXPECT_EQ(x509::KeyType::ec, last->usage.key_type);
        EXPECT_FALSE(record.last("ca", "Free")->usage.restricted);
    }
}

}  // namespace
}  // namespace opencapf::ces
