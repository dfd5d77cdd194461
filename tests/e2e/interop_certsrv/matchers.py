# SPDX-License-Identifier: Apache-2.0
"""What known certsrv clients look for, as data (certsrv.md 1.4, 2.7, 3): they cannot be had here, their rules can.

A rule is (client, page, kind, expression, expected). Pages are the answers ca-simd gave to that client's User-Agent;
`{id}` in expression and expected is the request's id. Kinds:
  first     group 1 of the first match of a regular expression is `expected`
  all       group 1 of every match, as a list
  has, not  the text stands in the page, or does not
  line      the line after the one that is `expression`, cut at the double quotes: piece 1 is `expected`
  anchor    the first link whose address has expression[0] and not expression[1]
  type      the whole Content-Type of the answer
"""
PYTHON = "Mozilla/5.0 certsrv"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Firefox/78.0"
TRIDENT = "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"
GO = "Go-http-client/1.1"
CURL = "curl/7.88.1"
NO_TEMPLATE = "The request was for a certificate template that is not supported by the Active Directory"

AGENTS = {
    "magnuswatn": PYTHON, "degagne": PYTHON, "grindsa": PYTHON, "nokia": "Mozilla", "caddy-certsrv": GO,
    "jimmypw": GO, "vmware-sddc": CURL, "impacket": FIREFOX, "certipy": FIREFOX, "metasploit": FIREFOX,
    "shell": TRIDENT, "certreq.sh": TRIDENT, "locale-proof": CURL, "ciscora": "CiscoRA 1.0",
}


def pythons(client):
    return [
        (client, "issued", "first", r"certnew.cer\?ReqID=(\d+)&", "{id}"),
        (client, "issued", "not", "Certificate Pending", None),
        (client, "pending", "has", "Certificate Pending", None),
        (client, "pending", "first", r"Your Request Id is (\d+).", "{id}"),
        (client, "pending", "not", "certnew.cer?ReqID=", None),
        (client, "denied", "not", "Certificate Pending", None),
        (client, "denied", "not", "certnew.cer?ReqID=", None),
        (client, "denied", "first", r'The disposition message is "(Denied by Policy Module  0x80094811, )[^"]+', None),
        (client, "broken", "first", r'The disposition message is "(Error Parsing Request  )[^"]+', None),
        (client, "certificate", "type", "application/pkix-cert", None),
        (client, "chain", "type", "application/x-pkcs7-certificates", None),
        (client, "ca certificate", "type", "application/pkix-cert", None),
        (client, "ca chain", "type", "application/x-pkcs7-certificates", None),
        (client, "ca page", "first", r"nRenewals=(\d+);", "0"),
        (client, "fetch pending", "type", "text/html", None),
    ]


RULES = [
    *pythons("magnuswatn"), *pythons("grindsa"), *pythons("degagne"),
    ("degagne", "issued", "first", r"certnew.cer\?ReqID\=([0-9]+)", "{id}"),
    ("degagne", "ca certificate, renewal -1", "type", "application/pkix-cert", None),

    ("nokia", "issued", "first", r"certnew.cer\?ReqID=([0-9]+)&", "{id}"),
    ("nokia", "pending", "first", r"Your Request Id is ([0-9]+).", "{id}"),
    ("nokia", "denied", "first", r"Your Request Id is ([0-9]+).", "{id}"),
    ("nokia", "certificate", "type", "application/pkix-cert", None),
    ("nokia", "fetch pending", "has", "Taken Under Submission", None),
    ("nokia", "fetch pending", "not", "Denied by", None),
    ("nokia", "fetch denied", "has", "Denied by", None),
    ("nokia", "ca page", "first", r"var nRenewals=([0-9]+);", "0"),
    ("nokia", "ca certificate", "type", "application/pkix-cert", None),
    ("nokia", "ca chain", "type", "application/x-pkcs7-certificates", None),

    ("caddy-certsrv", "issued", "anchor", ("b64", "p7b"), "certnew.cer?ReqID={id}&Enc=b64"),

    ("jimmypw", "issued", "has", "Certificate Issued", None),
    ("jimmypw", "issued", "first", r"certnew.cer\?ReqID=(\d+)&amp;Enc=b64", "{id}"),
    ("jimmypw", "pending", "has", "Your certificate request has been received.", None),
    ("jimmypw", "pending", "first", r"Your Request Id is (\d+)", "{id}"),
    ("jimmypw", "pending", "not", "still pending", None),
    ("jimmypw", "polled", "has", "still pending", None),
    ("jimmypw", "denied", "has", "Your certificate request was denied.", None),
    ("jimmypw", "no log-in", "has", "401 - Unauthorized: Access is denied due to invalid credentials.", None),

    ("vmware-sddc", "issued", "first", r"certnew.cer\?ReqID=(\d+)&amp", "{id}"),
    ("vmware-sddc", "templates", "all", r'<Option Value="[EO];([^;"]+);[^"]*">[^<]*</Option>',
     ["CiscoRA", "Slow", "Strict"]),

    ("impacket", "issued", "all", r'location="certnew.cer\?ReqID=(.*?)&', ["{id}"]),
    ("impacket", "denied", "all", r'location="certnew.cer\?ReqID=(.*?)&', []),
    ("impacket", "certificate without Enc", "has", "-----BEGIN CERTIFICATE-----", None),
    ("impacket", "templates", "all", r"<Option Value=\"[EO];(.*?);", ["CiscoRA", "Slow", "Strict"]),

    ("certipy", "issued", "first", r"certnew.cer\?ReqID=([0-9]+)&", "{id}"),
    ("certipy", "unknown template", "has", "template that is not supported", None),
    ("certipy", "pending", "has", "Certificate Pending", None),
    ("certipy", "pending", "first", r"Your Request Id is ([0-9]+)", "{id}"),
    ("certipy", "denied", "first", r"Denied by Policy Module  (0x[0-9a-fA-F]+),", "0x80094811"),
    ("certipy", "fetch pending", "has", "Taken Under Submission", None),
    ("certipy", "fetch denied", "first", r"Denied by Policy Module  (0x[0-9a-fA-F]+),", "0x80094811"),
    ("certipy", "fetch unknown", "has", "The requested property value is empty", None),
    ("certipy", "templates", "first", r"<Select Name=(lbCertTemplate) ID=lbCertTemplateID>", "lbCertTemplate"),

    ("metasploit", "issued", "first", r'location="([^"]*)"', "certnew.cer?ReqID={id}&"),
    ("metasploit", "denied", "has", "request was denied", None),
    ("metasploit", "failed", "has", "request failed", None),
    ("metasploit", "no log-in", "has", "invalid credentials", None),
    ("metasploit", "templates", "all", r'"[E|O];([^;]*);', ["CiscoRA", "Slow", "Strict"]),

    ("shell", "issued", "line", "function handleGetCert() {", "certnew.cer?ReqID={id}&"),
    ("certreq.sh", "issued", "line", "function handleGetCert() {", "certnew.cer?ReqID={id}&"),
    ("certreq.sh", "issued", "line", "function handleGetChain() {", "certnew.p7b?ReqID={id}&"),
    ("certreq.sh", "ca page", "first", r"nRenewals=([0-9]+)", "0"),
    ("certreq.sh", "pending", "first", r"nReqId = ([0-9]+)", "{id}"),
    ("certreq.sh", "no log-in", "has", "<title>401", None),
    ("certreq.sh", "templates", "all", r'<Option Value="(?:[^;"]*;){13}([^;"]*)"',
     ["CiscoRA", "Slow (needs approval)", "Strict"]),

    ("locale-proof", "pending", "first", r"ID=locInfoReqID>[^0-9]*([0-9]+)", "{id}"),
    ("locale-proof", "denied", "has", "ID=locDenied", None),
    ("locale-proof", "fetch pending", "first", r"ID=locDispLabel>(?:.|\n)*?\t\t([0-9]+)", "5"),
    ("locale-proof", "fetch denied", "first", r"ID=locDispLabel>(?:.|\n)*?\t\t([0-9]+)", "2"),

    ("ciscora", "issued", "first", r"certnew\.cer\?ReqID=([0-9]+)&", "{id}"),
    ("ciscora", "issued", "not", "<Script", None),
    ("ciscora", "certificate", "type", "text/html", None),
    ("ciscora", "chain", "type", "text/html", None),
    ("ciscora", "templates", "has", '<Option Value="O;CiscoRA;', None),
    ("ciscora", "unknown template", "has", "Denied by Policy Module  0x80094800, " + NO_TEMPLATE, None),
]

# How clients write the same CSR (certsrv.md 1.2): name -> (PEM -> form text, form's encoding).
CSR_FORMS = {
    "PEM": lambda pem: pem,
    "PEM with CRLF": lambda pem: pem.replace("\n", "\r\n"),
    "PEM on one line": lambda pem: pem.replace("\n", ""),
    "old label": lambda pem: pem.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    "bare base 64": lambda pem: "".join(line for line in pem.splitlines() if "-----" not in line),
}
