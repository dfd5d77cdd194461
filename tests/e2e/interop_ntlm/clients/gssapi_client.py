# SPDX-License-Identifier: Apache-2.0
"""Logs in with the ticket of the environment over one connection and prints the status of each answer.

gssapi_client.py HOST PORT CA_FILE BINDING [PATH ...]: BINDING is none, right (to the server's certificate) or wrong. The
first request has a token, those for further paths have no Authorization header at all.
"""
import base64
import hashlib
import http.client
import ssl
import sys

import gssapi
from gssapi.raw import ChannelBindings


def bindings(kind, certificate):
    if kind == "none":
        return None
    digest = hashlib.sha256(certificate if kind == "right" else certificate + b"x").digest()
    return ChannelBindings(application_data=b"tls-server-end-point:" + digest)


def main():
    host, port, ca_file, kind, *paths = sys.argv[1:]
    connection = http.client.HTTPSConnection(host, int(port), context=ssl.create_default_context(cafile=ca_file),
                                             timeout=20)
    connection.connect()
    spnego = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
    context = gssapi.SecurityContext(
        name=gssapi.Name(f"HTTP@{host}", gssapi.NameType.hostbased_service), mech=spnego, usage="initiate",
        flags=gssapi.RequirementFlag.mutual_authentication,
        channel_bindings=bindings(kind, connection.sock.getpeercert(binary_form=True)))
    headers = {"Authorization": "Negotiate " + base64.b64encode(context.step()).decode()}
    for path in paths:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        print(answer.status)
        token = answer.getheader("WWW-Authenticate", "")
        if headers and answer.status != 401:
            # The server proves who it is, too.
            context.step(base64.b64decode(token.removeprefix("Negotiate ")))
            assert context.complete, token
        headers = {}


main()
