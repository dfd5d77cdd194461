// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_frame.hpp"

namespace opencapf::ca_sim {

// The pages are in quirks mode (their doctype is part of what is replicated), where tables inherit no font: hence the
// rule for them. Colours keep 4.5:1 and more against their ground (WCAG 2.1 AA); each outcome has a sign and words.
std::string_view page_style() noexcept {
    return R"(*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:#eef1f5;color:#1d2733;font:16px/1.55 "Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
#locPageFont{font:inherit;color:inherit}
table{font:inherit;color:inherit}
.bar{background:#17324d}
.bar td{padding:14px 20px;overflow-wrap:anywhere}
.bar font{color:#fff}
#locHomeAlign{width:1%;white-space:nowrap;overflow-wrap:normal}
.bar a{display:inline-block;padding:6px 12px;border:1px solid #8fb0cf;border-radius:6px;text-decoration:none}
.bar a:hover{background:#274c70}
.rule td{background:#e0a526;line-height:0;height:4px}
.page{max-width:760px;margin:28px auto;padding:12px 36px 32px;background:#fff;border:1px solid #d5dce5;border-radius:10px;
box-shadow:0 2px 10px rgba(23,50,77,.08);overflow-wrap:anywhere}
#locPageTitle{margin:16px 0 20px;font-size:26px;line-height:1.25;color:#17324d}
h2{margin:28px 0 8px;font-size:19px;color:#17324d}
p{margin:14px 0}
a{color:#0b5394;text-underline-offset:3px}
a:hover{color:#06365f;text-decoration-thickness:2px}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,textarea:focus-visible{
outline:3px solid #b35900;outline-offset:2px}
.bar a:focus-visible{outline-color:#ffd166}
.page ul{margin:12px 0;padding:0;list-style:none}
.page li{margin:8px 0}
.page li>a,.page li form button{display:block;width:100%;padding:12px 16px;border:1px solid #b9c6d4;border-radius:8px;
background:#f8fafc;color:#0b5394;font:inherit;text-align:left;text-decoration:underline;cursor:pointer}
.page li>a:hover,.page li form button:hover{border-color:#0b5394;background:#eaf2fa}
.hero{float:right;margin:0 0 12px 20px}
form{margin:0}
label,legend,#locTemplateHead{font-weight:600}
fieldset{margin:18px 0;padding:10px 16px 14px;border:1px solid #b9c6d4;border-radius:8px}
fieldset label{font-weight:400}
fieldset input{width:20px;height:20px;margin:6px 8px 6px 0;vertical-align:middle}
fieldset label{margin-right:14px}
.form{width:100%;table-layout:fixed;border-collapse:collapse}
.form td{padding:6px 0}
textarea,select,input[type=file],input[type=text]{width:100%;max-width:100%;padding:10px;border:1px solid #6b7b8c;
border-radius:6px;background:#fff;color:inherit;font:inherit}
select[size]{padding:4px}
textarea{font:14px/1.45 Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:normal;resize:vertical}
input[type=submit],.page p button{min-height:44px;padding:10px 24px;border:0;border-radius:8px;background:#17324d;
color:#fff;font:inherit;font-weight:600;cursor:pointer}
input[type=submit]:hover,.page p button:hover{background:#274c70}
#locInfo,#locInfoNewReq,#locInfoChkPnd,#locDenied,#locIssRev,#locFailed,#locNoTemplates,#locNotice{padding:12px 16px;
border-left:6px solid;border-radius:6px}
#locInfo::before,#locInfoNewReq::before,#locInfoChkPnd::before,#locDenied::before,#locIssRev::before,
#locFailed::before,#locNoTemplates::before,#locNotice::before{display:inline-block;min-width:1.6em;font-weight:700}
#locInfo{background:#e8f5ec;border-color:#1e7b3c}
#locInfo::before{content:"\2713"}
#locInfoNewReq,#locInfoChkPnd{background:#fff6e0;border-color:#a86400}
#locInfoNewReq::before,#locInfoChkPnd::before{content:"\2026"}
#locDenied,#locIssRev,#locFailed{background:#fdecec;border-color:#b3261e}
#locDenied::before,#locIssRev::before,#locFailed::before{content:"\2715"}
#locNoTemplates,#locNotice{background:#eaf2fa;border-color:#0b5394}
#locNoTemplates::before,#locNotice::before{content:"i";font-style:italic}
dl{margin:16px 0}
dt{margin-top:12px}
dd{margin:0 0 4px 20px}
pre{padding:12px;overflow:auto;background:#f4f6f9;border:1px solid #d5dce5;border-radius:6px;font:14px/1.5 monospace;
white-space:pre-wrap}
@media(max-width:560px){body{background:#fff}
.bar td{padding:10px 14px;font-size:15px}
.page{margin:0;padding:4px 16px 28px;border:0;border-radius:0;box-shadow:none}
#locPageTitle{font-size:22px}.hero{display:none}})";
}

}  // namespace opencapf::ca_sim
