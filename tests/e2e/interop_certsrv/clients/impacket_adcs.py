# SPDX-License-Identifier: Apache-2.0
"""Impacket's AD CS web enrolment client, unchanged, on a connection of our own account. See README.md.

Impacket takes a connection that is logged in already; http.client and impacket.ntlm make one here. The client makes
its own key and User-Agent and asks for one certificate; it leaves a PKCS#12 without password in CLIENT_OUT.
"""
import base64
import http.client
import importlib.util
import logging
import os
import pathlib
import re
import ssl
import sys
import types
import urllib.parse

import impacket
from impacket import LOG, ntlm

# Loaded by its path: its package imports all clients of the collection, and one needs what Debian does not have.
source = pathlib.Path(impacket.__file__).parent / "examples/ntlmrelayx/attacks/httpattacks/adcsattack.py"
spec = importlib.util.spec_from_file_location("adcsattack", source)
adcsattack = importlib.util.module_from_spec(spec)
spec.loader.exec_module(adcsattack)

env = os.environ
domain, user = env["CLIENT_USER"].split("\\")
where = urllib.parse.urlsplit(env["CLIENT_BASE"])


class Connection(http.client.HTTPSConnection):
    """Adds Basic to each request; NTLM belongs to the connection and needs nothing more once it is there."""
    authorization = None

    def request(self, method, url, body=None, headers=None, **options):
        headers = dict(headers or {})
        if self.authorization:
            headers["Authorization"] = self.authorization
        super().request(method, url, body=body, headers=headers, **options)


connection = Connection(where.hostname, where.port, timeout=20,
                        context=ssl.create_default_context(cafile=env["CLIENT_CA"]))
if env["CLIENT_AUTH"] == "basic":
    token = f"{env['CLIENT_USER']}:{env['CLIENT_PASSWORD']}".encode()
    connection.authorization = "Basic " + base64.b64encode(token).decode()
else:
    def leg(message):
        connection.request("GET", "/certsrv/",
                           headers={"Authorization": "NTLM " + base64.b64encode(message.getData()).decode()})
        answer = connection.getresponse()
        answer.read()
        return answer

    first = ntlm.getNTLMSSPType1(domain=domain, use_ntlmv2=True)
    challenge = base64.b64decode(leg(first).getheader("WWW-Authenticate").split(" ")[1])
    third, _ = ntlm.getNTLMSSPType3(first, challenge, user, env["CLIENT_PASSWORD"], domain, use_ntlmv2=True)
    if leg(third).status != 200:
        sys.exit("the log-in failed")

words = []
handler = logging.Handler()
handler.emit = lambda record: words.append(record.getMessage())
LOG.addHandler(handler)
LOG.setLevel(logging.INFO)
client = adcsattack.ADCSAttack()
client.client = connection
client.username = user
client.config = types.SimpleNamespace(template=env["CLIENT_TEMPLATES"], altName=None)
client._run()
said = "\n".join(words)
number = re.search(r"GOT CERTIFICATE! ID (\d+)", said)
if not number:
    sys.exit(said)
store = re.search(r"Base64 certificate of user .*?: \n([A-Za-z0-9+/=]+)", said).group(1)
(pathlib.Path(env["CLIENT_OUT"]) / "store.p12").write_bytes(base64.b64decode(store))
print("issued", number.group(1))
