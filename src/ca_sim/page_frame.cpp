// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {
namespace {

void head(PageText& out, const PageTexts& texts) {
    out.line("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">")
        .line("<HTML Lang=" + std::string(texts.html_language) + ">")
        .line("<Head>")
        .line("\t<Meta HTTP-Equiv=\"X-UA-Compatible\" Content=\"IE=7\">")
        .line("\t<Meta HTTP-Equiv=\"Content-Type\" Content=\"text/html; charset=UTF-8\">")
        .line("\t<Meta Name=\"viewport\" Content=\"width=device-width, initial-scale=1\">")
        .line("\t<Title>Microsoft Active Directory Certificate Services</Title>")
        .line("\t<Style>");
    for (const std::string& rule : split(page_style(), '\n')) out.line(rule);
    out.line("\t</Style>").line("</Head>");
}

void title_bar(PageText& out, const PageTexts& texts, std::string_view ca_name) {
    out.line("<Div Role=banner>")
        .line("<Table Class=bar Role=presentation Border=0 CellSpacing=0 CellPadding=4 Width=100% BgColor=#008080>")
        .line("<TR>")
        .line("\t<TD><Font Color=#FFFFFF><LocID ID=locMSCertSrv Size=-1><B><I>Microsoft</I></B> " +
              std::string(texts.product) + " &nbsp;--&nbsp; " + html_escape(ca_name) + " &nbsp;</LocID></Font></TD>")
        .line(
            "\t<TD ID=locHomeAlign Align=Right><A Href=\"/certsrv\"><Font Color=#FFFFFF><LocID ID=locHomeLink "
            "Size=-1><B>" +
            std::string(texts.home) + "</B></LocID></Font></A></TD>")
        .line("</TR>")
        .line("</Table>")
        .line("<Table Class=rule Role=presentation Border=0 CellSpacing=0 CellPadding=0 Width=100%>")
        .line("<TR><TD BgColor=#008000><Img Src=\"certspc.gif\" Alt=\"\" Height=2 Width=1></TD></TR>")
        .line("</Table>")
        .line("</Div>");
}

}  // namespace

std::string page(std::string_view ca_name, std::string_view heading, std::string_view content, PageLanguage language) {
    const PageTexts& texts = page_texts(language);
    PageText out;
    head(out, texts);
    out.line("<Body BgColor=#FFFFFF Link=#0000FF VLink=#0000FF ALink=#0000FF>")
        .line("<Font ID=locPageFont Face=\"Arial\">");
    title_bar(out, texts, ca_name);
    // A heading to assistive technology without touching the <P> that clients know.
    out.line("<Div Class=page Role=main>")
        .line("<P ID=locPageTitle><B Role=heading Aria-Level=1>")
        .line(heading)
        .line("</B></P>");
    out.line(content);
    out.line("</Div>").line("</Font>").line("</Body>").line("</HTML>");
    return out.take();
}

}  // namespace opencapf::ca_sim
