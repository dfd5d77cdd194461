# SPDX-License-Identifier: Apache-2.0
"""A ca-simd with an admin socket and a plain HTTP port, alone as root or as issuing CA below one, and its manager."""
import html
import json
import os
import re
import subprocess
import sys
import pathlib
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent / "interop_ntlm"))
import ca_simd  # noqa: E402
from ca_simd import BIN, HOST, CaSimd, openssl  # noqa: E402
from certsrv_site import PASSWORD, template  # noqa: E402
from lab_fixture import free_ports  # noqa: E402

AGENT_POLICY = "1.3.6.1.4.1.311.20.2.1"
TEMPLATES = [template("CiscoRA", 1), template("Slow", 2, manager_approval=True),
             template("Agent", 3, eku=["certificateRequestAgent"]),
             template("OnBehalf", 4, ra_signatures=1, subject_from_request=True),
             template("Curve", 5, key_algorithm="ec"), template("Old", 6, schema=1),
             template("Once", 7, duplicates="deny"), template("Newest", 8, duplicates="supersede"),
             template("SlowOnce", 11, duplicates="deny", manager_approval=True),
             template("CiscoDoc", 9, certificate_authority=True, eku=[], key_usage=["keyCertSign", "cRLSign"]),
             template("NoEncipherment", 10, key_usage=["digitalSignature"])]


def make_issuing_pki(directory):
    """A root that keeps out of the way, and below it ca.pem (with the root behind it) and ca.key; iis.pem as usual."""
    ca_simd.make_pki(directory)
    for name in ("pem", "key"):
        (directory / f"ca.{name}").rename(directory / f"root.{name}")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.csr", "-subj",
            "/DC=test/DC=example/CN=Issuing CA", cwd=directory)
    (directory / "ca.ext").write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign,cRLSign\n"
                                      "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    openssl("x509", "-req", "-in", "ca.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "77", "-days",
            "20", "-extfile", "ca.ext", "-out", "ca.pem", cwd=directory)
    with (directory / "ca.pem").open("a") as chain:
        chain.write((directory / "root.pem").read_text())
    (directory / "ca.key").chmod(0o600)
    openssl("req", "-new", "-key", "iis.key", "-out", "iis.csr", "-subj", f"/CN={HOST}", cwd=directory)
    openssl("x509", "-req", "-in", "iis.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "78", "-days", "20",
            "-extfile", "iis.ext", "-out", "iis.pem", cwd=directory)
    (directory / "iis.pem").write_text((directory / "iis.pem").read_text() + (directory / "ca.pem").read_text())


class ManagedCa(CaSimd):
    """Use as a context manager."""

    def __init__(self, issuing=False, **ca):
        self.http_port, = free_ports(1)
        http = f"http://%1:{self.http_port}"
        more = {"admin_socket": "admin.sock", "templates": TEMPLATES,
                "public_http": {"enabled": True, "address": "127.0.0.1", "port": self.http_port},
                "ca": {"certificate": "ca.pem", "private_key": "ca.key",
                       "crl_urls": [f"{http}/CertEnroll/%3%8%9.crl"],
                       "aia_urls": [f"{http}/CertEnroll/%1_%3%4.crt"], "ocsp_urls": [f"{http}/ocsp"], **ca}}
        if issuing:
            more["ca"]["parent_private_key"] = "root.key"
        super().__init__(["Basic", "NTLM"], [{"name": "ciscora", "password": PASSWORD},
                                             {"name": "guest", "password": PASSWORD}], more=more)
        if issuing:
            make_issuing_pki(self.dir)
        self.ca_file = self.dir / ("root.pem" if issuing else "ca.pem")
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "phone.key", "-out", "phone.csr", "-subj",
                "/CN=SEP001122334455", cwd=self.dir)
        self.csr = (self.dir / "phone.csr").read_text()

    def capfctl(self, *arguments, check=True):
        done = subprocess.run([BIN / "capfctl", "--socket", self.dir / "admin.sock", "ca", *map(str, arguments)],
                              capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done

    def ask(self, *arguments):
        done = subprocess.run([BIN / "capfctl", "--json", "--socket", self.dir / "admin.sock", "ca",
                               *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
        return json.loads(done.stdout)

    def curl(self, path, *arguments, user="ciscora", password=PASSWORD):
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", self.ca_file, "-u", f"{user}:{password}",
                               "--basic", *arguments, self.url(path)], capture_output=True, check=False, timeout=60)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        return done.stdout

    def submit(self, template_name, csr=None, attributes="", **login):
        """(request id, text of the page)"""
        attribute_text = f"CertificateTemplate:{template_name}\r\n{attributes}"
        page = self.curl("/certsrv/certfnsh.asp", "--data-urlencode", "Mode=newreq", "--data-urlencode",
                         f"CertRequest={csr or self.csr}", "--data-urlencode", f"CertAttrib={attribute_text}", "--data",
                         "TargetStoreFlags=0&SaveCert=yes", **login).decode()
        found = re.search(r"ReqID=(\d+)&|Your Request Id is (\d+)", page)
        if not found:
            raise AssertionError(page)
        return int(found[1] or found[2]), html.unescape(page)

    def fetch(self, request_id, name="phone.pem"):
        """Path of the certificate of a request."""
        path = self.dir / name
        path.write_bytes(self.curl(f"/certsrv/certnew.cer?ReqID={request_id}&Enc=b64"))
        return path

    def issue(self, template_name="CiscoRA", name="phone.pem", **options):
        request_id, page = self.submit(template_name, **options)
        if "was issued to you" not in page:
            raise AssertionError(page)
        return request_id, self.fetch(request_id, name)

    def http(self, url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read(), answer.headers["Content-Type"]

    def restart(self):
        """kill -9, and a new start on the same directory."""
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.words = ""
        self.process = subprocess.Popen([BIN / "ca-simd", "--config", self.dir / "ca-simd.json"],
                                        stderr=subprocess.PIPE, env=self.environment)
        os.set_blocking(self.process.stderr.fileno(), False)
        self.port = int(self._wait(self._served_port, "start of ca-simd"))


def run(*command, check=True):
    """Standard output and error of a command."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def text_of(certificate):
    return run("openssl", "x509", "-in", certificate, "-noout", "-text")
