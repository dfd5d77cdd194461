// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/pages.hpp"

#include <gmock/gmock.h>
#include <regex>

// What each known client looks for (certsrv.md 2.7), as the client itself writes it.
namespace opencapf::ca_sim {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kCa = "LAB-CA";

std::string first_match(const std::string& page, const char* pattern) {
    std::smatch match;
    return std::regex_search(page, match, std::regex(pattern)) ? match[1].str() : std::string("(none)");
}

std::string between(const std::string& page, std::string_view before, std::string_view after) {
    const std::size_t from = page.find(before);
    if (from == std::string::npos) return "(none)";
    const std::size_t start = from + before.size();
    return page.substr(start, page.find(after, start) - start);
}

TEST(BrowserClass, FollowsTheUserAgent) {
    EXPECT_EQ(browser_class("CiscoRA 1.0"), BrowserClass::unknown);
    EXPECT_EQ(browser_class("curl/7.88.1"), BrowserClass::unknown);
    EXPECT_EQ(browser_class(""), BrowserClass::unknown);
    EXPECT_EQ(browser_class("Mozilla/5.0 (X11; Linux) Firefox/115"), BrowserClass::netscape);
    EXPECT_EQ(browser_class("Mozilla/4.0 (compatible; MSIE 7.0)"), BrowserClass::internet_explorer);
    EXPECT_EQ(browser_class("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0)"), BrowserClass::internet_explorer);
}

TEST(IssuedPage, ScriptPageSatisfiesEveryClientWithMozillaAgent) {
    const std::string page = issued_page(kCa, 42, BrowserClass::netscape);
    EXPECT_EQ(first_match(page, R"(certnew.cer\?ReqID=(\d+)&)"), "42");                  // magnuswatn, grindsa
    EXPECT_EQ(first_match(page, R"(certnew.cer\?ReqID\=([0-9]+))"), "42");               // degagne
    EXPECT_EQ(first_match(page, R"re(location="certnew.cer\?ReqID=(.*?)&)re"), "42");    // Impacket
    EXPECT_EQ(first_match(page, R"re(location="([^"]*)")re"), "certnew.cer?ReqID=42&");  // Metasploit takes the first
    EXPECT_EQ(between(page, "function handleGetCert() {\r\n", "\r\n"),
              "location=\"certnew.cer?ReqID=42&\"+getEncoding();");  // shell recipes take the next line
    EXPECT_EQ(between(page, "function handleGetChain() {\r\n", "\r\n"),
              "location=\"certnew.p7b?ReqID=42&\"+getEncoding();");
    EXPECT_THAT(page, HasSubstr("<P ID=locInfo>The certificate you requested was issued to you.</P>"));
    EXPECT_THAT(page, HasSubstr("Certificate Issued"));
    EXPECT_THAT(page, HasSubstr("ID=locDownloadCert3"));
    EXPECT_THAT(page, Not(HasSubstr("CACert")));
}

TEST(IssuedPage, PlainPageSatisfiesUnknownAgents) {
    const std::string page = issued_page(kCa, 7, BrowserClass::unknown);
    EXPECT_EQ(first_match(page, R"(certnew.cer\?ReqID=(\d+)&amp;Enc=b64)"), "7");  // jimmypw/adcs
    EXPECT_EQ(first_match(page, R"(certnew.cer\?ReqID=(\d+)&amp)"), "7");          // VMware SDDC
    // caddy-certsrv: the first link that has "b64" and not "p7b".
    EXPECT_LT(page.find("certnew.cer?ReqID=7&amp;Enc=bin"), page.find("certnew.cer?ReqID=7&amp;Enc=b64"));
    EXPECT_LT(page.find("certnew.cer?ReqID=7&amp;Enc=b64"), page.find("certnew.p7b?ReqID=7&amp;Enc=bin"));
    EXPECT_LT(page.find("certnew.p7b?ReqID=7&amp;Enc=bin"), page.find("certnew.p7b?ReqID=7&amp;Enc=b64"));
    EXPECT_THAT(page, Not(HasSubstr("<Script")));
}

TEST(PendingPage, CarriesTheIdAsClientsReadIt) {
    const std::string page = pending_page(kCa, 9, BrowserClass::internet_explorer, false);
    EXPECT_THAT(page, HasSubstr("Certificate Pending"));
    EXPECT_THAT(page, HasSubstr("<P ID=locInfoNewReq>Your certificate request has been received."));
    EXPECT_THAT(page, HasSubstr("<P ID=locInfoReqID>Your Request Id is 9."));
    EXPECT_EQ(first_match(page, R"(Your Request Id is (\d+).)"), "9");
    EXPECT_EQ(first_match(page, R"(nReqId = (\d+))"), "9");
    EXPECT_THAT(page, Not(HasSubstr("still pending")));
}

TEST(PendingPage, PolledSaysStillPending) {
    const std::string page = pending_page(kCa, 9, BrowserClass::unknown, true);
    EXPECT_THAT(page, HasSubstr("<P ID=locInfoChkPnd>"));
    EXPECT_THAT(page, HasSubstr("still pending"));
    EXPECT_THAT(page, HasSubstr("Action=\"certrmpn.asp\""));
}

TEST(DeniedPage, CarriesTheMessageBetweenStraightQuotes) {
    const std::string page = denied_page(kCa, 3, "Denied by Policy Module  0x80094800, no \"x\" <b>");
    EXPECT_THAT(page, HasSubstr("Certificate Request Denied"));
    EXPECT_THAT(page, HasSubstr("<P ID=locDenied>Your certificate request was denied.</P>"));
    EXPECT_EQ(first_match(page, R"(Your Request Id is (\d+)\.)"), "3");
    EXPECT_EQ(first_match(page, R"re(The disposition message is "([^"]+)")re"),
              "Denied by Policy Module  0x80094800, no &#39;x&#39; &lt;b&gt;");
    EXPECT_EQ(first_match(page, R"(Denied by Policy Module  (0x[0-9a-f]{8}),)"), "0x80094800");  // Certipy
    EXPECT_THAT(page, HasSubstr("locContactAdmin"));
}

TEST(RevokedPage, SaysThatTheCertificateWasIssuedFirst) {
    const std::string page = revoked_page(kCa, 3);
    EXPECT_THAT(page, HasSubstr("<P ID=locIssRev>The certificate you requested was issued, and has been revoked"));
    EXPECT_EQ(first_match(page, R"(Your Request Id is (\d+)\.)"), "3");
    EXPECT_EQ(first_match(page, R"re(The disposition message is "([^"]+)")re"), "Revoked");
    EXPECT_THAT(page, HasSubstr("locContactAdmin"));
    // No client may take it for a certificate, or go on waiting for one.
    for (const char* other : {"ID=locDenied", "certnew", "Certificate Issued", "Certificate Pending"})
        EXPECT_THAT(page, Not(HasSubstr(other)));
}

TEST(ErrorPage, EachValueStandsAloneAfterTwoTabs) {
    ErrorPage details;
    details.mode = kModeFetch;
    details.request_id = 5;
    details.disposition = kDispositionPending;
    details.disposition_message = "Taken Under Submission";
    const std::string page = error_page(kCa, details);
    EXPECT_THAT(page, HasSubstr("Your request failed."));
    EXPECT_THAT(page, HasSubstr("<B>Disposition message:</B>\r\n\t<DD>\r\n\t\tTaken Under Submission\r\n"));
    EXPECT_THAT(page, HasSubstr("\r\n\t\t5<LocID ID=locDispSpacer>-</LocID>"));
    EXPECT_THAT(page, HasSubstr("\r\n\t\tThe operation completed successfully. 0x0 (WIN32: 0)\r\n"));
    for (const char* id : {"locDispLabel", "locDispMsgLabel", "locResultLabel", "locComInfoLabel", "locLastStatLabel",
                           "locSugCauseLabel", "locSugCauseUnknown"}) {
        EXPECT_THAT(page, HasSubstr(id));
    }
}

TEST(ErrorPage, UnknownIdHasNoDisposition) {
    ErrorPage details;
    details.mode = kModeFetch;
    details.last_status = hresult::kPropertyEmpty;
    const std::string page = error_page(kCa, details);
    EXPECT_THAT(page, HasSubstr("\r\n\t\t(never set)\r\n"));
    EXPECT_THAT(page, HasSubstr("\r\n\t\t(none)\r\n"));
    EXPECT_THAT(page,
                HasSubstr("The requested property value is empty. 0x80094004 (-2146877436 CERTSRV_E_PROPERTY_EMPTY)"));
}

TEST(RequestPage, ListsTheTemplatesOfTheUser) {
    Template entry;
    entry.name = "CiscoRA";
    entry.display_name = "Phones & \"more\"";
    entry.oid = "1.2.3.4";
    entry.minor_version = 3;
    const std::string page = request_page(kCa, {&entry});
    EXPECT_THAT(page, HasSubstr("<Select Name=lbCertTemplate ID=lbCertTemplateID>"));
    EXPECT_THAT(page, HasSubstr("Name=SubmittedData Action=\"certfnsh.asp\" Method=Post"));
    EXPECT_THAT(page, HasSubstr("<TextArea ID=locTaRequest Name=taRequest"));
    EXPECT_THAT(page, HasSubstr("<Input Type=Submit ID=btnSubmit Value=\"Submit &gt;\">"));
    const std::string value = first_match(page, R"re(<Option Value="([^"]*)">[^<]*</Option>)re");  // VMware
    EXPECT_EQ(std::count(value.begin(), value.end(), ';'), 13 + 3) << "13 separators and those of three entities";
    EXPECT_EQ(value.rfind("O;CiscoRA;", 0), 0U);
    EXPECT_THAT(value, HasSubstr(";1.2.3.4;100;1;3;Phones &amp; &quot;more&quot;"));
}

TEST(RequestPage, ListsNothingWithoutEnrollRight) {
    const std::string page = request_page(kCa, {});
    EXPECT_THAT(page, HasSubstr("locNoTemplates"));
    EXPECT_THAT(page, Not(HasSubstr("<Option")));
}

TEST(MovedBody, HasTheLengthOfTheProduct) {
    // 163 bytes for this location: the RA logs "Rcvd data len: 163".
    EXPECT_EQ(moved_body("https://lab-dc-iis.michamen.com/certsrv/").size(), 163U);
    EXPECT_EQ(moved_body("https://lab-dc-iis.michamen.com/certsrv/"),
              "<head><title>Document Moved</title></head>\n<body><h1>Object Moved</h1>This document may be found "
              "<a HREF=\"https://lab-dc-iis.michamen.com/certsrv/\">here</a></body>");
}

TEST(HttpErrorPages, SayWhatClientsLookFor) {
    EXPECT_THAT(http_error_body(401),
                HasSubstr("<title>401 - Unauthorized: Access is denied due to invalid credentials."));
    EXPECT_THAT(http_error_body(404), HasSubstr("<title>404"));
    EXPECT_THAT(http_error_body(599), HasSubstr("<title>"));
    EXPECT_EQ(kernel_unauthorized_body().size(), 341U);
}

std::vector<std::string> every_page(std::string_view ca, PageLanguage language = PageLanguage::english) {
    const CaInstance instance{std::string(ca), 0, 3};
    PendingEntry entry;
    entry.request_id = 4;
    entry.friendly_type = "A<B";
    std::vector<std::string> pages{welcome_page(ca),
                                   request_choice_page(ca),
                                   advanced_request_page(ca),
                                   browser_key_page(ca, {}, false),
                                   browser_key_page(ca, {}, true),
                                   pending_list_page(ca, {}),
                                   pending_list_page(ca, {entry}),
                                   removed_page(ca, 4),
                                   request_page(ca, {}, language),
                                   text_browser_page(ca, {}),
                                   error_page(ca, ErrorPage(), language),
                                   denied_page(ca, 4, "A<B", language),
                                   revoked_page(ca, 4, language)};
    for (const auto browser : {BrowserClass::internet_explorer, BrowserClass::netscape, BrowserClass::unknown}) {
        pages.push_back(ca_certificate_page(ca, {instance}, true, browser));
        pages.push_back(issued_page(ca, 4, browser, language));
        pages.push_back(pending_page(ca, 4, browser, false, 10, language));
        pages.push_back(pending_page(ca, 4, browser, true, 10, language));
    }
    return pages;
}

TEST(Pages, CarryTheLookAndEscapeTheName) {
    for (const std::string& page : every_page("A<B")) {
        EXPECT_THAT(page, HasSubstr("<Title>Microsoft Active Directory Certificate Services</Title>"));
        EXPECT_THAT(page, HasSubstr("<P ID=locPageTitle>"));
        EXPECT_THAT(page, HasSubstr("BgColor=#008080"));
        EXPECT_THAT(page, HasSubstr("A&lt;B"));
        EXPECT_THAT(page, Not(HasSubstr("A<B")));
        EXPECT_EQ(std::count(page.begin(), page.end(), '\n'), std::count(page.begin(), page.end(), '\r'));
    }
}

TEST(Pages, NeedNothingOfOtherHosts) {
    for (const std::string& page : every_page(kCa)) {
        EXPECT_THAT(page, Not(HasSubstr("http:")));
        EXPECT_THAT(page, Not(HasSubstr("https:")));
        EXPECT_THAT(page, Not(HasSubstr("url(")));
    }
}

TEST(Pages, TellAssistiveTechnologyWhatIsWhat) {
    for (const std::string& page : every_page(kCa)) {
        EXPECT_THAT(page, HasSubstr("<HTML Lang="));
        EXPECT_THAT(page, HasSubstr("Role=banner"));
        EXPECT_THAT(page, HasSubstr("Role=main"));
        EXPECT_THAT(page, HasSubstr("<B Role=heading Aria-Level=1>"));
        EXPECT_EQ(page.find("<H3"), std::string::npos);
    }
}

TEST(GermanPages, KeepIdsAndNumbersAndLoseEnglishWords) {
    const auto english = every_page(kCa);
    const auto german = every_page(kCa, PageLanguage::german);
    const std::regex ids("ID=[A-Za-z0-9]+|certnew[.a-z0-9?=&;A-Z]+|0x[0-9a-f]+");
    for (std::size_t i = 0; i < english.size(); ++i) {
        const auto all = [&](const std::string& page) {
            return std::vector<std::string>(std::sregex_token_iterator(page.begin(), page.end(), ids),
                                            std::sregex_token_iterator());
        };
        EXPECT_EQ(all(english[i]), all(german[i]));
    }
    const std::string pending = pending_page(kCa, 9, BrowserClass::netscape, false, 10, PageLanguage::german);
    EXPECT_THAT(pending, HasSubstr("<HTML Lang=de>"));
    EXPECT_EQ(first_match(pending, R"(<P ID=locInfoReqID>[^0-9]*(\d+)\.)"), "9");
    for (const char* word : {"Request Id", "Pending", "received"}) EXPECT_THAT(pending, Not(HasSubstr(word)));
    const std::string denied = denied_page(kCa, 9, "Denied by Policy Module  0x80094800, no", PageLanguage::german);
    for (const char* word : {"was denied", "Request Id", "disposition message"}) {
        EXPECT_THAT(denied, Not(HasSubstr(word)));
    }
    EXPECT_THAT(denied, HasSubstr("Denied by Policy Module  0x80094800")) << "the CA's own words stay";
    EXPECT_THAT(issued_page(kCa, 9, BrowserClass::unknown, PageLanguage::german), Not(HasSubstr("Issued")));
}

TEST(IssuedPage, LinksForBrowsersWithoutScriptComeLast) {
    const std::string page = issued_page(kCa, 42, BrowserClass::internet_explorer);
    EXPECT_GT(page.find("<NoScript>"), page.find("</Script>"));
    EXPECT_GT(page.find("Enc=b64\">"), page.find("<NoScript>"));
}

TEST(PendingPage, NamesTheDaysTheBrowserRemembers) {
    EXPECT_THAT(pending_page(kCa, 9, BrowserClass::netscape, false, 3), HasSubstr("within 3 days."));
}

TEST(ErrorPage, SaysWhatWasAskedFor) {
    ErrorPage details;
    details.mode = kModeNewRequest;
    EXPECT_THAT(error_page(kCa, details), HasSubstr("<LocID ID=locModeNewReqIE>newreq - New Request</LocID>"));
    details.mode = kModeFetch;
    EXPECT_THAT(error_page(kCa, details), HasSubstr("<LocID ID=locModeCertFetch>"));
}

TEST(RequestPage, TextBrowsersGetItWithoutScript) {
    Template entry;
    entry.name = "CiscoRA";
    entry.display_name = "CiscoRA";
    entry.oid = "1.2.3.4";
    const std::string page = text_browser_page(kCa, {&entry});
    EXPECT_THAT(page, Not(HasSubstr("Script")));
    EXPECT_THAT(page, HasSubstr("<Form Name=UIForm Action=\"certfnsh.asp\" Method=Post>"));
    EXPECT_THAT(page, HasSubstr("<Option Value=\"O;CiscoRA;"));
}

TEST(CaCertificatePage, NewestComesFirst) {
    const std::vector<CaInstance> instances{{"Old <CA>", 0, 4}, {"New CA", 2, 3}, {"Mid CA", 1, 3}};
    const std::string page = ca_certificate_page(kCa, instances, true, BrowserClass::netscape);
    EXPECT_EQ(first_match(page, "var nRenewals=([0-9]+);"), "2");
    EXPECT_THAT(page, HasSubstr("<Select Name=lbCaInstance ID=lbCaID"));
    const auto current = page.find("<Option Value=\"2\" Selected>Current [New CA(2)]</Option>");
    const auto middle = page.find("<Option Value=\"1\">Previous [Mid CA(1)]</Option>");
    const auto first = page.find("<Option Value=\"0\">Previous [Old &lt;CA&gt;]</Option>");
    ASSERT_NE(first, std::string::npos);
    EXPECT_LT(current, middle);
    EXPECT_LT(middle, first);
    EXPECT_THAT(page, HasSubstr("var rgnCrlState=[4,3,3];"));
    EXPECT_THAT(page, HasSubstr("location=\"certnew.cer?ReqID=CACert&Renewal=\"+getCaInstance()+\"&\"+getEncoding();"));
    EXPECT_THAT(page, HasSubstr("location=\"certcrl.crl?Type=\"+type+\"&Renewal=\"+getCaInstance()+"));
    EXPECT_THAT(page, HasSubstr("ID=rbDerEnc"));
    EXPECT_THAT(page, HasSubstr("ID=rbB64Enc"));
}

TEST(CaCertificatePage, DeltaCrlsOnlyWhenThereAreSome) {
    const std::vector<CaInstance> instances{{"CA", 0, 3}};
    EXPECT_THAT(ca_certificate_page(kCa, instances, true, BrowserClass::netscape), HasSubstr("locDownloadDeltaCrl"));
    EXPECT_THAT(ca_certificate_page(kCa, instances, false, BrowserClass::netscape), Not(HasSubstr("elta")));
}

TEST(CaCertificatePage, UnknownAgentsGetLinksAndTheNumberOfRenewals) {
    const std::vector<CaInstance> instances{{"Old", 0, 4}, {"New", 1, 3}};
    const std::string page = ca_certificate_page(kCa, instances, true, BrowserClass::unknown);
    EXPECT_THAT(page, Not(HasSubstr("<Script")));
    EXPECT_EQ(first_match(page, "var nRenewals=([0-9]+);"), "1");
    EXPECT_THAT(page, HasSubstr("certnew.p7b?ReqID=CACert&amp;Renewal=0&amp;Enc=b64"));
    EXPECT_THAT(page, HasSubstr("certcrl.crl?Type=delta&amp;Renewal=1&amp;Enc=bin"));
    EXPECT_THAT(page, Not(HasSubstr("certcrl.crl?Type=base&amp;Renewal=0"))) << "no valid CRL, no link";
}

TEST(CaCertificatePage, WorksWithoutAnyInstance) {
    EXPECT_THAT(ca_certificate_page(kCa, {}, false, BrowserClass::netscape), HasSubstr("var nRenewals=0;"));
}

TEST(PendingList, PostsTheIdToTheResultPage) {
    PendingEntry entry;
    entry.request_id = 12;
    entry.friendly_type = "Saved \"x\"";
    const std::string page = pending_list_page(kCa, {entry});
    EXPECT_THAT(page, HasSubstr("<Form Action=\"certfnsh.asp\" Method=Post>"));
    EXPECT_THAT(page, HasSubstr("Name=Mode Value=\"chkpnd\""));
    EXPECT_THAT(page, HasSubstr("Name=ReqID Value=\"12\""));
    EXPECT_THAT(page, HasSubstr("Saved &quot;x&quot; (Request Id 12)"));
}

}  // namespace
}  // namespace opencapf::ca_sim
