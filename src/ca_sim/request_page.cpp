// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {
namespace {

// Clients read name, id and option values of this element; </Option> is closed for those that want it (certsrv.md 2.7).
void template_list(PageText& out, const std::vector<const Template*>& templates) {
    out.line("<TR><TD><B ID=locTemplateHead>Certificate Template:</B></TD></TR>").line("<TR><TD>");
    if (templates.empty()) {
        out.line(
            "<P ID=locNoTemplates>No certificate templates could be found: none is published, or your account may "
            "not enroll for any.</P>");
    }
    out.line("<Select Name=lbCertTemplate ID=lbCertTemplateID>");
    for (const Template* entry : templates) {
        out.line("<Option Value=\"" + html_escape(option_value(*entry)) + "\">" + html_escape(entry->display_name) +
                 "</Option>");
    }
    out.line("</Select>").line("</TD></TR>");
}

void submitted_form(PageText& out) {
    out.line("<Form Name=SubmittedData Action=\"certfnsh.asp\" Method=Post>")
        .line("<Input Type=Hidden Name=Mode>")
        .line("<Input Type=Hidden Name=CertRequest>")
        .line("<Input Type=Hidden Name=CertAttrib>")
        .line("<Input Type=Hidden Name=FriendlyType>")
        .line("<Input Type=Hidden Name=ThumbPrint>")
        .line("<Input Type=Hidden Name=TargetStoreFlags>")
        .line("<Input Type=Hidden Name=SaveCert>")
        .line("</Form>");
}

void submit_script(PageText& out) {
    out.line("<Script Language=\"JavaScript\">")
        .line("function handleSubmit() {")
        .line("\tvar ui=document.UIForm;")
        .line("\tvar data=document.SubmittedData;")
        .line("\tvar list=ui.lbCertTemplate;")
        .line("\tvar attributes=\"\";")
        .line("\tif (list && list.selectedIndex>=0) {")
        .line(
            "\t\tattributes=\"CertificateTemplate:\"+list.options[list.selectedIndex].value.split(\";\")[1]+"
            "\"\\r\\n\";")
        .line("\t}")
        .line("\tattributes+=\"UserAgent:\"+navigator.userAgent+\"\\r\\n\"+ui.taAttrib.value;")
        .line("\tdata.Mode.value=\"newreq\";")
        .line("\tdata.CertRequest.value=ui.taRequest.value;")
        .line("\tdata.CertAttrib.value=attributes;")
        .line("\tdata.FriendlyType.value=\"Saved-Request Certificate [\"+(new Date()).toLocaleString()+\"]\";")
        .line("\tdata.TargetStoreFlags.value=\"0\";")
        .line("\tdata.SaveCert.value=\"yes\";")
        .line("\tdata.submit();")
        .line("\treturn false;")
        .line("}")
        .line("</Script>");
}

}  // namespace

std::string request_page(std::string_view ca_name, const std::vector<const Template*>& templates) {
    PageText out;
    out.line(
           "<P ID=locInstructions>Paste a base-64-encoded PKCS #10 certificate request that another program made, "
           "choose "
           "a template, and submit it to the CA.</P>")
        .line("<Form Name=UIForm OnSubmit=\"return handleSubmit();\">")
        .line("<Table Border=0 CellPadding=4>")
        .line("<TR><TD><Label For=locTaRequest><B ID=locSavedReqHead>Saved Request:</B></Label></TD></TR>")
        .line("<TR><TD><TextArea ID=locTaRequest Name=taRequest Wrap=Off Rows=10 Cols=70></TextArea></TD></TR>");
    template_list(out, templates);
    out.line("<TR><TD><Label For=locTaAttrib><B ID=locAttribHead>Additional Attributes:</B></Label></TD></TR>")
        .line("<TR><TD><TextArea ID=locTaAttrib Name=taAttrib Wrap=Off Rows=4 Cols=40></TextArea></TD></TR>")
        .line("<TR><TD Align=Right><Input Type=Submit ID=btnSubmit Value=\"Submit &gt;\"></TD></TR>")
        .line("</Table>")
        .line("</Form>");
    submitted_form(out);
    submit_script(out);
    return page(ca_name, "Submit a Certificate Request or Renewal Request", out.text());
}

}  // namespace opencapf::ca_sim
