# SPDX-License-Identifier: Apache-2.0
"""A ca-simd that issues: CiscoRA at once, Slow after approval, Strict never for keys as small as ours."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "interop_ntlm"))
from ca_simd import BIN, SECONDS, CaSimd, openssl  # noqa: E402

PASSWORD = "C3rtsrv.Secret"
USER = "LAB\\ciscora"
SCREENSHOTS = pathlib.Path(os.environ.get("OPENCAPF_SCREENSHOTS", BIN.parent / "screenshots"))


def template(name, number, **changes):
    return {"name": name, "oid": f"1.3.6.1.4.1.311.21.8.1.{number}", "minor_version": 3, "minimum_key_bits": 2048,
            "key_usage": ["digitalSignature", "keyEncipherment"], "eku": ["serverAuth", "clientAuth"],
            "enroll": ["ciscora"], **changes}


TEMPLATES = [template("CiscoRA", 1), template("Slow", 2, display_name="Slow (needs approval)", manager_approval=True),
             template("Strict", 3, minimum_key_bits=8192), template("NotForYou", 4, enroll=[])]


class CertsrvSite(CaSimd):
    """Use as a context manager."""

    def __init__(self, providers):
        super().__init__(providers, [{"name": "ciscora", "password": PASSWORD}, {"name": "guest", "password": PASSWORD}])
        path = self.dir / "ca-simd.json"
        config = json.loads(path.read_text())
        config["templates"] = TEMPLATES
        config["metrics"] = {"enabled": False}
        config["admin_socket"] = "admin.sock"
        path.write_text(json.dumps(config))
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "phone.key", "-out", "phone.csr", "-subj",
                "/CN=SEP001122334455", cwd=self.dir)

    def capfctl(self, *arguments):
        """What the certificate manager's command says; a refusal raises."""
        done = subprocess.run([BIN / "capfctl", "--socket", self.dir / "admin.sock", *arguments], capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(f"capfctl {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    @property
    def csr(self):
        return (self.dir / "phone.csr").read_text()

    def subject(self, certificate, form="PEM", ca_file=None):
        """Subject of a certificate that was made for our key and verifies against the CA; anything else raises."""
        pem = subprocess.run(["openssl", "x509", "-inform", form], input=certificate, capture_output=True, check=True)
        subprocess.run(["openssl", "verify", "-CAfile", ca_file or self.ca_file], input=pem.stdout, check=True,
                       capture_output=True)
        of_certificate = subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=pem.stdout, check=True,
                                        capture_output=True).stdout
        of_key = subprocess.run(["openssl", "pkey", "-in", self.dir / "phone.key", "-pubout"], check=True,
                                capture_output=True).stdout
        if of_certificate != of_key:
            raise AssertionError("a certificate for another key")
        said = subprocess.run(["openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253"], input=pem.stdout,
                              capture_output=True, check=True).stdout.decode()
        return said.strip().removeprefix("subject=")

    @staticmethod
    def chain(pkcs7, form="PEM"):
        """Subjects in a PKCS#7, in order."""
        done = subprocess.run(["openssl", "pkcs7", "-inform", form, "-print_certs", "-noout"], input=pkcs7,
                              capture_output=True, check=True)
        return re.findall(r"subject=(.*)", done.stdout.decode())
