// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/policy.hpp"

#include "ca_sim/der.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using test::cisco_ra;
using test::phone_request;
using testing::HasSubstr;
using testing::StartsWith;

Verdict run(const std::string& text, std::optional<std::string> name, const std::vector<Template>& templates,
            std::string_view account = "ciscora") {
    PolicyInput input;
    input.request_text = text;
    input.attribute_template = std::move(name);
    input.account = account;
    return decide(input, templates, PolicySettings());
}

TEST(Policy, GoodRequestGoesToSigning) {
    const std::vector<Template> templates{cisco_ra()};
    const Verdict verdict = run(phone_request().pem(), "ciscora", templates, "CiscoRA");
    EXPECT_EQ(verdict.disposition, Disposition::signing);
    EXPECT_EQ(verdict.entry, &templates[0]);
    EXPECT_EQ(verdict.template_name, "CiscoRA") << "the CA's own spelling";
    ASSERT_TRUE(verdict.request);
    EXPECT_EQ(verdict.request->der(), phone_request().der());
}

TEST(Policy, AcceptsTheFormsClientsSend) {
    const std::vector<Template> templates{cisco_ra()};
    const Bytes der = phone_request().der();
    const std::string label = "NEW CERTIFICATE REQUEST";
    for (const std::string& text :
         {to_base64(der),
          "-----BEGIN " + label + "-----\r\n" + to_base64(der, 64, "\r\n") + "-----END " + label + "-----\r\n",
          "-----BEGIN CERTIFICATE REQUEST-----" + to_base64(der) + "-----END CERTIFICATE REQUEST-----"}) {
        EXPECT_EQ(run(text, "CiscoRA", templates).disposition, Disposition::signing) << text.substr(0, 60);
    }
}

TEST(Policy, UndecodableRequest) {
    for (const char* text :
         {"garbage", "AAAA", "-----BEGIN CERTIFICATE REQUEST-----\nMII\n-----END CERTIFICATE REQUEST-----"}) {
        const Verdict verdict = run(text, "CiscoRA", {cisco_ra()});
        EXPECT_EQ(verdict.disposition, Disposition::denied);
        EXPECT_EQ(verdict.code, 0x8009310bU);
        EXPECT_EQ(verdict.message,
                  "Error Parsing Request  ASN1 bad tag value met. 0x8009310b (ASN: 267 CRYPT_E_ASN1_BADTAG)");
        EXPECT_FALSE(verdict.request);
    }
}

TEST(Policy, WrongSignature) {
    Bytes der = phone_request().der();
    der.back() ^= 1U;
    const Verdict verdict = run(to_base64(der), "CiscoRA", {cisco_ra()});
    EXPECT_EQ(verdict.code, 0x80090006U);
    EXPECT_EQ(verdict.disposition, Disposition::denied);
}

TEST(Policy, TemplateMustBeNamedAndPublished) {
    const Verdict unknown = run(phone_request().pem(), "Cisco<RA", {cisco_ra()});
    EXPECT_EQ(unknown.code, 0x80094800U);
    EXPECT_EQ(
        unknown.message,
        "Denied by Policy Module  0x80094800, The request was for a certificate template that is not supported by "
        "the Active Directory Certificate Services policy: Cisco<RA.");
    const Verdict none = run(phone_request().pem(), std::nullopt, {cisco_ra()});
    EXPECT_EQ(none.code, 0x80094801U);
    EXPECT_THAT(none.message, StartsWith("Denied by Policy Module  0x80094801, "));
}

TEST(Policy, EnrollRightComesBeforeKeySize) {
    std::vector<Template> templates{cisco_ra()};
    templates[0].minimum_key_bits = 4096;
    const Verdict denied = run(phone_request().pem(), "CiscoRA", templates, "somebody");
    EXPECT_EQ(denied.code, 0x80094012U);
    EXPECT_THAT(denied.message, HasSubstr("do not allow the current user to enroll"));
    EXPECT_EQ(run(phone_request().pem(), "CiscoRA", templates).code, 0x80094811U);
}

TEST(Policy, ManagerApprovalLeavesThePending) {
    std::vector<Template> templates{cisco_ra()};
    templates[0].manager_approval = true;
    const Verdict verdict = run(phone_request().pem(), "CiscoRA", templates);
    EXPECT_EQ(verdict.disposition, Disposition::pending);
    EXPECT_EQ(verdict.message, "Taken Under Submission");
    EXPECT_TRUE(verdict.request);
}

TEST(Policy, UnsignedRequestNeedsATemplateThatAllowsIt) {
    std::vector<Template> templates{cisco_ra()};
    const Verdict refused = run(test::unsigned_request().pem(), "CiscoRA", templates);
    EXPECT_EQ(refused.code, 0x80090006U);
    EXPECT_THAT(refused.detail, HasSubstr("allow_unsigned_requests"));
    templates[0].allow_unsigned_requests = true;
    EXPECT_EQ(run(test::unsigned_request().pem(), "CiscoRA", templates).disposition, Disposition::signing);
    Bytes changed = test::unsigned_request().der();
    changed.back() ^= 1U;
    EXPECT_EQ(run(to_base64(changed), "CiscoRA", templates).code, 0x80090006U);
}

TEST(Policy, ReadsTemplateFromTheRequest) {
    const std::vector<Template> templates{cisco_ra()};
    const Bytes v2 = der::constructed(der::kSequence, {der::oid(cisco_ra().oid), der::unsigned_integer(100)});
    const auto by_oid = test::request_with_extension(der::kTemplateOid, v2);
    EXPECT_EQ(run(by_oid.pem(), std::nullopt, templates).disposition, Disposition::signing);
    EXPECT_EQ(run(by_oid.pem(), "ciscora", templates).disposition, Disposition::signing);
    const auto by_name = test::request_with_extension(der::kTemplateNameOid, der::bmp_string("CiscoRA"));
    EXPECT_EQ(read_template_naming(by_name).name, "CiscoRA");
    EXPECT_EQ(run(by_name.pem(), std::nullopt, templates).disposition, Disposition::signing);
}

TEST(Policy, DifferentTemplatesConflict) {
    std::vector<Template> templates{cisco_ra(), cisco_ra()};
    templates[1].name = "Other";
    templates[1].oid = "1.2.3";
    const auto request = test::request_with_extension(der::kTemplateNameOid, der::bmp_string("CiscoRA"));
    EXPECT_EQ(run(request.pem(), "Other", templates).code, 0x80094802U);
}

TEST(Policy, EmptySubjectNeedsAName) {
    const auto request = x509::make_request({}, test::phone_key());
    EXPECT_EQ(run(request.pem(), "CiscoRA", {cisco_ra()}).code, 0x80094001U);
}

TEST(Disposition, NamesGoBothWays) {
    for (const Disposition value :
         {Disposition::signing, Disposition::issued, Disposition::pending, Disposition::denied, Disposition::failed}) {
        EXPECT_EQ(disposition_from(to_string(value)), value);
    }
    EXPECT_FALSE(disposition_from("nonsense"));
}

}  // namespace
}  // namespace opencapf::ca_sim
