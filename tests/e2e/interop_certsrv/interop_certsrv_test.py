# SPDX-License-Identifier: Apache-2.0
"""Certsrv clients of other people, unchanged, and the rules of those that cannot be had, against a ca-simd."""
import base64
import html
import itertools
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import matchers  # noqa: E402
import npm_packages  # noqa: E402
from certsrv_site import BIN, PASSWORD, USER, CertsrvSite  # noqa: E402

CLIENTS = HERE / "clients"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
NPM = ("axios-ntlm@1.4.6", "httpntlm@1.8.13")
GO_SOURCE = pathlib.Path("/usr/share/gocode/src/github.com/Azure/go-ntlmssp")


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if cls is Case:
            raise unittest.SkipTest("base class")
        cls.site = cls.enterClassContext(CertsrvSite(["NTLM", "Negotiate", "Basic"]))

    def absent(self, what):
        """Debian packages may be missing on a desk; CI installs them (tools/packages.txt) and must not skip."""
        if os.environ.get("CI"):
            self.fail(what)
        self.skipTest(what)


class Clients(Case):
    """Each client, with NTLM and with Basic, under a browser's and under its own User-Agent."""

    def run_client(self, command, templates, auth, agent, **more):
        with tempfile.TemporaryDirectory(prefix="ocapf-client-") as out:
            environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
            environment.update(CLIENT_BASE=self.site.url(""), CLIENT_USER=USER, CLIENT_PASSWORD=PASSWORD,
                               CLIENT_CA=str(self.site.ca_file), CLIENT_CSR=str(self.site.dir / "phone.csr"),
                               CLIENT_AUTH=auth, CLIENT_AGENT=agent, CLIENT_TEMPLATES=templates, CLIENT_OUT=out, **more)
            done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.site.stderr())
            return done.stdout.splitlines(), {path.name: path.read_bytes() for path in pathlib.Path(out).iterdir()}

    def enrol(self, command, auths=("ntlm", "basic"), **more):
        for auth, agent in itertools.product(auths, (BROWSER, "")):
            with self.subTest(auth=auth, agent=agent or "its own"):
                said, files = self.run_client(command, "CiscoRA Slow Strict", auth, agent, **more)
                self.assertRegex(" ".join(said), r"^issued \d+ pending \d+ denied 0x80094811$")
                self.assertEqual(self.site.subject(files["cert.pem"]), "CN=SEP001122334455")
                self.assertEqual(self.site.chain(files["chain.p7b"]), ["CN = SEP001122334455", "CN = Interop CA"])
                self.assertEqual(self.site.chain(files["ca.p7b"]), ["CN = Interop CA"])

    def python_with(self, module, package):
        for python in (sys.executable, "/usr/bin/python3"):
            if shutil.which(python) and subprocess.run([python, "-c", f"import {module}"], capture_output=True,
                                                       check=False).returncode == 0:
                return python
        return self.absent(f"{package} is not installed")

    def test_impacket(self):
        """Somebody else's certsrv client from end to end: it parses the pages by itself."""
        python = self.python_with("impacket.ntlm", "python3-impacket")
        for auth in ("ntlm", "basic"):
            with self.subTest(auth=auth):
                said, files = self.run_client([python, CLIENTS / "impacket_adcs.py"], "CiscoRA", auth, "")
                self.assertRegex(said[-1], r"^issued \d+$")
                store = subprocess.run(["openssl", "pkcs12", "-legacy", "-nokeys", "-passin", "pass:"], check=True,
                                       input=files["store.p12"], capture_output=True).stdout
                shown = subprocess.run(["openssl", "x509", "-noout", "-subject", "-issuer", "-nameopt", "RFC2253"],
                                       input=store, check=True, capture_output=True, text=False).stdout.decode()
                self.assertEqual(shown.split("\n")[:2], ["subject=CN=ciscora", "issuer=CN=Interop CA"])

    def test_python_requests(self):
        python = self.python_with("requests_ntlm", "python3-requests-ntlm")
        self.enrol([python, CLIENTS / "requests_certsrv.py"])

    def test_shell_and_curl(self):
        self.enrol([CLIENTS / "shell_certsrv.sh"])

    def test_go(self):
        if shutil.which("go") is None or not GO_SOURCE.is_dir():
            self.absent("golang-go and golang-github-azure-go-ntlmssp-dev are not installed")
        # The compiler's cache lives in the build: net/http from nothing takes half a minute.
        cache = BIN.parent / "go-cache"
        with tempfile.TemporaryDirectory(prefix="ocapf-go-") as build:
            environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(cache),
                               CGO_ENABLED="0", GOFLAGS="")
            subprocess.run(["go", "build", "-o", build + "/client", "./main.go"], cwd=CLIENTS / "go_certsrv",
                           env=environment, check=True, timeout=240)
            self.enrol([build + "/client"])

    def node(self):
        if shutil.which("node") is None:
            self.skipTest("node is not installed")
        home = npm_packages.fetched(*NPM)
        if home is None:
            self.skipTest(f"{' and '.join(NPM)} cannot be had from the npm registry")
        return {"NODE_PATH": str(home / "node_modules")}

    def test_node_axios_ntlm(self):
        self.enrol(["node", CLIENTS / "node_certsrv.js"], **self.node(), CLIENT_LIBRARY="axios")

    def test_node_httpntlm(self):
        self.enrol(["node", CLIENTS / "node_certsrv.js"], auths=("ntlm",), **self.node(), CLIENT_LIBRARY="httpntlm")


class Rules(Case):
    """The expressions of known clients on the pages ca-simd gives to those clients' User-Agents."""

    def ask(self, agent, name, form=None, authorization=True, content_type=None):
        """(text, content type) of a page; also of a 401."""
        data = form if form is None or isinstance(form, bytes) else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.site.url("/certsrv/" + name), data=data, headers={"User-Agent": agent})
        if content_type:
            request.add_header("Content-Type", content_type)
        if authorization:
            token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            request.add_header("Authorization", "Basic " + token)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.site.ca_file)))
        try:
            answer = opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.read().decode("latin-1"), answer.headers["Content-Type"]

    def form(self, template, csr=None):
        return {"Mode": "newreq", "CertRequest": csr or self.site.csr, "TargetStoreFlags": "0", "SaveCert": "yes",
                "CertAttrib": f"CertificateTemplate:{template}\r\n"}

    def submit(self, agent, template, csr=None):
        """(page, id): each request has the next id."""
        page = self.ask(agent, "certfnsh.asp", self.form(template, csr))
        shown = re.search(r"(?:ReqID=|Your Request Id is )(\d+)", page[0])
        self.assertIsNotNone(shown, page[0])
        return page, shown.group(1)

    def pages_for(self, agent):
        """name -> ((text, content type), id)"""
        pages = {}
        for name, template, csr in (("issued", "CiscoRA", None), ("pending", "Slow", None), ("denied", "Strict", None),
                                    ("unknown template", "Nowhere", None), ("broken", "CiscoRA", "rubbish")):
            pages[name] = self.submit(agent, template, csr)
        issued, pending, denied = pages["issued"][1], pages["pending"][1], pages["denied"][1]
        for name, where in (("certificate", f"certnew.cer?ReqID={issued}&Enc=b64"),
                            ("certificate without Enc", f"certnew.cer?ReqID={issued}"),
                            ("chain", f"certnew.p7b?ReqID={issued}&Enc=bin"),
                            ("ca certificate", "certnew.cer?ReqID=CACert&Enc=bin&Renewal=0"),
                            ("ca certificate, renewal -1", "certnew.cer?ReqID=CACert&Renewal=-1&Enc=bin"),
                            ("ca chain", "certnew.p7b?ReqID=CACert&Renewal=0&Enc=b64"),
                            ("ca page", "certcarc.asp"), ("templates", "certrqxt.asp"),
                            ("fetch pending", f"certnew.cer?ReqID={pending}&"),
                            ("fetch denied", f"certnew.cer?ReqID={denied}&Enc=b64"),
                            ("fetch unknown", "certnew.cer?ReqID=4000000&Enc=b64"), ("failed", "certfnsh.asp")):
            pages[name] = self.ask(agent, where), ""
        pages["polled"] = self.ask(agent, "certfnsh.asp", {"Mode": "chkpnd", "ReqID": pending}), pending
        pages["no log-in"] = self.ask(agent, "", authorization=False), ""
        return pages

    def check(self, kind, expression, expected, text, content_type):
        text = text.replace("\r\n", "\n")
        if kind == "first":
            match = re.search(expression, text)
            self.assertIsNotNone(match, text)
            if expected is not None:
                self.assertEqual(match.group(1), expected)
        elif kind == "all":
            self.assertEqual(re.findall(expression, text), expected)
        elif kind == "has":
            self.assertIn(expression, text)
        elif kind == "not":
            self.assertNotIn(expression, text)
        elif kind == "line":
            lines = text.split("\n")
            self.assertEqual(lines[lines.index(expression) + 1].split('"')[1], expected)
        elif kind == "anchor":
            links = [html.unescape(link) for link in re.findall(r'(?i)<a [^>]*href="([^"]*)"', text)]
            fits = [link for link in links if expression[0] in link and expression[1] not in link]
            self.assertEqual(fits[:1], [expected])
        elif kind == "type":
            self.assertEqual(content_type, expression)
        else:
            self.fail(f"no rule of kind {kind}")

    def test_what_known_clients_look_for(self):
        pages = {agent: self.pages_for(agent) for agent in set(matchers.AGENTS.values())}
        for client, page, kind, expression, expected in matchers.RULES:
            with self.subTest(client=client, page=page, kind=kind, expression=expression):
                (text, content_type), number = pages[matchers.AGENTS[client]][page]
                if isinstance(expected, str):
                    expected = expected.replace("{id}", number)
                elif isinstance(expected, list):
                    expected = [entry.replace("{id}", number) for entry in expected]
                self.check(kind, expression, expected, text, content_type)

    def test_every_client_of_the_table_has_rules(self):
        self.assertEqual({rule[0] for rule in matchers.RULES}, set(matchers.AGENTS))

    def test_how_clients_write_a_request(self):
        for name, change in matchers.CSR_FORMS.items():
            for agent in (BROWSER, "CiscoRA 1.0"):
                with self.subTest(form=name, agent=agent):
                    _, number = self.submit(agent, "CiscoRA", change(self.site.csr))
                    pem, _ = self.ask(agent, f"certnew.cer?enc=B64&REQID={number}&")
                    self.assertEqual(self.site.subject(pem.encode()), "CN=SEP001122334455")

    def test_multipart(self):
        parts = "".join(f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                        for name, value in self.form("CiscoRA").items()) + "--cut--\r\n"
        page, _ = self.ask("curl/7.88.1", "certfnsh.asp", parts.encode(), content_type="multipart/form-data; boundary=cut")
        self.assertIn("Certificate Issued", page)

    def test_plus_that_was_not_encoded_is_refused(self):
        """A real server sees blanks where the plus signs were; recipes know and write %2B."""
        csr = "".join(line for line in self.site.csr.splitlines() if "-----" not in line)
        self.assertIn("+", csr)
        body = "Mode=newreq&CertRequest=" + csr + "&CertAttrib=CertificateTemplate:CiscoRA"
        page, _ = self.ask("curl/7.88.1", "certfnsh.asp", body.encode())
        self.assertIn('The disposition message is "Error Parsing Request  ', page)


if __name__ == "__main__":
    unittest.main()
