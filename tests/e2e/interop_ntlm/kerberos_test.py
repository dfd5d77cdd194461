# SPDX-License-Identifier: Apache-2.0
"""A real KDC, real tickets, real clients: Kerberos log-ins at ca-simd and what they leave in the W3C log (certsrv.md
4.3), channel binding of Kerberos and NTLM, and a keytab that is of no use."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from ca_simd import HOST, CaSimd
from kdc import Kdc, missing_tools

PASSWORD = "Int3rop.Secret"
ACCOUNTS = [{"name": "ciscora", "password": PASSWORD},
            {"name": "gone", "password": PASSWORD, "enabled": False},
            {"name": "stuck", "password": PASSWORD, "locked": True}]
CLIENTS = pathlib.Path(__file__).parent / "clients"

ANONYMOUS = "401 2 5 -"
CHALLENGED = "401 1 2148074254 -"
DENIED = "401 1 2148074252 -"
BAD_TOKEN = "401 1 2148074248 -"
TIME_SKEW = "401 1 2148074276 -"
MOVED = "301 0 0 LAB\\ciscora"
OK = "200 0 0 LAB\\ciscora"

KDC = None


def absent(what):
    """Packages may be missing on a desk; CI installs them (tools/packages.txt) and must not skip."""
    if os.environ.get("CI"):
        raise AssertionError(what)
    raise unittest.SkipTest(what)


def setUpModule():
    global KDC
    if missing_tools():
        absent(f"{', '.join(missing_tools())}: krb5-kdc, krb5-admin-server and krb5-user are not installed")
    KDC = Kdc("EXAMPLE.TEST")
    unittest.enterModuleContext(KDC)
    for user in ("ciscora", "gone", "stuck", "stranger"):
        KDC.add_user(user, PASSWORD)
        KDC.log_in(user, PASSWORD, cache=user)
    KDC.add_user("LAB/ciscora", PASSWORD)
    KDC.log_in("LAB/ciscora", PASSWORD, cache="instance")
    KDC.add_service(f"HTTP/{HOST}", KDC.dir / "http.keytab")
    KDC.add_service("HTTP/elsewhere.example.test", KDC.dir / "elsewhere.keytab")
    KDC.add_service("host/elsewhere.example.test", KDC.dir / "host.keytab")


def python_with(module):
    """A Python that has the Debian package of this module."""
    for path in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([path, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0:
            return path
    absent(f"the Python module {module} is not installed")
    return None


class KerberosCase(unittest.TestCase):
    """Subclasses say which server; one for all tests of a class."""
    providers = ["Negotiate", "NTLM"]
    authentication = {}
    keytab = "http.keytab"

    @classmethod
    def setUpClass(cls):
        if cls is KerberosCase:
            raise unittest.SkipTest("base class")
        cls.server = CaSimd(cls.providers, ACCOUNTS, environment=KDC.environment(),
                            authentication={"keytab": str(KDC.dir / cls.keytab), **cls.authentication})
        cls.enterClassContext(cls.server)

    def run_client(self, command, cache):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment.update(KDC.environment(cache), CLIENT_USER="LAB\\ciscora", CLIENT_PASSWORD=PASSWORD,
                           CLIENT_CA=str(self.server.ca_file))
        done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.server.stderr())
        return done.stdout

    def curl(self, *arguments, cache="ciscora", user=":", paths=("/certsrv",)):
        """Status of the last answer to each path."""
        command = ["curl", "--silent", "--noproxy", "*", "--cacert", self.server.ca_file, "--user", user, *arguments]
        for path in paths:
            command += [self.server.url(path), "--output", "/dev/null", "--write-out", "%{http_code}\\n"]
        return self.run_client(command, cache).split()

    def gssapi(self, binding, *paths, cache="ciscora"):
        command = [python_with("gssapi"), CLIENTS / "gssapi_client.py", HOST, self.server.port, self.server.ca_file,
                   binding, *(paths or ("/certsrv",))]
        return self.run_client(command, cache).split()

    def expect_lines(self, *expected):
        entries = self.server.new_lines(len(expected))
        names = ("sc-status", "sc-substatus", "sc-win32-status", "cs-username")
        self.assertEqual([" ".join(entry[name] for name in names) for entry in entries], list(expected),
                         self.server.stderr())


class Tickets(KerberosCase):
    def test_the_first_request_carries_the_ticket(self):
        self.assertEqual(self.curl("--negotiate", paths=("/certsrv", "/certsrv/")), ["301", "200"])
        self.expect_lines(MOVED, OK)

    def test_any_method_with_a_ticket(self):
        self.assertEqual(self.curl("--anyauth", paths=("/certsrv", "/certsrv/")), ["301", "200"])
        self.expect_lines(ANONYMOUS, MOVED, OK)

    def test_any_method_without_a_ticket(self):
        self.assertEqual(self.curl("--anyauth", cache="no-such-cache"), ["401"])
        self.expect_lines(ANONYMOUS, ANONYMOUS)

    def test_ntlm_beside_it(self):
        self.assertEqual(self.curl("--ntlm", user=f"LAB\\ciscora:{PASSWORD}"), ["301"])
        self.expect_lines(CHALLENGED, MOVED)

    def test_the_last_answer_holds_the_servers_proof(self):
        command = ["curl", "--silent", "--noproxy", "*", "--cacert", self.server.ca_file, "--include", "--negotiate",
                   "--user", ":", self.server.url("/certsrv")]
        answer = self.run_client(command, "ciscora")
        self.expect_lines(MOVED)
        self.assertRegex(answer, r"(?m)^WWW-Authenticate: Negotiate oY[A-Za-z0-9+/]+=*\r?$")
        self.assertEqual(re.findall(r"(?im)^Persistent-Auth: (.*?)\r?$", answer), ["true"])

    def test_the_connection_stays_logged_in(self):
        self.assertEqual(self.gssapi("none", "/certsrv", "/certsrv/", "/certsrv/"), ["301", "200", "200"])
        self.expect_lines(MOVED, OK, OK)

    def test_a_log_in_of_several_tokens_belongs_to_its_connection(self):
        self.assertEqual(self.gssapi("legs", "/certsrv", "/certsrv/"), ["401", "301", "200"])
        self.expect_lines(CHALLENGED, MOVED, OK)

    def test_tickets_of_who_may_not_log_in(self):
        for cache in ("stranger", "gone", "stuck", "instance"):
            with self.subTest(cache=cache):
                self.assertEqual(self.gssapi("none", cache=cache), ["401"])
                self.expect_lines(DENIED)
        self.assertIn("stranger@EXAMPLE.TEST", self.server.stderr())

    def test_a_wrong_clock(self):
        if shutil.which("faketime") is None:
            absent("faketime is not installed")
        self.assertEqual(self.curl("--negotiate"), ["301"])  # now the ticket for the server is in the cache
        self.expect_lines(MOVED)
        command = ["faketime", "-f", "+20m", python_with("gssapi"), CLIENTS / "gssapi_client.py", HOST,
                   self.server.port, self.server.ca_file, "none", "/certsrv"]
        self.assertEqual(self.run_client(command, "ciscora").split(), ["401"])
        self.expect_lines(TIME_SKEW)


class EachRequest(KerberosCase):
    """IIS's authPersistNonNTLM=false."""
    authentication = {"persist_kerberos": False}

    def test_a_log_in_is_good_for_one_request(self):
        self.assertEqual(self.gssapi("none", "/certsrv", "/certsrv/"), ["301", "401"])
        self.expect_lines(MOVED, ANONYMOUS)

    def test_curl_logs_in_again(self):
        self.assertEqual(self.curl("--negotiate", paths=("/certsrv", "/certsrv/")), ["301", "200"])
        # Whether it tries without a header first is its affair; each answer that is no 401 is the user's.
        outcomes = [entry["sc-status"] + " " + entry["cs-username"] for entry in self.server.all_new_lines()]
        self.assertEqual([line for line in outcomes if not line.startswith("401")],
                         ["301 LAB\\ciscora", "200 LAB\\ciscora"])


class ProtectionAllowed(KerberosCase):
    authentication = {"extended_protection": "allow"}

    def test_kerberos(self):
        for binding, line in (("right", MOVED), ("none", MOVED), ("wrong", BAD_TOKEN)):
            with self.subTest(binding=binding):
                self.assertEqual(self.gssapi(binding), [line[:3]])
                self.expect_lines(line)

    def test_ntlm(self):
        self.assertEqual(self.curl("--ntlm", user=f"LAB\\ciscora:{PASSWORD}"), ["301"])
        self.expect_lines(CHALLENGED, MOVED)


class ProtectionRequired(KerberosCase):
    providers = ["NTLM", "Negotiate"]
    authentication = {"extended_protection": "require"}

    def test_kerberos(self):
        for binding, line in (("right", MOVED), ("none", BAD_TOKEN), ("wrong", BAD_TOKEN)):
            with self.subTest(binding=binding):
                self.assertEqual(self.gssapi(binding), [line[:3]])
                self.expect_lines(line)

    def test_ntlm_without_a_binding(self):
        self.assertEqual(self.curl("--ntlm", user=f"LAB\\ciscora:{PASSWORD}"), ["401"])
        self.expect_lines(CHALLENGED, BAD_TOKEN)

    def test_ntlm_with_the_right_binding(self):
        command = [python_with("requests_ntlm"), CLIENTS / "requests_ntlm_client.py", self.server.url("/certsrv")]
        self.assertEqual(self.run_client(command, "ciscora").split(), ["301"])
        self.expect_lines(ANONYMOUS, CHALLENGED, MOVED)


class KeysOfAnotherServer(KerberosCase):
    keytab = "elsewhere.keytab"

    def test_a_ticket_for_us_cannot_be_read(self):
        self.assertEqual(self.gssapi("none"), ["401"])
        self.expect_lines(BAD_TOKEN)
        self.assertEqual(self.curl("--ntlm", user=f"LAB\\ciscora:{PASSWORD}"), ["301"])
        self.expect_lines(CHALLENGED, MOVED)


class NoKeyOfTheService(KerberosCase):
    keytab = "host.keytab"

    def test_it_runs_and_says_why_there_is_no_kerberos(self):
        self.assertIn("no Kerberos log-in: keytab", self.server.stderr())
        self.assertIn("no key of a principal HTTP/*", self.server.stderr())
        self.assertEqual(self.gssapi("none"), ["401"])
        self.expect_lines(BAD_TOKEN)


class NoKeytab(KerberosCase):
    keytab = "no-such.keytab"

    def test_it_runs_and_says_why_there_is_no_kerberos(self):
        self.assertRegex(self.server.stderr(), "no Kerberos log-in: keytab .*no-such.keytab.* not found")
        self.assertEqual(self.curl("--ntlm", user=f"LAB\\ciscora:{PASSWORD}"), ["301"])
        self.expect_lines(CHALLENGED, MOVED)


if __name__ == "__main__":
    unittest.main()
