// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/template.hpp"

#include "ca_sim/hresult.hpp"
#include "opencapf/base/text.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

TEST(Template, OptionValueHasFourteenFields) {
    Template entry;
    entry.name = "CiscoRA";
    entry.display_name = "Shown";
    entry.oid = "1.2.3";
    entry.minor_version = 7;
    entry.manager_approval = true;
    const auto fields = split(option_value(entry), ';');
    ASSERT_EQ(fields.size(), 14U);
    EXPECT_EQ(fields[0], "O");
    EXPECT_EQ(fields[1], "CiscoRA");
    EXPECT_EQ(fields[4], "2");
    EXPECT_EQ(fields[6], "1");
    EXPECT_EQ(fields[7], "0");
    EXPECT_EQ(fields[9], "1.2.3");
    EXPECT_EQ(fields[10], "100");
    EXPECT_EQ(fields[11], "1");
    EXPECT_EQ(fields[12], "7");
    EXPECT_EQ(fields[13], "Shown");
    entry.subject_from_request = false;
    entry.schema = 1;
    const auto old = split(option_value(entry), ';');
    EXPECT_EQ(old[0], "E");
    EXPECT_EQ(old[11], "0");
}

TEST(Template, LookupsIgnoreCase) {
    std::vector<Template> templates(2);
    templates[0].name = "CiscoRA2";
    templates[1].name = "CiscoRA";
    templates[1].oid = "1.2.3";
    templates[1].enroll = {"ciscora"};
    EXPECT_EQ(find_template(templates, "ciscora"), &templates[1]);
    EXPECT_EQ(find_template(templates, "Cisco"), nullptr);
    EXPECT_EQ(find_template_by_oid(templates, "1.2.3"), &templates[1]);
    EXPECT_TRUE(may_enroll(templates[1], "CiscoRA"));
    EXPECT_FALSE(may_enroll(templates[0], "ciscora"));
}

TEST(Template, OidsAndUsages) {
    EXPECT_TRUE(is_dotted_oid("1.3.6.1.4.1.311.21.8.4210739"));
    for (const char* bad : {"", "1", "1.", ".1", "3.1", "1..2", "1.02", "1.a", "10.1"})
        EXPECT_FALSE(is_dotted_oid(bad)) << bad;
    EXPECT_EQ(eku_oid("serverauth"), "1.3.6.1.5.5.7.3.1");
    EXPECT_EQ(eku_oid("1.2.3"), "1.2.3");
    EXPECT_FALSE(eku_oid("nonsense"));
    EXPECT_EQ(key_usage_bit("keyEncipherment"), 2);
    EXPECT_FALSE(key_usage_bit("everything"));
}

TEST(Hresult, LinesAreThoseOfTheProduct) {
    EXPECT_EQ(hresult_line(hresult::kSuccess), "The operation completed successfully. 0x0 (WIN32: 0)");
    EXPECT_EQ(hresult_line(hresult::kPropertyEmpty),
              "The requested property value is empty. 0x80094004 (-2146877436 CERTSRV_E_PROPERTY_EMPTY)");
    EXPECT_EQ(hresult_line(hresult::kBadTag), "ASN1 bad tag value met. 0x8009310b (ASN: 267 CRYPT_E_ASN1_BADTAG)");
    EXPECT_EQ(hresult_line(hresult::kUnsupportedTemplate).find("(-2146875392 CERTSRV_E_UNSUPPORTED_CERT_TYPE)") !=
                  std::string::npos,
              true);
    EXPECT_EQ(hresult_line(0x80001234), "Unspecified error. 0x80001234 (-2147478988)");
}

}  // namespace
}  // namespace opencapf::ca_sim
