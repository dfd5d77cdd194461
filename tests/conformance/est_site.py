# SPDX-License-Identifier: Apache-2.0
"""A lab whose cesd offers all it has to clients of other people: labels, keys made by the server, client certificates,
and a second listener whose base64 is one line, as strongSwan needs it."""
import json
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "e2e"))
from lab_fixture import SOURCE, Lab, free_ports  # noqa: E402,F401

HOST = "localhost"  # a name of every certificate of the lab


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments} ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


class EstSite:
    """Use as a context manager."""

    def __init__(self):
        self.lab = Lab()
        self.dir = self.lab.dir
        self.unwrapped_port = free_ports(1)[0]
        self.trust = self.dir / "pki" / "ces-ca.pem"
        self.user = "LAB\\ciscora"

    def __enter__(self):
        try:
            self.lab.up()
            self.reconfigure()
        except BaseException:
            self.lab.close()
            raise
        self.password = (self.dir / "secrets" / "ca-password").read_text(encoding="utf-8").splitlines()[0]
        return self

    def __exit__(self, *_):
        self.lab.close()

    def reconfigure(self):
        folder = self.dir / "etc" / "cesd.d"
        folder.mkdir(exist_ok=True)
        (folder / "conformance.json").write_text(json.dumps({
            "tls": {"client_certificates": "optional"},
            "listeners": [{"name": "one-line", "address": "127.0.0.1", "port": self.unwrapped_port, "base64_wrap": 0,
                           "client_certificates": "optional"}],
            "est": {
                "auth": ["certsrv_login", "client_certificate"],
                "csrattrs": {"key": "rsa-2048", "oids": ["1.2.840.113549.1.1.11"]},
                "serverkeygen": {"enabled": True, "key": "rsa-2048"},
                "labels": [{"name": "pop", "pop_enabled": True}],
            },
        }), encoding="utf-8")
        self.lab.kill("cesd", signal.SIGTERM)
        self.lab.up()

    def url(self, operation="", label="", unwrapped=False):
        port = self.unwrapped_port if unwrapped else self.lab.ces_port
        path = "/".join(part for part in ("/.well-known/est", label, operation) if part)
        return f"https://{HOST}:{port}{path}"

    def request(self, folder, name, *more):
        """NAME.key and NAME.csr (PEM) for CN=NAME, as the kind of string that the CA makes of it: a renewal is for the
        very name of the old certificate."""
        config = folder / "openssl.cnf"
        config.write_text("[req]\nstring_mask = default\ndistinguished_name = dn\n[dn]\n", encoding="ascii")
        openssl("req", "-new", "-config", config, "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
                folder / f"{name}.csr", "-subj", f"/CN={name}", *more)
        return folder / f"{name}.csr"

    def check_issued(self, certificate, key, name):
        """PEM file `certificate` is for CN=name and the key of `key`, and chains to the enterprise CA."""
        openssl("verify", "-CAfile", self.dir / "pki" / "root.pem", certificate)
        subject = openssl("x509", "-in", certificate, "-noout", "-subject", "-nameopt", "RFC2253").decode().strip()
        assert subject == f"subject=CN={name}", subject
        assert openssl("x509", "-in", certificate, "-noout", "-pubkey") == openssl("pkey", "-in", key, "-pubout")
