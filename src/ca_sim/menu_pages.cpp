// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {
namespace {

void list_entry(PageText& out, const char* id, const char* target, const char* text) {
    out.line(std::string("<LI><A ID=") + id + " Href=\"" + target + "\">" + text + "</A>");
}

std::string hidden(std::string_view name, std::string_view value) {
    return "<Input Type=Hidden Name=" + std::string(name) + " Value=\"" + html_escape(value) + "\">";
}

}  // namespace

std::string welcome_page(std::string_view ca_name) {
    PageText out;
    out.line("<Img Class=hero Src=\"certcert.gif\" Alt=\"\" Width=56 Height=64>")
        .line(
            "<P ID=locWelcome>Request a certificate from this authority, or fetch the certificates that others need to "
            "check yours. A certificate proves who you are to web sites, mail partners and networks.</P>")
        .line("<H2 ID=locTaskTitle>Select a task:</H2>")
        .line("<UL>");
    list_entry(out, "locRequestCert", "certrqus.asp", "Request a certificate");
    list_entry(out, "locViewPending", "certckpn.asp", "View the status of a pending certificate request");
    list_entry(out, "locGetCACert", "certcarc.asp", "Download a CA certificate, certificate chain, or CRL");
    out.line("</UL>");
    return page(ca_name, "Welcome", out.text());
}

std::string request_choice_page(std::string_view ca_name) {
    PageText out;
    out.line("<H2 ID=locChoose>Select the certificate type:</H2>").line("<UL>");
    list_entry(out, "locUserCert", "certrqbi.asp?type=0", "User Certificate");
    out.line("</UL>").line("<H2 ID=locOr>Or submit a request that another program made:</H2>").line("<UL>");
    list_entry(out, "locAdvanced", "certrqad.asp", "advanced certificate request");
    out.line("</UL>");
    return page(ca_name, "Request a Certificate", out.text());
}

std::string advanced_request_page(std::string_view ca_name) {
    PageText out;
    out.line("<P ID=locPolicy>The policy of the CA decides which certificates you can request.</P>").line("<UL>");
    list_entry(out, "locCreateRequest", "certrqma.asp", "Create and submit a request to this CA");
    list_entry(out, "locSubmitPkcs10", "certrqxt.asp", "Submit a request by using a base-64-encoded PKCS #10 file");
    out.line("</UL>");
    return page(ca_name, "Advanced Certificate Request", out.text());
}

std::string pending_list_page(std::string_view ca_name, const std::vector<PendingEntry>& entries) {
    PageText out;
    if (entries.empty()) {
        out.line("<P ID=locNotice>This browser remembers no pending certificate requests.</P>").line("<UL>");
        list_entry(out, "locRequestCert", "certrqus.asp", "Request a certificate");
        out.line("</UL>");
    } else {
        out.line("<H2 ID=locChoosePending>Select the certificate request you want to view:</H2>").line("<UL>");
        for (const PendingEntry& entry : entries) {
            const std::string id = std::to_string(entry.request_id);
            const std::string type = entry.friendly_type.empty() ? "Certificate request" : entry.friendly_type;
            out.line("<LI><Form Action=\"certfnsh.asp\" Method=Post>")
                .line(hidden("Mode", "chkpnd") + hidden("ReqID", id))
                .line(hidden("TargetStoreFlags", entry.target_store_flags) +
                      hidden("SaveCert", entry.save_certificate ? "yes" : "no"))
                .line(hidden("FriendlyType", entry.friendly_type))
                .line("<Button Type=Submit>" + html_escape(type) + " (Request Id " + id + ")</Button>")
                .line("</Form>");
        }
        out.line("</UL>");
    }
    return page(ca_name, "View the Status of a Pending Certificate Request", out.text());
}

std::string removed_page(std::string_view ca_name, std::int64_t request_id) {
    PageText out;
    out.line("<P ID=locNotice>This browser no longer remembers the request " + std::to_string(request_id) +
             ". The CA keeps it.</P>")
        .line("<UL>");
    list_entry(out, "locViewPending", "certckpn.asp", "View the status of a pending certificate request");
    out.line("</UL>");
    return page(ca_name, "Certificate Request Removed", out.text());
}

}  // namespace opencapf::ca_sim
