// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::ca_sim {

std::string page(std::string_view ca_name, std::string_view heading, std::string_view content) {
    PageText out;
    out.line("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">")
        .line("<HTML>")
        .line("<Head>")
        .line("\t<Meta HTTP-Equiv=\"X-UA-Compatible\" Content=\"IE=7\">")
        .line("\t<Meta HTTP-Equiv=\"Content-Type\" Content=\"text/html; charset=UTF-8\">")
        .line("\t<Title>Microsoft Active Directory Certificate Services</Title>")
        .line("</Head>")
        .line("<Body BgColor=#FFFFFF Link=#0000FF VLink=#0000FF ALink=#0000FF>")
        .line("<Font ID=locPageFont Face=\"Arial\">");
    out.line("<Table Border=0 CellSpacing=0 CellPadding=4 Width=100% BgColor=#008080>")
        .line("<TR>")
        .line(
            "\t<TD><Font Color=#FFFFFF><LocID ID=locMSCertSrv Size=-1><B><I>Microsoft</I></B> Active Directory "
            "Certificate Services &nbsp;--&nbsp; " +
            html_escape(ca_name) + " &nbsp;</LocID></Font></TD>")
        .line(
            "\t<TD ID=locHomeAlign Align=Right><A Href=\"/certsrv\"><Font Color=#FFFFFF><LocID ID=locHomeLink "
            "Size=-1><B>Home</B></LocID></Font></A></TD>")
        .line("</TR>")
        .line("</Table>");
    out.line("<Table Border=0 CellSpacing=0 CellPadding=0 Width=100%>")
        .line("<TR><TD BgColor=#008000><Img Src=\"certspc.gif\" Alt=\"\" Height=2 Width=1></TD></TR>")
        .line("</Table>")
        .line("<P ID=locPageTitle><B>")
        .line(heading)
        .line("</B></P>");
    out.line(content);
    out.line("</Font>").line("</Body>").line("</HTML>");
    return out.take();
}

}  // namespace opencapf::ca_sim
