# SPDX-License-Identifier: Apache-2.0
"""EST clients that nobody here wrote, against cesd and ca-simd: curl with openssl, strongSwan's pki, Bouncy Castle. None
of them gets an option that weakens TLS."""
import base64
import email
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from est_site import HOST, SOURCE, EstSite, openssl

HERE = pathlib.Path(__file__).parent
JARS = [pathlib.Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar", "bctls.jar")]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if cls is Case:
            raise unittest.SkipTest("base class")
        cls.site = cls.enterClassContext(EstSite())

    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="ocapf-est-")))

    def absent(self, package):
        """What is missing on a desk is skipped; CI installs it (tools/packages.txt) and must not skip."""
        if os.environ.get("CI"):
            self.fail(f"{package} is not installed")
        self.skipTest(f"{package} is not installed")

    def run_tool(self, *command, check=True, data=None):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run([str(part) for part in command], input=data, capture_output=True, timeout=120, check=False,
                              env=environment, cwd=self.dir)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout.decode(errors='replace')}"
                                 f"{done.stderr.decode(errors='replace')}")
        return done


class Curl(Case):
    """A script of curl and openssl, as administrators write it."""

    def curl(self, operation, *more, label="", unwrapped=False, password=True):
        """Status, headers and body."""
        command = ["curl", "--silent", "--show-error", "--cacert", self.site.trust, "--dump-header", self.dir / "head",
                   "--output", self.dir / "body", "--write-out", "%{http_code}"]
        if password:
            # By file, as a command line is everybody's to read.
            (self.dir / "curlrc").write_text(f'user = "LAB\\\\ciscora:{self.site.password}"\n', encoding="utf-8")
            command += ["--config", self.dir / "curlrc"]
        (self.dir / "body").write_bytes(b"")
        done = self.run_tool(*command, *more, self.site.url(operation, label, unwrapped))
        head = email.message_from_string((self.dir / "head").read_text(encoding="latin-1").replace("\r", "").split("\n", 1)[1])
        return int(done.stdout), head, (self.dir / "body").read_bytes()

    def post(self, operation, csr, *more, **options):
        body = self.dir / "request"
        body.write_bytes(base64.encodebytes(openssl("req", "-in", csr, "-outform", "DER")))
        return self.curl(operation, "--data-binary", f"@{body}", "--header", "Content-Type: application/pkcs10", *more,
                         **options)

    def certificates(self, body, name):
        """The bag as PEM file, and how many are in it."""
        der = base64.b64decode(body)
        pem = openssl("pkcs7", "-inform", "DER", "-print_certs", data=der)
        path = self.dir / name
        path.write_bytes(pem)
        return path, pem.count(b"BEGIN CERTIFICATE")

    def enrol(self, name, **options):
        csr = self.site.request(self.dir, name)
        status, head, body = self.post("simpleenroll", csr, **options)
        self.assertEqual(status, 200, body)
        self.assertEqual(head["Content-Type"], "application/pkcs7-mime; smime-type=certs-only")
        path, count = self.certificates(body, f"{name}.pem")
        self.assertEqual(count, 1)
        self.site.check_issued(path, self.dir / f"{name}.key", name)
        return path

    def test_cacerts_need_no_credentials(self):
        for unwrapped in (False, True):
            status, head, body = self.curl("cacerts", password=False, unwrapped=unwrapped)
            self.assertEqual((status, head["Content-Type"]), (200, "application/pkcs7-mime"))
            self.assertEqual(body.count(b"\n") == 1, unwrapped)
            path, _ = self.certificates(body, "cacerts.pem")
            openssl("verify", "-CAfile", path, self.site.dir / "pki" / "root.pem")

    def test_csrattrs_need_no_credentials(self):
        status, head, body = self.curl("csrattrs", password=False)
        self.assertEqual((status, head["Content-Type"]), (200, "application/csrattrs"))
        said = openssl("asn1parse", "-inform", "DER", data=base64.b64decode(body)).decode()
        self.assertIn("rsaEncryption", said)
        self.assertIn("sha256WithRSAEncryption", said)

    def test_enrols_with_basic(self):
        self.enrol("SEP0A0000000001")
        self.enrol("SEP0A0000000002", unwrapped=True)

    def test_enrols_without_the_right_password_not(self):
        csr = self.site.request(self.dir, "SEP0A0000000003")
        status, head, _ = self.post("simpleenroll", csr, password=False)
        self.assertEqual((status, head["WWW-Authenticate"]), (401, 'Basic realm="estrealm"'))

    def test_reenrols_with_the_certificate_it_renews(self):
        old = self.enrol("SEP0A0000000004")
        key = self.dir / "SEP0A0000000004.key"
        old_key = self.dir / "old.key"
        old_key.write_bytes(key.read_bytes())
        csr = self.site.request(self.dir, "SEP0A0000000004")  # a new key
        show = ("--cert", old, "--key", old_key)
        status, _, body = self.post("simplereenroll", csr, *show, password=False)
        self.assertEqual(status, 200, body)
        new, _ = self.certificates(body, "new.pem")
        self.site.check_issued(new, key, "SEP0A0000000004")
        status, _, body = self.post("simplereenroll", self.site.request(self.dir, "SEP0A0000000005"), *show, password=False)
        self.assertIn(status, (400, 403), body)  # another subject

    def test_gets_a_key_made_by_the_server(self):
        csr = self.site.request(self.dir, "SEP0A0000000006")
        status, head, body = self.post("serverkeygen", csr)
        self.assertEqual(status, 200, body)
        parts = email.message_from_bytes(b"Content-Type: " + head["Content-Type"].encode() + b"\n\n" + body).get_payload()
        self.assertEqual([part.get_content_type() for part in parts], ["application/pkcs8", "application/pkcs7-mime"])
        key = self.dir / "made.key"
        key.touch(0o600)
        key.write_bytes(openssl("pkey", "-inform", "DER", data=base64.b64decode(parts[0].get_payload())))
        path, _ = self.certificates(parts[1].get_payload(), "made.pem")
        self.site.check_issued(path, key, "SEP0A0000000006")

    def test_a_label_may_demand_proof_of_possession(self):
        status, _, body = self.post("simpleenroll", self.site.request(self.dir, "SEP0A0000000007"), label="pop")
        self.assertIn(status, (400, 401), body)
        self.assertEqual(self.curl("cacerts", label="no-such-label", password=False)[0], 404)


class StrongSwan(Case):
    """pki --estca and pki --est of strongSwan: speaks to the listener without line breaks."""

    def setUp(self):
        super().setUp()
        if shutil.which("pki") is None:
            self.absent("strongswan-pki")
        self.url = f"https://{HOST}:{self.site.unwrapped_port}"

    def pki(self, *arguments, check=True, data=None):
        return self.run_tool("pki", *arguments, check=check, data=data)

    def est(self, csr, *more, check=True):
        # strongSwan takes the password on its command line only; it is that of a lab.
        done = self.pki("--est", "--url", self.url, "--in", csr, "--cacert", self.site.trust, "--cacert",
                        self.site.dir / "pki" / "root.pem", "--outform", "pem", *more, check=check)
        return done

    def request(self, name):
        pem = self.site.request(self.dir, name)
        der = self.dir / f"{name}.der"
        der.write_bytes(openssl("req", "-in", pem, "-outform", "DER"))
        return der

    def test_gets_the_ca_certificates(self):
        self.pki("--estca", "--url", self.url, "--cacert", self.site.trust, "--caout", self.dir / "ca.pem", "--outform", "pem")
        got = openssl("x509", "-in", next(iter(sorted(self.dir.glob("ca*.pem")))), "-outform", "DER")
        self.assertEqual(got, openssl("x509", "-in", self.site.dir / "pki" / "root.pem", "-outform", "DER"))

    def test_enrols_and_reenrols(self):
        name = "SEP0B0000000001"
        done = self.est(self.request(name), "--userpass", f"{self.site.user}:{self.site.password}")
        old = self.dir / "old.pem"
        old.write_bytes(done.stdout)
        old_key = self.dir / f"{name}.key"
        self.site.check_issued(old, old_key, name)
        kept = self.dir / "old.key"
        kept.write_bytes(old_key.read_bytes())
        done = self.est(self.request(name), "--cert", old, "--key", kept)
        new = self.dir / "new.pem"
        new.write_bytes(done.stdout)
        self.site.check_issued(new, self.dir / f"{name}.key", name)

    def test_a_wrong_password_gives_no_certificate(self):
        done = self.est(self.request("SEP0B0000000002"), "--userpass", f"{self.site.user}:wrong", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b"")


class BouncyCastle(Case):
    """org.bouncycastle.est, with proof of possession by tls-unique over TLS 1.2 (RFC 7030 section 3.5)."""

    def setUp(self):
        super().setUp()
        if shutil.which("java") is None:
            self.absent("default-jdk-headless")
        if not all(jar.exists() for jar in JARS):
            self.absent("libbcpkix-java or libbctls-java")

    def java(self, operation, *arguments, label="", check=True):
        secret = self.dir / "password"
        secret.touch(0o600)
        secret.write_text(self.site.password, encoding="utf-8")
        return self.run_tool("java", "-cp", ":".join(map(str, JARS)), HERE / "clients" / "EstClient.java", operation,
                             f"{HOST}:{self.site.lab.ces_port}", label or "-", self.site.trust, self.site.user, secret,
                             *arguments, check=check)

    def test_gets_ca_certificates_and_csr_attributes(self):
        said = self.java("cacerts").stdout.decode()
        subject = openssl("x509", "-in", self.site.dir / "pki" / "root.pem", "-noout", "-subject", "-nameopt", "RFC2253")
        self.assertIn(subject.decode().split("=", 1)[1].strip().split(",")[0], said)
        self.assertIn("1.2.840.113549.1.1.11", self.java("csrattrs").stdout.decode())

    def test_enrols_and_reenrols(self):
        for operation in ("enroll", "reenroll"):
            with self.subTest(operation):
                name = "SEP0C0000000001"
                out = self.dir / f"{operation}.pem"
                more = () if operation == "enroll" else (self.dir / "enroll.pem", self.dir / "enroll.key")
                self.java(operation, name, out, self.dir / f"{operation}.key", *more)
                self.site.check_issued(out, self.dir / f"{operation}.key", name)

    def test_proves_possession_with_tls_unique(self):
        name = "SEP0C0000000002"
        self.java("enroll-pop", name, self.dir / "pop.pem", self.dir / "pop.key", label="pop")
        self.site.check_issued(self.dir / "pop.pem", self.dir / "pop.key", name)
        done = self.java("enroll", name, self.dir / "no.pem", self.dir / "no.key", label="pop", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.dir / "no.pem").exists())


if __name__ == "__main__":
    unittest.main()
