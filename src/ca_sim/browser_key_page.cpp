// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/page_forms.hpp"
#include "ca_sim/pages.hpp"
#include "opencapf/base/text.hpp"

// certrqbi.asp and certrqma.asp: the browser makes key and PKCS#10 request with WebCrypto. The key stays in the browser
// and goes into a file of the person; no form has it. Old browsers and those without script read what to do instead, so
// the script is of the kind that they can at least parse.
namespace opencapf::ca_sim {
namespace {

struct Field {
    const char* name;
    const char* label;
    const char* more;  ///< attributes
};

constexpr Field kFields[] = {
    {"txtName", "Name (required):", " Required MaxLength=64"},
    {"txtMail", "E-mail:", " MaxLength=128 Pattern=\"[ -~]*\""},
};
constexpr Field kAdvancedFields[] = {
    {"txtCompany", "Company:", " MaxLength=64"},
    {"txtDepartment", "Department:", " MaxLength=64"},
    {"txtCity", "City:", " MaxLength=128"},
    {"txtState", "State:", " MaxLength=128"},
    {"txtCountry", "Country/Region (two letters):", " MaxLength=2 Pattern=\"[A-Za-z]{2}\""},
    {"txtDns", "DNS names (separated by blanks):", " MaxLength=1024 Pattern=\"[ -~]*\""},
};

void text_row(PageText& out, const Field& field) {
    const std::string name(field.name);
    out.line("<TR><TD><Label For=" + name + ">" + field.label + "</Label><Input Type=Text Name=" + name +
             " ID=" + name + field.more + "></TD></TR>");
}

void key_form(PageText& out, const std::vector<const Template*>& templates, bool advanced) {
    out.line("<Form Name=UIForm ID=frmKey Hidden OnSubmit=\"return handleCreate();\">")
        .line(
            "<P ID=locInstructions>Your browser makes the key. It stays on this computer: the CA gets the request "
            "only.</P>")
        .line("<Table Class=form Role=presentation Border=0 CellPadding=4 Width=100%>");
    for (const Field& field : kFields) text_row(out, field);
    if (advanced) {
        for (const Field& field : kAdvancedFields) text_row(out, field);
        out.line("<TR><TD><Label For=lbKeySize>Key size:</Label><Select Name=lbKeySize ID=lbKeySize>")
            .line(
                "<Option Value=2048 Selected>2048</Option><Option Value=3072>3072</Option>"
                "<Option Value=4096>4096</Option>")
            .line("</Select></TD></TR>");
    }
    template_list(out, templates, page_texts(PageLanguage::english));
    out.line("<TR><TD Align=Right><Input Type=Submit ID=btnCreate Value=\"Create key and request &gt;\"></TD></TR>")
        .line("</Table>")
        .line("</Form>")
        .line("<P ID=locNotice Role=status Hidden></P>")
        .line("<Div ID=divSave Hidden>")
        .line("<H2 ID=locSaveTitle>Keep the key before you submit the request</H2>")
        .line(
            "<P ID=locSave>Without it the certificate is of no use. Nobody has a second copy; whoever has the file can "
            "act as you.</P>")
        .line("<UL><LI><A ID=locSaveKey Href=\"#\" Download=\"private-key.pem\">Save the private key</A></UL>")
        .line("</Div>")
        .line("<Form ID=frmSubmit Hidden OnSubmit=\"return handleSubmit();\">")
        .line("<P Align=Right><Input Type=Submit ID=btnSubmit Value=\"Submit &gt;\"></P>")
        .line("</Form>");
    submitted_form(out);
}

// DER of just what a PKCS#10 request is made of (RFC 2986); object identifiers are their content octets in hexadecimal.
constexpr std::string_view kDerScript = R"(function joined(parts) {
	var size=0, at=0, i;
	for (i=0; i<parts.length; ++i) size+=parts[i].length;
	var all=new Uint8Array(size);
	for (i=0; i<parts.length; ++i) { all.set(parts[i], at); at+=parts[i].length; }
	return all;
}
function der(tag, parts) {
	var body=joined(parts), n=body.length;
	var head=n<128 ? [tag, n] : n<256 ? [tag, 129, n] : [tag, 130, n>>8, n&255];
	return joined([new Uint8Array(head), body]);
}
function oid(hex) {
	var bytes=new Uint8Array(hex.length/2);
	for (var i=0; i<bytes.length; ++i) bytes[i]=parseInt(hex.substr(2*i, 2), 16);
	return der(6, [bytes]);
}
function string(tag, text) { return der(tag, [new TextEncoder().encode(text)]); }
function value(name) {
	var field=document.UIForm[name];
	return field ? field.value.replace(/^\s+|\s+$/g, "") : "";
}
function subject() {
	var kinds=[["txtCountry", "550406", 19], ["txtState", "550408", 12], ["txtCity", "550407", 12],
		["txtCompany", "55040a", 12], ["txtDepartment", "55040b", 12], ["txtName", "550403", 12],
		["txtMail", "2a864886f70d010901", 22]];
	var names=[];
	for (var i=0; i<kinds.length; ++i) {
		var text=value(kinds[i][0]);
		if (kinds[i][2]==19) text=text.toUpperCase();
		if (text) names.push(der(49, [der(48, [oid(kinds[i][1]), string(kinds[i][2], text)])]));
	}
	return der(48, names);
}
function attributes() {
	var hosts=value("txtDns").split(/\s+/), names=[];
	for (var i=0; i<hosts.length; ++i) if (hosts[i]) names.push(string(130, hosts[i]));
	if (!names.length) return der(160, []);
	var extension=der(48, [oid("551d11"), der(4, [der(48, names)])]);
	return der(160, [der(48, [oid("2a864886f70d01090e"), der(49, [der(48, [extension])])])]);
}
function pem(label, bytes) {
	var text=btoa(String.fromCharCode.apply(null, bytes)).match(/.{1,64}/g).join("\n");
	return "-----BEGIN "+label+"-----\n"+text+"\n-----END "+label+"-----\n";
})";

constexpr std::string_view kKeyScript = R"(var requestText="";
function show(id, visible) { document.getElementById(id).hidden=!visible; }
function notice(text) {
	document.getElementById("locNotice").textContent=text;
	show("locNotice", text!="");
}
function handleCreate() {
	var rsa="RSASSA-PKCS1-v1_5", made={};
	document.UIForm.btnCreate.disabled=true;
	notice("Making the key. Large ones take some seconds.");
	crypto.subtle.generateKey({name: rsa, modulusLength: +(value("lbKeySize") || 2048),
		publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256"}, true, ["sign", "verify"]).then(function(pair) {
		made.pair=pair;
		return crypto.subtle.exportKey("spki", pair.publicKey);
	}).then(function(key) {
		made.info=der(48, [der(2, [new Uint8Array(1)]), subject(), new Uint8Array(key), attributes()]);
		return crypto.subtle.sign(rsa, made.pair.privateKey, made.info);
	}).then(function(signature) {
		var algorithm=der(48, [oid("2a864886f70d01010b"), der(5, [])]);
		var bits=der(3, [new Uint8Array(1), new Uint8Array(signature)]);
		requestText=pem("CERTIFICATE REQUEST", der(48, [made.info, algorithm, bits]));
		return crypto.subtle.exportKey("pkcs8", made.pair.privateKey);
	}).then(function(key) {
		offer(pem("PRIVATE KEY", new Uint8Array(key)));
	})["catch"](function(problem) {
		document.UIForm.btnCreate.disabled=false;
		notice("The key could not be made: "+problem);
	});
	return false;
}
function offer(key) {
	var link=document.getElementById("locSaveKey");
	link.href=URL.createObjectURL(new Blob([key], {type: "application/x-pem-file"}));
	link.onclick=function() { show("frmSubmit", true); };
	notice("The key and the request are made.");
	show("frmKey", false);
	show("divOther", false);
	show("divSave", true);
	link.focus();
}
function handleSubmit() {
	var data=document.SubmittedData, list=document.UIForm.lbCertTemplate;
	var chosen=list.selectedIndex<0 ? "" : "CertificateTemplate:"+list.value.split(";")[1]+"\r\n";
	data.Mode.value="newreq";
	data.CertRequest.value=requestText;
	data.CertAttrib.value=chosen+"UserAgent:"+navigator.userAgent+"\r\n";
	data.FriendlyType.value="User Certificate ["+(new Date()).toLocaleString()+"]";
	data.TargetStoreFlags.value="0";
	data.SaveCert.value="yes";
	data.submit();
	return false;
}
if (window.crypto && crypto.subtle && window.TextEncoder) { show("frmKey", true); show("divInstead", false); })";

void script(PageText& out) {
    out.line("<Script Language=\"JavaScript\">");
    for (const std::string_view part : {kDerScript, kKeyScript}) {
        for (const std::string& line : split(part, '\n')) out.line(line);
    }
    out.line("</Script>");
}

void instead(PageText& out) {
    out.line("<Div ID=divInstead>")
        .line(
            "<P ID=locNoKey>Your browser cannot make a key for this page: it runs no script here, or it is too old for "
            "WebCrypto.</P>")
        .line("<H2 ID=locInsteadTitle>What to do instead</H2>")
        .line(
            "<P ID=locInstead>Make the key and a PKCS #10 request with a program, so that the key never leaves your "
            "computer, for example:</P>")
        .line("<Pre>openssl req -new -newkey rsa:2048 -keyout my.key -out my.csr -subj \"/CN=my name\"</Pre>")
        .line("</Div>");
}

}  // namespace

std::string browser_key_page(std::string_view ca_name, const std::vector<const Template*>& templates, bool advanced) {
    PageText out;
    instead(out);
    key_form(out, templates, advanced);
    out.line("<Div ID=divOther>")
        .line("<H2 ID=locOtherTitle>Or use a request that another program made</H2>")
        .line("<UL>")
        .line(
            "<LI><A ID=locSubmitPkcs10 Href=\"certrqxt.asp\">Submit a request by using a base-64-encoded PKCS #10 "
            "file</A>")
        .line("</UL>")
        .line("</Div>");
    script(out);
    return page(ca_name, advanced ? "Advanced Certificate Request" : "User Certificate - Identifying Information",
                out.text());
}

}  // namespace opencapf::ca_sim
