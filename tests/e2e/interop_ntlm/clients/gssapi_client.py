# SPDX-License-Identifier: Apache-2.0
"""Logs in with the ticket of the environment over one connection and prints the status of each answer.

gssapi_client.py HOST PORT CA_FILE BINDING PATH [PATH ...]: BINDING is none, right (to the server's certificate), wrong, or
legs (none, and a log-in of more than one token each way). Requests for the first path carry tokens until the log-in is
over, those for further paths have no Authorization header at all.
"""
import base64
import hashlib
import http.client
import ssl
import sys

import gssapi
from gssapi.raw import ChannelBindings


def bindings(kind, certificate):
    if kind in ("none", "legs"):
        return None
    digest = hashlib.sha256(certificate if kind == "right" else certificate + b"x").digest()
    return ChannelBindings(application_data=b"tls-server-end-point:" + digest)


def main():
    host, port, ca_file, kind, *paths = sys.argv[1:]
    connection = http.client.HTTPSConnection(host, int(port), context=ssl.create_default_context(cafile=ca_file),
                                             timeout=20)
    connection.connect()
    flags = gssapi.RequirementFlag.mutual_authentication
    if kind == "legs":
        flags |= gssapi.RequirementFlag.dce_style
    context = gssapi.SecurityContext(
        name=gssapi.Name(f"HTTP@{host}", gssapi.NameType.hostbased_service), usage="initiate", flags=flags,
        mech=gssapi.OID.from_int_seq("1.3.6.1.5.5.2"),
        channel_bindings=bindings(kind, connection.sock.getpeercert(binary_form=True)))

    def get(path, token=None):
        headers = {} if token is None else {"Authorization": "Negotiate " + base64.b64encode(token).decode()}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        print(answer.status)
        return answer.status, base64.b64decode(answer.getheader("WWW-Authenticate", "").partition("Negotiate ")[2])

    status, reply = get(paths[0], context.step())
    while status == 401 and reply and not context.complete:
        status, reply = get(paths[0], context.step(reply))
    if status != 401 and reply:
        context.step(reply)
    # The server proves who it is, too.
    assert status == 401 or context.complete
    for path in paths[1:]:
        get(path)


main()
