# SPDX-License-Identifier: Apache-2.0
"""Python's requests, with requests-ntlm or Basic. See README.md."""
import os
import pathlib
import re
import sys

import requests

env = os.environ
session = requests.Session()
if env["CLIENT_AUTH"] == "ntlm":
    from requests_ntlm import HttpNtlmAuth
    session.auth = HttpNtlmAuth(env["CLIENT_USER"], env["CLIENT_PASSWORD"])
else:
    session.auth = (env["CLIENT_USER"], env["CLIENT_PASSWORD"])
session.verify = env["CLIENT_CA"]
session.trust_env = False
if env["CLIENT_AGENT"]:
    session.headers["User-Agent"] = env["CLIENT_AGENT"]
out = pathlib.Path(env["CLIENT_OUT"])


def get(name, types=None, **query):
    answer = session.get(f"{env['CLIENT_BASE']}/certsrv/{name}", params=query, timeout=20)
    answer.raise_for_status()
    if types and env["CLIENT_AGENT"] and answer.headers["Content-Type"] != types:
        sys.exit(f"{name} is {answer.headers['Content-Type']}")
    return answer


offered = re.findall(r'<Option Value="([^"]*)">', get("certrqxt.asp").text)
names = [option.split(";")[1] for option in offered]
for template in env["CLIENT_TEMPLATES"].split():
    if template not in names:
        sys.exit(f"{template} is not among {names}")
    page = session.post(f"{env['CLIENT_BASE']}/certsrv/certfnsh.asp", timeout=20, data={
        "Mode": "newreq", "CertRequest": pathlib.Path(env["CLIENT_CSR"]).read_text(encoding="ascii"),
        "CertAttrib": f"CertificateTemplate:{template}\r\nUserAgent:{session.headers['User-Agent']}\r\n",
        "FriendlyType": "Saved-Request Certificate", "TargetStoreFlags": "0", "SaveCert": "yes", "ThumbPrint": ""}).text
    issued = re.search(r"certnew.cer\?ReqID=(\d+)&", page)
    if issued:
        number = issued.group(1)
        out.joinpath("cert.pem").write_text(get("certnew.cer", "application/pkix-cert", ReqID=number, Enc="b64").text)
        kind = "application/x-pkcs7-certificates"
        out.joinpath("chain.p7b").write_text(get("certnew.p7b", kind, ReqID=number, Enc="b64").text)
        renewals = re.search(r"var nRenewals=(\d+);", get("certcarc.asp").text).group(1)
        out.joinpath("ca.p7b").write_text(get("certnew.p7b", kind, ReqID="CACert", Renewal=renewals, Enc="b64").text)
        print("issued", number)
    elif "Certificate Pending" in page:
        print("pending", re.search(r"Your Request Id is (\d+).", page).group(1))
    else:
        print("denied", re.search(r'The disposition message is "[^"]*(0x[0-9a-f]{8})', page).group(1))
