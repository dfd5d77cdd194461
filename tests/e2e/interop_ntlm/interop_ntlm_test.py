# SPDX-License-Identifier: Apache-2.0
"""Real clients log in to ca-simd; every leg must leave the line IIS would have written (certsrv.md 4.1, 4.3, 5)."""
import base64
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from ca_simd import FIELDS, CaSimd

PASSWORD = "Int3rop.Secret"
WRONG = "Wr0ng.Secret"
ACCOUNTS = [{"name": "ciscora", "password": PASSWORD},
            {"name": "gone", "password": PASSWORD, "enabled": False},
            {"name": "stuck", "password": PASSWORD, "locked": True}]
USER = "LAB\\ciscora"
CLIENTS = pathlib.Path(__file__).parent / "clients"

# status, substatus, win32 of a line
ANONYMOUS = "401 2 5"
CHALLENGED = "401 1 2148074254"
DENIED = "401 1 2148074252"
BAD_TOKEN = "401 1 2148074248"
MOVED = "301 0 0"
OK = "200 0 0"


class Interop(unittest.TestCase):
    """Subclasses say which server; one for all tests of a class."""
    providers = []
    allow_ntlmv1 = False

    @classmethod
    def setUpClass(cls):
        if cls is Interop:
            raise unittest.SkipTest("base class")
        cls.server = CaSimd(cls.providers, ACCOUNTS, cls.allow_ntlmv1)
        cls.enterClassContext(cls.server)

    @classmethod
    def tearDownClass(cls):
        said = cls.server.raw_log() + cls.server.stderr()
        for secret in (PASSWORD, WRONG, "TlRMTVNTUAAD", base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
            assert secret not in said, "a secret reached a log"

    def absent(self, what):
        """Foreign clients may be missing on a desk; CI installs them (tools/packages.txt) and must not skip."""
        if os.environ.get("CI"):
            self.fail(what)
        self.skipTest(what)

    def run_client(self, command, user=USER, password=PASSWORD, codes=(0,)):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment.update(CLIENT_USER=user, CLIENT_PASSWORD=password, CLIENT_CA=str(self.server.ca_file))
        done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertIn(done.returncode, codes, done.stdout + done.stderr + self.server.stderr())
        return done.stdout.split()

    def curl(self, *arguments, user=None, password=PASSWORD, paths=("/certsrv",)):
        """HTTP codes of the last answer to each path."""
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", self.server.ca_file, *arguments]
        if user is not None:
            command += ["--user", f"{user}:{password}"]
        for path in paths:
            command += [self.server.url(path), "--output", "/dev/null", "--write-out", "%{http_code}\\n"]
        return self.run_client(command)

    def expect_lines(self, *expected, agent, stem="/certsrv", method="GET", query="-", user=USER):
        """`expected`: outcome, or (outcome, stem), of each line; 401 lines must have no user, all others `user`."""
        for entry, want in zip(self.server.new_lines(len(expected)), expected):
            outcome, path = want if isinstance(want, tuple) else (want, stem)
            shown = " ".join(entry[name] for name in FIELDS)
            self.assertEqual(f'{entry["sc-status"]} {entry["sc-substatus"]} {entry["sc-win32-status"]}', outcome, shown)
            self.assertEqual(entry["cs-username"], "-" if outcome.startswith("401") else user, shown)
            self.assertEqual(entry["cs-method"], method, shown)
            self.assertEqual(entry["cs-uri-stem"], path, shown)
            self.assertEqual(entry["cs-uri-query"], query, shown)
            self.assertRegex(entry["cs(User-Agent)"], agent, shown)


class NtlmFirst(Interop):
    """Cisco's set-up: NTLM, then Negotiate; nothing older than NTLMv2."""
    providers = ["NTLM", "Negotiate"]
    curl_agent = r"^curl/\d"

    def test_header_block(self):
        self.assertEqual(self.server.raw_log().splitlines()[3], "#Fields: " + " ".join(FIELDS))
        self.assertEqual(self.server.raw_log().splitlines()[0],
                         "#Software: Microsoft Internet Information Services 10.0")

    def test_curl_in_every_spelling(self):
        for user in ("LAB\\ciscora", "lab/CISCORA", "ciscora", "CiscoRA@example.test", "EXAMPLE.TEST\\ciscora"):
            with self.subTest(user=user):
                self.assertEqual(self.curl("--ntlm", user=user), ["301"])
                self.expect_lines(CHALLENGED, MOVED, agent=self.curl_agent)

    def test_curl_as_cisco_ra(self):
        self.assertEqual(self.curl("--ntlm", "--user-agent", "CiscoRA 1.0", user=USER), ["301"])
        self.expect_lines(CHALLENGED, MOVED, agent=r"^CiscoRA\+1\.0$")

    def test_later_requests_need_no_log_in(self):
        codes = self.curl("--ntlm", user=USER, paths=("/certsrv", "/certsrv/", "/certsrv/certrqxt.asp"))
        self.assertEqual(codes, ["301", "200", "200"])
        self.expect_lines((CHALLENGED, "/certsrv"), (MOVED, "/certsrv"), (OK, "/certsrv/"),
                          (OK, "/certsrv/certrqxt.asp"), agent=self.curl_agent)

    def test_query(self):
        path = "/certsrv/certnew.p7b"
        query = "ReqID=CACert&Renewal=0&Enc=bin"
        self.assertEqual(self.curl("--ntlm", user=USER, paths=(path + "?" + query,)), ["200"])
        self.expect_lines(CHALLENGED, OK, agent=self.curl_agent, stem=path, query=query)

    def test_post_with_an_empty_first_leg(self):
        path = "/certsrv/certfnsh.asp"
        codes = self.curl("--ntlm", "--data", "Mode=newreq&CertRequest=none", user=USER, paths=(path,))
        self.assertEqual(codes, ["200"])
        self.expect_lines(CHALLENGED, OK, agent=self.curl_agent, stem=path, method="POST")

    def test_wrong_password_user_and_domain(self):
        for user, password in ((USER, WRONG), ("LAB\\nobody", PASSWORD), ("OTHER\\ciscora", PASSWORD),
                               ("ciscora@other.test", PASSWORD), ("LAB\\gone", PASSWORD), ("LAB\\stuck", PASSWORD)):
            with self.subTest(user=user):
                self.assertEqual(self.curl("--ntlm", user=user, password=password), ["401"])
                self.expect_lines(CHALLENGED, DENIED, agent=self.curl_agent)

    def test_no_credentials_and_basic_that_is_off(self):
        self.assertEqual(self.curl(), ["401"])
        self.expect_lines(ANONYMOUS, agent=self.curl_agent)
        self.assertEqual(self.curl("--basic", user=USER), ["401"])
        self.expect_lines(ANONYMOUS, agent=self.curl_agent)

    def test_what_is_offered(self):
        command = ["curl", "--silent", "--noproxy", "*", "--cacert", self.server.ca_file, "--include"]
        done = subprocess.run([*command, self.server.url("/certsrv")], capture_output=True, text=True, check=True,
                              timeout=60)
        self.expect_lines(ANONYMOUS, agent=self.curl_agent)
        self.assertEqual(re.findall(r"(?im)^WWW-Authenticate: (.*?)\r?$", done.stdout), ["NTLM", "Negotiate"])
        done = subprocess.run([*command, "--ntlm", "--user", f"{USER}:{PASSWORD}", self.server.url("/certsrv")],
                              capture_output=True, text=True, check=True, timeout=60)
        self.expect_lines(CHALLENGED, MOVED, agent=self.curl_agent)
        offered = re.findall(r"(?im)^WWW-Authenticate: (.*?)\r?$", done.stdout)
        self.assertEqual(len(offered), 1, done.stdout)
        self.assertRegex(offered[0], r"^NTLM TlRMTVNTUAACAAAA[A-Za-z0-9+/]+=*$")
        self.assertEqual(re.findall(r"(?im)^Persistent-Auth: (.*?)\r?$", done.stdout), ["true"])

    def test_type_3_out_of_the_blue(self):
        token = base64.b64encode(b"NTLMSSP\0\3\0\0\0" + bytes(52)).decode()
        self.assertEqual(self.curl("--header", "Authorization: NTLM " + token), ["401"])
        self.expect_lines(BAD_TOKEN, agent=self.curl_agent)

    def test_requests_ntlm(self):
        python = next((path for path in (sys.executable, "/usr/bin/python3")
                       if subprocess.run([path, "-c", "import requests_ntlm"], capture_output=True,
                                         check=False).returncode == 0), None)
        if python is None:
            self.absent("python3-requests-ntlm is not installed")
        client = [python, CLIENTS / "requests_ntlm_client.py"]
        urls = [self.server.url("/certsrv"), self.server.url("/certsrv/")]
        self.assertEqual(self.run_client([*client, *urls]), ["301", "200"])
        self.expect_lines((ANONYMOUS, "/certsrv"), (CHALLENGED, "/certsrv"), (MOVED, "/certsrv"), (OK, "/certsrv/"),
                          agent="^python-requests/")
        self.assertEqual(self.run_client([*client, urls[0]], password=WRONG), ["401"])
        self.expect_lines(ANONYMOUS, CHALLENGED, DENIED, agent="^python-requests/")

    def test_go_ntlmssp(self):
        if shutil.which("go") is None or not pathlib.Path("/usr/share/gocode/src/github.com/Azure/go-ntlmssp").is_dir():
            self.absent("golang-go and golang-github-azure-go-ntlmssp-dev are not installed")
        with tempfile.TemporaryDirectory(prefix="ocapf-go-") as build:
            environment = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=build + "/cache",
                               CGO_ENABLED="0", GOFLAGS="")
            subprocess.run(["go", "build", "-o", build + "/client", "./main.go"], cwd=CLIENTS / "go_ntlmssp",
                           env=environment, check=True, timeout=240)
            self.assertEqual(self.run_client([build + "/client", self.server.url("/certsrv")]), ["301"])
            self.expect_lines(ANONYMOUS, CHALLENGED, MOVED, agent="^Go-http-client/1.1$")
            self.assertEqual(self.run_client([build + "/client", self.server.url("/certsrv")], password=WRONG), ["401"])
            self.expect_lines(ANONYMOUS, CHALLENGED, DENIED, agent="^Go-http-client/1.1$")

    def test_old_clients_are_refused(self):
        for client in (wget, perl):
            with self.subTest(client=client.__name__):
                command = client(self)
                if command is None:
                    self.absent("not installed")
                self.run_client([*command, self.server.url("/certsrv/")], codes=(0, 6))
                # How often they try again is their affair; nobody gets in.
                entries = self.server.all_new_lines()
                outcomes = [f'{e["sc-status"]} {e["sc-substatus"]} {e["sc-win32-status"]}' for e in entries]
                self.assertEqual(outcomes[:3], [ANONYMOUS, CHALLENGED, DENIED])
                self.assertEqual({e["cs-username"] for e in entries}, {"-"})


class NtlmAndBasic(Interop):
    """NTLM and Basic, NTLMv1 allowed: the switch that wget and Perl need."""
    providers = ["NTLM", "Basic"]
    allow_ntlmv1 = True
    curl_agent = r"^curl/\d"

    def test_curl_basic(self):
        for user in ("LAB\\ciscora", "ciscora", "ciscora@example.test"):
            with self.subTest(user=user):
                self.assertEqual(self.curl("--basic", user=user, paths=("/certsrv", "/certsrv/")), ["301", "200"])
                self.expect_lines((MOVED, "/certsrv"), (OK, "/certsrv/"), agent=self.curl_agent)

    def test_curl_basic_refused(self):
        for user, password, win32 in ((USER, WRONG, 1326), ("nobody", PASSWORD, 1326), ("gone", PASSWORD, 1331),
                                      ("stuck", PASSWORD, 1909)):
            with self.subTest(user=user):
                self.assertEqual(self.curl("--basic", user=user, password=password), ["401"])
                self.expect_lines(f"401 1 {win32}", agent=self.curl_agent)

    def test_curl_anyauth(self):
        self.assertEqual(self.curl("--anyauth", user=USER), ["301"])
        self.expect_lines(ANONYMOUS, CHALLENGED, MOVED, agent=self.curl_agent)

    def test_curl_ntlm(self):
        self.assertEqual(self.curl("--ntlm", user=USER), ["301"])
        self.expect_lines(CHALLENGED, MOVED, agent=self.curl_agent)

    def test_wget(self):
        command = wget(self)
        if command is None:
            self.absent("wget is not installed")
        self.run_client([*command, self.server.url("/certsrv/")])
        self.expect_lines(ANONYMOUS, CHALLENGED, OK, agent="^Wget/", stem="/certsrv/")

    def test_perl(self):
        command = perl(self)
        if command is None:
            self.absent("libwww-perl, libio-socket-ssl-perl and libauthen-ntlm-perl are not installed")
        self.assertEqual(self.run_client([*command, self.server.url("/certsrv/")]), ["200"])
        self.expect_lines(ANONYMOUS, CHALLENGED, OK, agent="^libwww-perl/", stem="/certsrv/")


def wget(test):
    if shutil.which("wget") is None:
        return None
    return ["wget", "--no-proxy", "--quiet", "--tries=1", "--timeout=20", "--output-document=/dev/null",
            f"--user={USER}", f"--password={PASSWORD}", f"--ca-certificate={test.server.ca_file}"]


def perl(_):
    modules = ["-MLWP::Protocol::https", "-MLWP::Authen::Ntlm"]
    if shutil.which("perl") is None or subprocess.run(["perl", *modules, "-e", "1"], capture_output=True,
                                                      check=False).returncode != 0:
        return None
    return ["perl", CLIENTS / "lwp_ntlm_client.pl"]


if __name__ == "__main__":
    unittest.main()
