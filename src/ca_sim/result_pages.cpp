// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {
namespace {

// The script page: clients look for the line after "function handleGetCert() {", for the first location="..." of the
// page, and for the id between "certnew.cer?ReqID=" and "&".
void issued_script(PageText& out, const std::string& id) {
    out.line("<Form Name=UIForm OnSubmit=\"return false;\">")
        .line(
            "<P><Input Type=Radio ID=rbDerEnc Name=rbEncoding Checked><Label For=rbDerEnc ID=locDerEnc>DER encoded"
            "</Label> <LocID ID=locOr>or</LocID>")
        .line(
            "<Input Type=Radio ID=rbB64Enc Name=rbEncoding><Label For=rbB64Enc ID=locB64Enc>Base 64 "
            "encoded</Label></P>")
        .line("<P><A ID=locDownloadCert3 Href=\"javascript:handleGetCert();\">Download certificate</A><BR>")
        .line("<A ID=locDownloadCertChain3 Href=\"javascript:handleGetChain();\">Download certificate chain</A></P>")
        .line("</Form>")
        .line("<Script Language=\"JavaScript\">")
        .line("function getEncoding() {")
        .line("\treturn document.UIForm.rbEncoding[0].checked ? \"Enc=bin\" : \"Enc=b64\";")
        .line("}")
        .line("function handleGetCert() {")
        .line("location=\"certnew.cer?ReqID=" + id + "&\"+getEncoding();")
        .line("}")
        .line("function handleGetChain() {")
        .line("location=\"certnew.p7b?ReqID=" + id + "&\"+getEncoding();")
        .line("}")
        .line("</Script>");
}

void issued_links(PageText& out, const std::string& id) {
    const auto link = [&](const char* file, const char* encoding, const char* element, const char* text) {
        out.line(std::string("<LI><A ID=") + element + " Href=\"" + file + "?ReqID=" + id + "&amp;Enc=" + encoding +
                 "\">" + text + "</A>");
    };
    out.line("<UL>");
    link("certnew.cer", "bin", "locDownloadCert1", "Download certificate, DER encoded");
    link("certnew.cer", "b64", "locDownloadCert2", "Download certificate, base 64 encoded");
    link("certnew.p7b", "bin", "locDownloadCertChain1", "Download certificate chain, DER encoded");
    link("certnew.p7b", "b64", "locDownloadCertChain2", "Download certificate chain, base 64 encoded");
    out.line("</UL>");
}

// Each value alone on its line after two TABs: clients cut it out by that (certsrv.md 2.5).
void error_row(PageText& out, std::string_view label_id, std::string_view label, const std::string& value_html) {
    const std::string id = label_id.empty() ? std::string() : " ID=" + std::string(label_id);
    out.line("\t<DT" + id + "><B>" + std::string(label) + "</B>").line("\t<DD>").line("\t\t" + value_html);
}

std::string disposition_html(const std::optional<int>& disposition) {
    if (!disposition) return "(never set)";
    std::string name = "<LocID ID=locDispUnknown>(unknown)</LocID>";
    switch (*disposition) {
        case kDispositionError:
            name = "Error";
            break;
        case kDispositionDenied:
            name = "Denied";
            break;
        case kDispositionIssued:
            name = "Issued";
            break;
        case kDispositionPending:
            name = "Under Submission";
            break;
        default:
            break;
    }
    return std::to_string(*disposition) + "<LocID ID=locDispSpacer>-</LocID>" + name;
}

}  // namespace

std::string issued_page(std::string_view ca_name, std::int64_t request_id, BrowserClass browser) {
    const std::string id = std::to_string(request_id);
    PageText out;
    out.line("<P ID=locInfo>The certificate you requested was issued to you.</P>");
    if (browser == BrowserClass::unknown) {
        issued_links(out, id);
    } else {
        issued_script(out, id);
    }
    return page(ca_name, "Certificate Issued", out.text());
}

std::string pending_page(std::string_view ca_name, std::int64_t request_id, BrowserClass browser, bool polled) {
    const std::string id = std::to_string(request_id);
    PageText out;
    if (polled) {
        out.line(
            "<P ID=locInfoChkPnd>Your certificate request is still pending. The CA administrator has not decided "
            "yet.</P>");
    } else {
        out.line(
            "<P ID=locInfoNewReq>Your certificate request has been received. It waits for the decision of the CA "
            "administrator.</P>");
    }
    out.line("<P ID=locInfoReqID>Your Request Id is " + id + ".</P>")
        .line("<P ID=locInstructions>Come back to this web site in a day or two to fetch your certificate.</P>")
        .line("<P ID=locTimeoutWarning>Use <B>this</B> browser, and come within 10 days.</P>");
    if (polled) {
        out.line("<Form Action=\"certrmpn.asp\" Method=Post>")
            .line("<Input Type=Hidden Name=Action Value=rmpn><Input Type=Hidden Name=ReqID Value=" + id + ">")
            .line("<Input Type=Submit ID=btnRemove Value=\"Remove\">")
            .line("</Form>");
    }
    if (browser != BrowserClass::unknown) {
        out.line("<Script Language=\"JavaScript\">").line("\t// nReqId = " + id + ";").line("</Script>");
    }
    return page(ca_name, "Certificate Pending", out.text());
}

std::string denied_page(std::string_view ca_name, std::int64_t request_id, std::string_view message) {
    PageText out;
    // The quotes round the message are the delimiters clients use, so none may stand inside.
    std::string quoted(message);
    for (char& c : quoted) {
        if (c == '"') c = '\'';
    }
    out.line("<P ID=locDenied>Your certificate request was denied.</P>")
        .line("<P ID=locInfoReqID>Your Request Id is " + std::to_string(request_id) +
              ". The disposition message is \"" + html_escape(quoted) + "\".</P>")
        .line("<P ID=locContactAdmin>Contact your administrator for further information.</P>");
    return page(ca_name, "Certificate Request Denied", out.text());
}

std::string error_page(std::string_view ca_name, const ErrorPage& details) {
    const auto escaped_or = [](const std::string& text, const char* otherwise) {
        return text.empty() ? std::string(otherwise) : html_escape(text);
    };
    PageText out;
    out.line("<P ID=locFailed>Your request failed. An error occurred while the server was processing your request.</P>")
        .line("<P ID=locContactAdmin>Contact your administrator for further assistance.</P>")
        .line("<DL>");
    error_row(out, "", "Request Mode:", "<LocID ID=locModeNewReqIE>" + html_escape(details.mode) + "</LocID>");
    if (details.request_id) error_row(out, "", "Request ID:", std::to_string(*details.request_id));
    error_row(out, "locDispLabel", "Disposition:", disposition_html(details.disposition));
    error_row(out, "locDispMsgLabel", "Disposition message:", escaped_or(details.disposition_message, "(none)"));
    error_row(out, "locResultLabel", "Result:", html_escape(hresult_line(details.result)));
    error_row(out, "locComInfoLabel", "COM Error Info:", escaped_or(details.com_error, "(none)"));
    error_row(out, "locLastStatLabel", "LastStatus:", html_escape(hresult_line(details.last_status)));
    error_row(out, "locSugCauseLabel", "Suggested Cause:",
              escaped_or(details.suggested_cause, "<LocID ID=locSugCauseUnknown>No suggestions.</LocID>"));
    out.line("</DL>");
    return page(ca_name, "Error", out.text());
}

}  // namespace opencapf::ca_sim
