// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/certsrv_page.hpp"

#include "opencapf/base/text.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kPlainIssued =
    "<HTML><Head><Title>Microsoft Active Directory Certificate Services</Title></Head><Body>\r\n"
    "<P ID=locPageTitle> <Font Face=\"Arial\" Size=-1><B> Certificate Issued </B></Font>\r\n"
    "<P ID=locInfo>The certificate you requested was issued to you.</P>\r\n"
    "<A Href=\"certnew.cer?ReqID=10&amp;Enc=bin\">Download certificate</A>\r\n"
    "<A Href=\"certnew.p7b?ReqID=10&amp;Enc=bin\">Download chain</A></Body></HTML>";

const std::string kScriptIssued =
    "<Script Language=\"JavaScript\">\r\nfunction handleGetCert() {\r\n"
    "location=\"certnew.cer?ReqID=4711&\"+getEncoding();\r\n}\r\n</Script>";

const std::string kPending =
    "<P ID=locPageTitle><B>Certificate Pending</B>\r\n<P ID=locInfoNewReq>Your certificate request has been received."
    "\r\n<P ID=locInfoReqID>\r\nYour Request Id is 23.\r\n<P ID=locInstructions>Come back in 10 days.";

const std::string kDenied =
    "<P ID=locPageTitle><B>Certificate Request Denied</B>\r\n<P ID=locDenied>Your certificate request was denied.\r\n"
    "<P>Your Request Id is 24.  The disposition message is \"Denied by Policy Module  0x80094800, The request was for "
    "a certificate template that is not supported by the Active Directory Certificate Services policy: "
    "Cisco&quot;RA.\".<P ID=locContactAdmin>";

std::string error_page(const std::string& disposition, const std::string& message, const std::string& status) {
    return "<P ID=locPageTitle><B>Error</B><P>Your request failed.<DL>"
           "<DT><LocID ID=locDispLabel><B>Disposition:</B></LocID></DT><DD>\r\n\t\t" +
           disposition +
           "\r\n"
           "<DT><LocID ID=locDispMsgLabel><B>Disposition message:</B></LocID><DD>\r\n\t\t" +
           message +
           "\r\n"
           "<DT><LocID ID=locLastStatLabel><B>LastStatus:</B></LocID><DD>\r\n\t\t" +
           status + "\r\n</DL>";
}

TEST(OutcomePageTest, IssuedInBothStyles) {
    const auto plain = parse_outcome_page(kPlainIssued);
    EXPECT_EQ(plain.disposition, Disposition::issued);
    EXPECT_EQ(plain.request_id, 10U);
    const auto script = parse_outcome_page(kScriptIssued);
    EXPECT_EQ(script.disposition, Disposition::issued);
    EXPECT_EQ(script.request_id, 4711U);
}

TEST(OutcomePageTest, LinkToTheCaCertificateIsNotOurs) {
    const auto outcome = parse_outcome_page("<a href=\"certnew.cer?ReqID=CACert&amp;Enc=bin\">" + kPlainIssued);
    EXPECT_EQ(outcome.request_id, 10U);
}

TEST(OutcomePageTest, IdIsDigitsOnlyAndBounded) {
    for (const char* page :
         {"certnew.cer?ReqID=&", "certnew.cer?ReqID=1x&", "certnew.cer?ReqID=12345678901&", "certnew.cer?ReqID=0&",
          "certnew.cer?ReqID=-1&", "certnew.cer?ReqID=7", "certnew.cer?ReqID=7\"", "certnew.cer?ReqID=../../x&"})
        EXPECT_EQ(parse_outcome_page(page).disposition, Disposition::unrecognized) << page;
    EXPECT_EQ(parse_outcome_page("CERTNEW.CER?REQID=9999999999&").request_id, 9999999999U);
}

TEST(OutcomePageTest, Pending) {
    const auto outcome = parse_outcome_page(kPending);
    EXPECT_EQ(outcome.disposition, Disposition::pending);
    EXPECT_EQ(outcome.request_id, 23U);
}

TEST(OutcomePageTest, PendingInAnotherLanguageById) {
    const auto outcome =
        parse_outcome_page("<P ID=locPageTitle>Zertifikat ausstehend<P ID=\"locInfoReqID\">Die Kennung ist <b>77</b>.");
    EXPECT_EQ(outcome.disposition, Disposition::pending);
    EXPECT_EQ(outcome.request_id, 77U);
}

TEST(OutcomePageTest, DeniedWithMessageAndCode) {
    const auto outcome = parse_outcome_page(kDenied);
    EXPECT_EQ(outcome.disposition, Disposition::denied);
    EXPECT_EQ(outcome.request_id, 24U);
    EXPECT_EQ(outcome.hresult, "0x80094800");
    EXPECT_THAT(outcome.message, HasSubstr("Denied by Policy Module 0x80094800, The request was"));
    EXPECT_THAT(outcome.message, testing::EndsWith("policy: Cisco\"RA."));
}

TEST(OutcomePageTest, DeniedInAnotherLanguageById) {
    const auto outcome = parse_outcome_page("<P ID=locDenied>Abgelehnt.<P>Meldung: \"Verweigert 0x80094012\".");
    EXPECT_EQ(outcome.disposition, Disposition::denied);
    EXPECT_EQ(outcome.hresult, "0x80094012");
}

TEST(OutcomePageTest, ErrorPagesByDispositionNumber) {
    const auto pending =
        parse_outcome_page(error_page("5<LocID ID=locDispSpacer> - </LocID>Pending", "Taken Under Submission",
                                      "The operation completed successfully. 0x0 (WIN32: 0)"));
    EXPECT_EQ(pending.disposition, Disposition::pending);
    const auto denied = parse_outcome_page(error_page("2", "Denied by LAB\\admin", "Denied. 0x80094014 (-2146877420)"));
    EXPECT_EQ(denied.disposition, Disposition::denied);
    EXPECT_EQ(denied.message, "Denied by LAB\\admin");
    EXPECT_EQ(denied.hresult, "0x80094014");
    const auto failed = parse_outcome_page(
        error_page("(never set)", "(none)",
                   "The requested property value is empty. 0x80094004 (-2146877436 CERTSRV_E_PROPERTY_EMPTY)"));
    EXPECT_EQ(failed.disposition, Disposition::failed);
    EXPECT_EQ(failed.hresult, "0x80094004");
    EXPECT_THAT(failed.message, HasSubstr("property value is empty"));
}

TEST(OutcomePageTest, HostilePagesGiveBoundedPrintableText) {
    const auto unknown = parse_outcome_page("<p>evil\x1b[2J\r\n" + std::string(100'000, 'A') + "</p>");
    EXPECT_EQ(unknown.disposition, Disposition::unrecognized);
    EXPECT_LT(unknown.message.size(), 200U);
    EXPECT_EQ(unknown.message.find('\x1b'), std::string::npos);
    const auto denied =
        parse_outcome_page("<P ID=locDenied>The disposition message is \"a&#10;b" + std::string(10'000, 'B') + "\".");
    EXPECT_EQ(denied.disposition, Disposition::denied);
    EXPECT_LT(denied.message.size(), 500U);
    EXPECT_EQ(denied.message.find('\n'), std::string::npos);
    EXPECT_EQ(parse_outcome_page("").disposition, Disposition::unrecognized);
    EXPECT_EQ(parse_outcome_page("<P ID=locInfoReqID>").request_id, 0U);
}

const std::string kRequestPage =
    "<Form Name=UIForm><Select Name=other><Option Value=\"E;Wrong;1\">x</Select>"
    "<Select Name=lbCertTemplate ID=lbCertTemplateID>\r\n"
    "<Option Value=\"E;User;1;1;41;16842752;-1509949440;0;CSP;1.3.6.1.4.1.311.1;3;0;0;User\">User</Option>\r\n"
    "<Option Value=\"O;CiscoRA;1;3;0;16842752;1;0;Microsoft RSA SChannel;1.3.6.1;100;1;2;CiscoRA\">CiscoRA\r\n"
    "<Option Value=\"O;Cisco&amp;RA2;1;1;0;0;0;1;;;;;;\">two</Option>"
    "<Option Value=\"broken\">three</Option></Select><Option Value=\"O;Outside;\">";

TEST(TemplateListTest, ReadsTheSelectOnly) {
    const auto options = parse_template_list(kRequestPage);
    ASSERT_EQ(options.size(), 3U);
    EXPECT_EQ(options[0].name, "User");
    EXPECT_FALSE(options[0].subject_supplied);
    EXPECT_EQ(options[1].name, "CiscoRA");
    EXPECT_TRUE(options[1].subject_supplied);
    EXPECT_EQ(options[1].ra_signatures, 0);
    EXPECT_EQ(options[2].name, "Cisco&RA2");
    EXPECT_EQ(options[2].ra_signatures, 1);
    EXPECT_TRUE(parse_template_list("<html>no select").empty());
}

TEST(TemplateListTest, SearchNeedsTheWholeName) {
    const auto options = parse_template_list(kRequestPage);
    EXPECT_EQ(find_template(options, "CiscoRA").match, TemplateMatch::exact);
    const auto other = find_template(options, "ciscora");
    EXPECT_EQ(other.match, TemplateMatch::other_case);
    EXPECT_EQ(other.option.name, "CiscoRA");
    EXPECT_EQ(find_template(options, "Cisco").match, TemplateMatch::absent);
    EXPECT_EQ(find_template(options, "Wrong").match, TemplateMatch::absent);
}

TEST(SubmitFormTest, FieldsArePercentEncoded) {
    const std::string form = make_submit_form("-----BEGIN X-----\nab+/=\n", "Cisco RA");
    EXPECT_THAT(split(form, '&'), ElementsAre("Mode=newreq", "CertRequest=-----BEGIN%20X-----%0Aab%2B%2F%3D%0A",
                                              "CertAttrib=CertificateTemplate%3ACisco%20RA%0D%0A",
                                              "FriendlyType=Saved-Request%20Certificate", "TargetStoreFlags=0",
                                              "SaveCert=yes", "ThumbPrint="));
}

TEST(CertificateAnswerTest, HtmlIsNoCertificate) {
    EXPECT_FALSE(parse_certificate_answer("<html>"));
    EXPECT_FALSE(parse_certificate_answer("-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n"));
    EXPECT_FALSE(parse_certificate_answer(""));
}

}  // namespace
}  // namespace opencapf::ces
