// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_forms.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {

void template_list(PageText& out, const std::vector<const Template*>& templates, const PageTexts& texts) {
    out.line("<TR><TD><Label For=lbCertTemplateID><B ID=locTemplateHead>" + std::string(texts.template_head) +
             "</B></Label></TD></TR>")
        .line("<TR><TD>");
    if (templates.empty()) out.line("<P ID=locNoTemplates>" + std::string(texts.no_templates) + "</P>");
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

namespace {

// What a person fills in. With script the values go into the form below; without, this form is posted as it is and
// fields_of_plain_form() reads it.
void visible_form(PageText& out, const std::vector<const Template*>& templates, const PageTexts& texts, bool script) {
    out.line("<Form Name=UIForm Action=\"certfnsh.asp\" Method=Post" +
             std::string(script ? " OnSubmit=\"return handleSubmit();\">" : ">"))
        .line("<Table Class=form Role=presentation Border=0 CellPadding=4 Width=100%>")
        .line("<TR><TD><Label For=locTaRequest><B ID=locSavedReqHead>" + std::string(texts.saved_request) +
              "</B></Label></TD></TR>")
        .line(
            "<TR><TD><TextArea ID=locTaRequest Name=taRequest Wrap=Off Rows=10 Cols=70 SpellCheck=false></TextArea>"
            "</TD></TR>");
    if (script) {
        out.line("<TR ID=trFile Hidden><TD><Label For=fileRequest ID=locFromFile>" + std::string(texts.from_file) +
                 "</Label><Input Type=File ID=fileRequest OnChange=\"handleFile(this);\"></TD></TR>");
    }
    template_list(out, templates, texts);
    out.line("<TR><TD><Label For=locTaAttrib><B ID=locAttribHead>" + std::string(texts.attributes_head) +
             "</B></Label></TD></TR>")
        .line(
            "<TR><TD><TextArea ID=locTaAttrib Name=taAttrib Wrap=Off Rows=4 Cols=40 SpellCheck=false></TextArea>"
            "</TD></TR>")
        .line("<TR><TD Align=Right><Input Type=Submit ID=btnSubmit Value=\"" + std::string(texts.submit) +
              "\"></TD></TR>")
        .line("</Table>")
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
        .line("function handleFile(input) {")
        .line("\tif (!input.files.length) return;")
        .line("\tvar reader=new FileReader();")
        .line("\treader.onload=function() {")
        .line("\t\tvar text=String.fromCharCode.apply(null, new Uint8Array(reader.result));")
        .line("\t\tdocument.UIForm.taRequest.value=text.charCodeAt(0)==0x30 ? btoa(text) : text;")
        .line("\t};")
        .line("\treader.readAsArrayBuffer(input.files[0].slice(0, 65536));")
        .line("}")
        .line("if (window.FileReader) document.getElementById(\"trFile\").hidden=false;")
        .line("</Script>");
}

}  // namespace

std::string request_page(std::string_view ca_name, const std::vector<const Template*>& templates,
                         PageLanguage language) {
    const PageTexts& texts = page_texts(language);
    PageText out;
    out.line("<P ID=locInstructions>" + std::string(texts.request_instructions) + "</P>");
    visible_form(out, templates, texts, true);
    submitted_form(out);
    submit_script(out);
    return page(ca_name, texts.request_title, out.text(), language);
}

std::string text_browser_page(std::string_view ca_name, const std::vector<const Template*>& templates) {
    const PageTexts& texts = page_texts(PageLanguage::english);
    PageText out;
    out.line("<P ID=locInstructions>" + std::string(texts.request_instructions) + "</P>");
    visible_form(out, templates, texts, false);
    return page(ca_name, texts.request_title, out.text());
}

}  // namespace opencapf::ca_sim
