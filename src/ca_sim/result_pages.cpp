// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {
namespace {

void script_form(PageText& out, const PageTexts& texts) {
    out.line("<Form Name=UIForm OnSubmit=\"return false;\">")
        .line("<Fieldset><Legend ID=locEncodingHead>" + std::string(texts.encoding_head) + "</Legend>")
        .line("<Input Type=Radio ID=rbDerEnc Name=rbEncoding Checked><Label For=rbDerEnc ID=locDerEnc>" +
              std::string(texts.der) + "</Label> <LocID ID=locOr>" + std::string(texts.separator) + "</LocID>")
        .line("<Input Type=Radio ID=rbB64Enc Name=rbEncoding><Label For=rbB64Enc ID=locB64Enc>" +
              std::string(texts.base64) + "</Label>")
        .line("</Fieldset>")
        .line("<UL>")
        .line("<LI><A ID=locDownloadCert3 Href=\"javascript:handleGetCert();\">" +
              std::string(texts.download_certificate) + "</A>")
        .line("<LI><A ID=locDownloadCertChain3 Href=\"javascript:handleGetChain();\">" +
              std::string(texts.download_chain) + "</A>")
        .line("</UL>")
        .line("</Form>");
}

// Certificate before chain and DER before base64: clients take the first link that fits.
void download_links(PageText& out, const std::string& id, const PageTexts& texts) {
    const auto link = [&](const char* file, const char* encoding, const char* element, std::string_view text,
                          std::string_view encoded) {
        out.line(std::string("<LI><A ID=") + element + " Href=\"" + file + "?ReqID=" + id + "&amp;Enc=" + encoding +
                 "\">" + std::string(text) + ", " + std::string(encoded) + "</A>");
    };
    out.line("<UL>");
    link("certnew.cer", "bin", "locDownloadCert1", texts.download_certificate, texts.der);
    link("certnew.cer", "b64", "locDownloadCert2", texts.download_certificate, texts.base64);
    link("certnew.p7b", "bin", "locDownloadCertChain1", texts.download_chain, texts.der);
    link("certnew.p7b", "b64", "locDownloadCertChain2", texts.download_chain, texts.base64);
    out.line("</UL>");
}

// Clients look for the line after "function handleGetCert() {", for the first location="..." of the page, and for the
// id between "certnew.cer?ReqID=" and "&". The links for browsers without script must come after all that.
void issued_script(PageText& out, const std::string& id, const PageTexts& texts) {
    script_form(out, texts);
    out.line("<Script Language=\"JavaScript\">")
        .line("function getEncoding() {")
        .line("\treturn document.UIForm.rbEncoding[0].checked ? \"Enc=bin\" : \"Enc=b64\";")
        .line("}")
        .line("function handleGetCert() {")
        .line("location=\"certnew.cer?ReqID=" + id + "&\"+getEncoding();")
        .line("}")
        .line("function handleGetChain() {")
        .line("location=\"certnew.p7b?ReqID=" + id + "&\"+getEncoding();")
        .line("}")
        .line("</Script>")
        .line("<NoScript>")
        .line(kHideScriptForm);
    download_links(out, id, texts);
    out.line("</NoScript>");
}

// Each value alone on its line after two TABs: clients cut it out by that (certsrv.md 2.5).
void error_row(PageText& out, std::string_view label_id, std::string_view label, const std::string& value_html) {
    const std::string id = label_id.empty() ? std::string() : " ID=" + std::string(label_id);
    out.line("\t<DT" + id + "><B>" + std::string(label) + "</B>").line("\t<DD>").line("\t\t" + value_html);
}

std::string disposition_html(const std::optional<int>& disposition, const PageTexts& texts) {
    if (!disposition) return std::string(texts.never_set);
    std::string name = "<LocID ID=locDispUnknown>" + std::string(texts.unknown) + "</LocID>";
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
        case kDispositionRevoked:
            name = "Revoked";
            break;
        default:
            break;
    }
    return std::to_string(*disposition) + "<LocID ID=locDispSpacer>-</LocID>" + name;
}

std::string paragraph(std::string_view id, std::string_view text) {
    return "<P ID=" + std::string(id) + ">" + std::string(text) + "</P>";
}

/// A refusal in three paragraphs; `what` is the first.
std::string refusal_page(std::string_view ca_name, const std::string& what, std::int64_t request_id,
                         std::string_view message, PageLanguage language) {
    const PageTexts& texts = page_texts(language);
    PageText out;
    // The quotes round the message are the delimiters clients use, so none may stand inside.
    std::string quoted(message);
    for (char& c : quoted) {
        if (c == '"') c = '\'';
    }
    out.line(what)
        .line(paragraph("locInfoReqID", std::string(texts.request_id) + std::to_string(request_id) + ". " +
                                            std::string(texts.disposition_message) + "\"" + html_escape(quoted) +
                                            "\"."))
        .line(paragraph("locContactAdmin", texts.contact));
    return page(ca_name, texts.denied_title, out.text(), language);
}

}  // namespace

std::string issued_page(std::string_view ca_name, std::int64_t request_id, BrowserClass browser,
                        PageLanguage language) {
    const PageTexts& texts = page_texts(language);
    const std::string id = std::to_string(request_id);
    PageText out;
    out.line(paragraph("locInfo", texts.issued));
    if (browser == BrowserClass::unknown) {
        download_links(out, id, texts);
    } else {
        issued_script(out, id, texts);
    }
    return page(ca_name, texts.issued_title, out.text(), language);
}

std::string pending_page(std::string_view ca_name, std::int64_t request_id, BrowserClass browser, bool polled,
                         int timeout_days, PageLanguage language) {
    const PageTexts& texts = page_texts(language);
    const std::string id = std::to_string(request_id);
    PageText out;
    out.line(polled ? paragraph("locInfoChkPnd", texts.still_pending) : paragraph("locInfoNewReq", texts.received))
        .line(paragraph("locInfoReqID", std::string(texts.request_id) + id + "."))
        .line(paragraph("locInstructions", texts.instructions))
        .line(paragraph("locTimeoutWarning", std::string(texts.timeout_before) + std::to_string(timeout_days) +
                                                 std::string(texts.timeout_after)));
    if (polled) {
        out.line("<Form Action=\"certrmpn.asp\" Method=Post>")
            .line("<Input Type=Hidden Name=Action Value=rmpn><Input Type=Hidden Name=ReqID Value=" + id + ">")
            .line("<Input Type=Submit ID=btnRemove Value=\"" + std::string(texts.remove) + "\">")
            .line("</Form>");
    }
    if (browser != BrowserClass::unknown) {
        out.line("<Script Language=\"JavaScript\">").line("\t// nReqId = " + id + ";").line("</Script>");
    }
    return page(ca_name, texts.pending_title, out.text(), language);
}

std::string denied_page(std::string_view ca_name, std::int64_t request_id, std::string_view message,
                        PageLanguage language) {
    const std::string what = paragraph("locDenied", page_texts(language).denied);
    return refusal_page(ca_name, what, request_id, message, language);
}

std::string revoked_page(std::string_view ca_name, std::int64_t request_id, PageLanguage language) {
    const std::string what = paragraph("locIssRev", page_texts(language).revoked);
    return refusal_page(ca_name, what, request_id, kRevokedMessage, language);
}

std::string error_page(std::string_view ca_name, const ErrorPage& details, PageLanguage language) {
    const PageTexts& texts = page_texts(language);
    const auto escaped_or = [](const std::string& text, const std::string& otherwise) {
        return text.empty() ? otherwise : html_escape(text);
    };
    const std::string none(texts.none);
    const std::string mode_id = details.mode == kModeFetch ? "locModeCertFetch" : "locModeNewReqIE";
    PageText out;
    out.line(paragraph("locFailed", texts.failed)).line(paragraph("locContactAdmin", texts.contact)).line("<DL>");
    error_row(out, "", texts.mode_label, "<LocID ID=" + mode_id + ">" + html_escape(details.mode) + "</LocID>");
    if (details.request_id) error_row(out, "", texts.request_id_label, std::to_string(*details.request_id));
    error_row(out, "locDispLabel", texts.disposition_label, disposition_html(details.disposition, texts));
    error_row(out, "locDispMsgLabel", texts.message_label, escaped_or(details.disposition_message, none));
    error_row(out, "locResultLabel", texts.result_label, html_escape(hresult_line(details.result)));
    error_row(out, "locComInfoLabel", texts.com_error_label, escaped_or(details.com_error, none));
    error_row(out, "locLastStatLabel", texts.last_status_label, html_escape(hresult_line(details.last_status)));
    error_row(out, "locSugCauseLabel", texts.cause_label,
              escaped_or(details.suggested_cause,
                         "<LocID ID=locSugCauseUnknown>" + std::string(texts.no_suggestions) + "</LocID>"));
    out.line("</DL>");
    return page(ca_name, texts.error_title, out.text(), language);
}

}  // namespace opencapf::ca_sim
