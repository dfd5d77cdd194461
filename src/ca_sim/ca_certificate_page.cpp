// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

constexpr int kCrlValid = 3;

// "(n)" as in the file names of renewed certificates: their subjects are all the same.
std::string label_of(const CaInstance& instance, bool current) {
    const std::string renewal = instance.renewal == 0 ? "" : "(" + std::to_string(instance.renewal) + ")";
    return (current ? "Current [" : "Previous [") + html_escape(instance.name) + renewal + "]";
}

void chooser(PageText& out, const std::vector<CaInstance>& newest_first, bool delta_crls) {
    out.line("<Form Name=UIForm OnSubmit=\"return false;\">")
        .line("<P><Label For=lbCaID ID=locCaCert>CA certificate:</Label><BR>")
        .line("<Select Name=lbCaInstance ID=lbCaID Size=" +
              std::to_string(std::clamp<std::size_t>(newest_first.size(), 2, 6)) + ">");
    for (const CaInstance& instance : newest_first) {
        const bool current = &instance == &newest_first.front();
        out.line("<Option Value=\"" + std::to_string(instance.renewal) + "\"" + (current ? " Selected>" : ">") +
                 label_of(instance, current) + "</Option>");
    }
    out.line("</Select></P>")
        .line("<Fieldset><Legend ID=locEncoding>Encoding method:</Legend>")
        .line("<Input Type=Radio ID=rbDerEnc Name=rbEncoding Checked><Label For=rbDerEnc>DER</Label>")
        .line("<Input Type=Radio ID=rbB64Enc Name=rbEncoding><Label For=rbB64Enc>Base 64</Label>")
        .line("</Fieldset>")
        .line("<UL>")
        .line("<LI><A ID=locDownloadCACert Href=\"javascript:handleGetCACert();\">Download CA certificate</A>")
        .line("<LI><A ID=locDownloadCAChain Href=\"javascript:handleGetChain();\">Download CA certificate chain</A>")
        .line("<LI><A ID=locDownloadBaseCrl Href=\"javascript:handleGetCrl('base');\">Download latest base CRL</A>");
    if (delta_crls) {
        out.line(
            "<LI><A ID=locDownloadDeltaCrl Href=\"javascript:handleGetCrl('delta');\">Download latest delta "
            "CRL</A>");
    }
    out.line("</UL>")
        .line("<P ID=locNotice Role=status Hidden>There is no valid CRL of this CA certificate.</P>")
        .line("</Form>");
}

/// States by renewal index; what is not known counts as invalid.
std::string crl_states(const std::vector<CaInstance>& newest_first) {
    std::string text;
    for (int renewal = 0; renewal <= newest_first.front().renewal; ++renewal) {
        const auto found = std::find_if(newest_first.begin(), newest_first.end(),
                                        [&](const CaInstance& instance) { return instance.renewal == renewal; });
        text += (renewal == 0 ? "" : ",") + std::to_string(found == newest_first.end() ? 0 : found->crl_state);
    }
    return text;
}

void script(PageText& out, const std::vector<CaInstance>& newest_first) {
    out.line("<Script Language=\"JavaScript\">")
        .line("var nRenewals=" + std::to_string(newest_first.front().renewal) + ";")
        // new Array(3) would be three empty places.
        .line("var rgnCrlState=[" + crl_states(newest_first) + "];")
        .line("function getCaInstance() {")
        .line("\tvar list=document.UIForm.lbCaInstance;")
        .line("\treturn list.options[Math.max(0, list.selectedIndex)].value;")
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
        .line("function handleGetCrl(type) {")
        .line("\tvar valid=rgnCrlState[getCaInstance()]==" + std::to_string(kCrlValid) + ";")
        .line("\tdocument.getElementById(\"locNotice\").hidden=valid;")
        .line("\tif (valid) location=\"certcrl.crl?Type=\"+type+\"&Renewal=\"+getCaInstance()+\"&\"+getEncoding();")
        .line("}")
        .line("</Script>");
}

void links_of(PageText& out, const CaInstance& instance, bool delta_crls) {
    const auto link = [&](const std::string& url, const char* text) {
        const std::string target = url + "Renewal=" + std::to_string(instance.renewal);
        out.line("<LI><A Href=\"" + target + "&amp;Enc=bin\">" + text + ", DER</A>")
            .line("<LI><A Href=\"" + target + "&amp;Enc=b64\">" + text + ", Base 64</A>");
    };
    out.line("<UL>");
    link("certnew.cer?ReqID=CACert&amp;", "CA certificate");
    link("certnew.p7b?ReqID=CACert&amp;", "CA certificate chain");
    if (instance.crl_state == kCrlValid) {
        link("certcrl.crl?Type=base&amp;", "Latest base CRL");
        if (delta_crls) link("certcrl.crl?Type=delta&amp;", "Latest delta CRL");
    }
    out.line("</UL>");
}

void links(PageText& out, const std::vector<CaInstance>& newest_first, bool delta_crls) {
    for (const CaInstance& instance : newest_first) {
        out.line("<H2>" + label_of(instance, &instance == &newest_first.front()) + "</H2>");
        links_of(out, instance, delta_crls);
    }
}

}  // namespace

std::string ca_certificate_page(std::string_view ca_name, const std::vector<CaInstance>& instances, bool delta_crls,
                                BrowserClass browser) {
    std::vector<CaInstance> newest_first = instances;
    if (newest_first.empty()) newest_first.push_back({std::string(ca_name), 0, 0});
    std::stable_sort(newest_first.begin(), newest_first.end(),
                     [](const CaInstance& a, const CaInstance& b) { return a.renewal > b.renewal; });
    PageText out;
    out.line(
        "<P ID=locInstructions>To trust certificates of this authority, install its CA certificate or the whole "
        "chain. The CRL names the certificates that were revoked.</P>");
    if (browser == BrowserClass::unknown) {
        links(out, newest_first, delta_crls);
        // Clients of any agent read the number of renewals by this text.
        out.line("<!-- var nRenewals=" + std::to_string(newest_first.front().renewal) + "; -->");
    } else {
        chooser(out, newest_first, delta_crls);
        script(out, newest_first);
        out.line("<NoScript>").line(kHideScriptForm);
        links(out, newest_first, delta_crls);
        out.line("</NoScript>");
    }
    return page(ca_name, "Download a CA Certificate, Certificate Chain, or CRL", out.text());
}

}  // namespace opencapf::ca_sim
