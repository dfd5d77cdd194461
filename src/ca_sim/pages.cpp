// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/pages.hpp"

#include "ca_sim/page_frame.hpp"
#include "opencapf/base/text.hpp"

#include <array>

namespace opencapf::ca_sim {
namespace {

struct StatusText {
    unsigned status;
    std::string_view title;
    std::string_view explanation;
};

constexpr std::array<StatusText, 6> kStatusTexts{{
    {401, "401 - Unauthorized: Access is denied due to invalid credentials.",
     "The credentials you supplied do not allow you to view this directory or page."},
    {404, "404 - File or directory not found.",
     "Nothing is served under this name; it may have been removed or renamed."},
    {405, "405 - HTTP verb used to access this page is not allowed.", "This page does not answer this HTTP method."},
    {500, "500 - Internal server error.", "The server met a problem and could not show this page."},
    {501, "501 - Header values specify a method that is not implemented.", "The server does not know this method."},
    {503, "503 - Service Unavailable.", "The server is stopping or overloaded. Try again later."},
}};

}  // namespace

BrowserClass browser_class(std::string_view user_agent) noexcept {
    if (user_agent.find("MSIE") != std::string_view::npos || user_agent.find("Trident") != std::string_view::npos) {
        return BrowserClass::internet_explorer;
    }
    if (user_agent.find("Mozilla") != std::string_view::npos) return BrowserClass::netscape;
    return BrowserClass::unknown;
}

std::string moved_body(std::string_view location) {
    std::string body =
        "<head><title>Document Moved</title></head>\n<body><h1>Object Moved</h1>This document may be found "
        "<a HREF=\"";
    body += html_escape(location);
    body += "\">here</a></body>";
    return body;
}

std::string http_error_body(unsigned status) {
    StatusText text{status, "Error", "The request was not answered."};
    for (const StatusText& known : kStatusTexts) {
        if (known.status == status) text = known;
    }
    PageText out;
    out.line(
           "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
           "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">")
        .line("<html xmlns=\"http://www.w3.org/1999/xhtml\">")
        .line("<head>")
        .line("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-1\"/>")
        .line("<title>" + std::string(text.title) + "</title>")
        .line("</head>")
        .line("<body>")
        .line("<h1>Server Error</h1>")
        .line("<h2>" + std::string(text.title) + "</h2>")
        .line("<h3>" + std::string(text.explanation) + "</h3>")
        .line("</body>")
        .line("</html>");
    return out.take();
}

std::string kernel_unauthorized_body() {
    PageText out;
    out.line("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">")
        .line("<HTML><HEAD><TITLE>Not Authorized</TITLE>")
        .line("<META HTTP-EQUIV=\"Content-Type\" Content=\"text/html; charset=us-ascii\"></HEAD>")
        .line("<BODY><h2>Not Authorized</h2>")
        .line("<hr><p>HTTP Error 401. The requested resource requires user authentication.</p>")
        .line("</BODY></HTML>");
    return out.take();
}

std::string welcome_page(std::string_view ca_name) {
    PageText out;
    out.line(
           "<P ID=locWelcome>Request a certificate from this authority, or fetch the certificates that others need to "
           "check yours.</P>")
        .line("<P><B ID=locTaskTitle>Select a task:</B></P>")
        .line("<UL>")
        .line("<LI><A ID=locRequestCert Href=\"certrqus.asp\">Request a certificate</A>")
        .line("<LI><A ID=locGetCACert Href=\"certcarc.asp\">Download a CA certificate or certificate chain</A>")
        .line("</UL>");
    return page(ca_name, "Welcome", out.text());
}

std::string request_choice_page(std::string_view ca_name) {
    PageText out;
    out.line("<P ID=locChoice>Certificates for requests made elsewhere are submitted as an advanced request.</P>")
        .line("<P><A ID=locAdvanced Href=\"certrqad.asp\">advanced certificate request</A></P>");
    return page(ca_name, "Request a Certificate", out.text());
}

std::string advanced_request_page(std::string_view ca_name) {
    PageText out;
    out.line("<P ID=locPolicy>The templates of this CA decide what it issues.</P>")
        .line("<P><A ID=locSubmitPkcs10 Href=\"certrqxt.asp\">Submit a base-64-encoded PKCS #10 request</A></P>");
    return page(ca_name, "Advanced Certificate Request", out.text());
}

std::string ca_certificate_page(std::string_view ca_name) {
    PageText out;
    out.line("<Form Name=UIForm OnSubmit=\"return false;\">")
        .line("<P><LocID ID=locCaCert>CA certificate:</LocID><BR>")
        .line("<Select Name=lbCaInstance ID=lbCaID Size=4>")
        .line("<Option Value=\"0\" Selected>Current [" + html_escape(ca_name) + "]</Option>")
        .line("</Select></P>")
        .line("<P><LocID ID=locEncoding>Encoding method:</LocID><BR>")
        .line("<Input Type=Radio ID=rbDerEnc Name=rbEncoding Checked><Label For=rbDerEnc>DER</Label><BR>")
        .line("<Input Type=Radio ID=rbB64Enc Name=rbEncoding><Label For=rbB64Enc>Base 64</Label></P>")
        .line("<P><A ID=locDownloadCACert Href=\"javascript:handleGetCACert();\">Download CA certificate</A><BR>")
        .line("<A ID=locDownloadCAChain Href=\"javascript:handleGetChain();\">Download CA certificate chain</A></P>")
        .line("</Form>")
        .line("<Script Language=\"JavaScript\">")
        .line("var nRenewals=0;")
        .line("function getCaInstance() {")
        .line("\tvar i=document.UIForm.lbCaInstance.selectedIndex;")
        .line("\treturn document.UIForm.lbCaInstance.options[i].value;")
        .line("}")
        .line("function getEncoding() {")
        .line("\treturn document.UIForm.rbEncoding[0].checked ? \"Enc=bin\" : \"Enc=b64\";")
        .line("}")
        .line("function handleGetCACert() {")
        .line("\tlocation=\"certnew.cer?ReqID=CACert&Renewal=\"+getCaInstance()+\"&\"+getEncoding();")
        .line("}")
        .line("function handleGetChain() {")
        .line("\tlocation=\"certnew.p7b?ReqID=CACert&Renewal=\"+getCaInstance()+\"&\"+getEncoding();")
        .line("}")
        .line("</Script>");
    return page(ca_name, "Download a CA Certificate or Certificate Chain", out.text());
}

}  // namespace opencapf::ca_sim
