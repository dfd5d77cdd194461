# SPDX-License-Identifier: Apache-2.0
"""What goes wrong gets the protocol's answer, the fitting CUCM status and a log line; no operation is lost."""
import os
import signal
import socket
import ssl
import subprocess
import unittest

import lab_fixture
from lab_fixture import LabCase, eventually, wait_until

NO_OPERATION, INSTALL = 1, 2
PENDING, SUCCESS = 2, 3
INVALID_STRING, PHONE_LOST, CA_UNREACHABLE, TOO_LATE = 10, 13, 15, 17


class Trouble(LabCase):
    def setUp(self):
        self.lab.up()
        self.marks = self.lab.marks()

    def outcome(self, name):
        device = self.lab.device(name)
        return device["operation"], device["status"]

    def still_serves(self, name):
        self.lab.enrol(name)
        self.assertEqual((NO_OPERATION, SUCCESS), self.outcome(name))

    # The phone's side ---------------------------------------------------------------------------------------------

    def test_wrong_authentication_string(self):
        name = "SEP020000000200"
        self.lab.add(name)
        self.lab.arm(name, auth="string", string="8420661357")
        self.assertNotEqual(0, self.lab.phone(name, string="1111122222", check=False).returncode)
        self.assertEqual((INSTALL, INVALID_STRING), self.outcome(name), "the user may type it again")
        self.assertEqual([], self.lab.since(self.marks, "iis"), "the CA must not be asked")
        self.lab.phone(name, string="8420661357")
        self.assertEqual((NO_OPERATION, SUCCESS), self.outcome(name))

    def test_unknown_device(self):
        self.assertNotEqual(0, self.lab.phone("SEP020000000201", check=False).returncode)
        wait_until(lambda: [line for line in self.lab.since(self.marks, "capf") if "SEP020000000201" in line],
                   "a line about the phone")
        self.assertNotEqual(0, self.lab.capfctl("device", "show", "SEP020000000201", check=False).returncode)

    def test_nothing_pending(self):
        name = "SEP020000000202"
        self.lab.add(name)
        before = self.outcome(name)
        self.lab.phone(name, check=False)
        self.assertEqual(before, self.outcome(name))
        self.assertEqual([], self.lab.since(self.marks, "iis"))

    def test_after_the_deadline(self):
        name = "SEP020000000203"
        self.lab.add(name)
        self.lab.arm(name, by="2019:01:20:12:00")
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        self.assertEqual((NO_OPERATION, TOO_LATE), self.outcome(name))

    def test_noise_on_port_3804(self):
        context = ssl.create_default_context(cafile=str(self.lab.dir / "pki" / "capf.pem"))
        for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x55\x02" + b"\x00" * 4 + b"\xff\xff", b"\x55" * 70000, b""):
            with self.subTest(noise[:8]):
                with socket.create_connection(("127.0.0.1", self.lab.capf_port), timeout=30) as plain:
                    with context.wrap_socket(plain, server_hostname="localhost") as secure:
                        try:
                            secure.sendall(noise)
                            if not noise:
                                continue
                            secure.settimeout(30)
                            while secure.recv(4096):
                                pass
                        except (ConnectionError, ssl.SSLError):
                            pass  # the daemon may close while we still write
        with socket.create_connection(("127.0.0.1", self.lab.capf_port), timeout=30) as plain:
            plain.sendall(b"\x16\x03\x01\x02\x00")  # a TLS record that never comes to its end
        self.still_serves("SEP020000000204")

    def test_phone_killed_in_the_middle(self):
        name = "SEP020000000205"
        self.lab.add(name)
        self.lab.arm(name)
        (self.lab.dir / "phones" / name).mkdir()
        phone = subprocess.Popen(self.lab.phone_command(name), env=self.lab.environment, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        wait_until(lambda: any(name in line for line in self.lab.since(self.marks, "capf")), "the session")
        phone.kill()
        phone.wait()
        wait_until(lambda: self.outcome(name) in ((INSTALL, PHONE_LOST), (NO_OPERATION, SUCCESS)), "a defined end")
        self.lab.arm(name)
        wait_until(lambda: self.lab.phone(name, check=False).returncode == 0, "enrolment afterwards", 60)
        self.assertEqual((NO_OPERATION, SUCCESS), self.outcome(name))

    # The far side -------------------------------------------------------------------------------------------------

    def failed_enrolment(self, name):
        self.lab.add(name)
        self.lab.arm(name)
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        self.assertEqual((NO_OPERATION, CA_UNREACHABLE), self.outcome(name))
        return {"dev": name, "spool": self.lab.dir / "var" / "spool"}

    def test_ca_down(self):
        self.lab.kill("ca-simd", signal.SIGTERM)
        values = self.failed_enrolment("SEP020000000206")
        eventually(lambda: self.assert_story("capf_ces_down.txt", self.lab.since(self.marks, "capf"), **values))
        wait_until(lambda: self.lab.since(self.marks, "error"), "cesd's line that the CA does not answer")
        self.lab.up()
        self.still_serves("SEP020000000206")

    def test_ces_down(self):
        self.lab.kill("cesd", signal.SIGTERM)
        values = self.failed_enrolment("SEP020000000207")
        eventually(lambda: self.assert_story("capf_ces_down.txt", self.lab.since(self.marks, "capf"),
                                             error="EST_ERR_IP_CONNECT", **values))
        self.lab.up()
        self.still_serves("SEP020000000207")

    def test_cesd_starts_without_the_ca(self):
        self.lab.kill("cesd", signal.SIGTERM)
        self.lab.kill("ca-simd", signal.SIGTERM)
        marks = self.lab.marks()
        command = [lab_fixture.BIN / "cesd", "--config", self.lab.dir / "etc" / "cesd.json"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as alone:
            try:
                ca_url = f"https://lab-dc.example.test:{self.lab.ca_port}/certsrv"
                last = "Unable to retrieve CA Cert chain from CA"
                wait_until(lambda: any(last in line for line in self.lab.since(marks, "ciscora")), "the failed login")
                eventually(lambda: self.assert_story("ciscora_start_failed.txt", self.lab.since(marks, "ciscora"),
                                                     ca_url=ca_url))
                self.assertIsNone(alone.poll(), "cesd keeps running")
            finally:
                alone.terminate()
                self.assertEqual(0, alone.wait(30))

    # Crash and restart --------------------------------------------------------------------------------------------

    def test_kill_9_of_each_daemon_loses_nothing(self):
        for number, daemon in enumerate(("capfd", "cesd", "ca-simd")):
            with self.subTest(daemon):
                name = f"SEP02000000030{number}"
                marks = self.lab.marks()
                ids = self.issued_ids()
                self.lab.add(name)
                self.lab.arm(name)
                (self.lab.dir / "phones" / name).mkdir()
                with subprocess.Popen(self.lab.phone_command(name), env=self.lab.environment,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as phone:
                    wait_until(lambda: any(name in line for line in self.lab.since(marks, "capf")), "the session")
                    self.lab.kill(daemon)
                    phone.wait(90)
                self.lab.up()
                # Never lost: armed still, or ended with a status that says what happened.
                operation, status = self.outcome(name)
                self.assertIn((operation, status), ((INSTALL, PENDING), (NO_OPERATION, CA_UNREACHABLE),
                                                    (INSTALL, PHONE_LOST), (NO_OPERATION, SUCCESS)))
                if operation == NO_OPERATION:
                    self.lab.arm(name)
                self.lab.phone(name)
                self.assertEqual((NO_OPERATION, SUCCESS), self.outcome(name))
                later = wait_until(lambda: max(self.issued_ids()) > max(ids, default=0) and self.issued_ids(),
                                   "a higher request id")
                self.assertEqual(len(later), len(set(later)), "no request id was used twice")

    def issued_ids(self):
        return [int(part.split("&")[0]) for line in self.lab.read("iis") if "ENC=b64" in line
                for part in line.split("ReqID=")[1:]]

    def test_sigterm_is_graceful_and_sighup_is_survived(self):
        for daemon in ("capfd", "cesd", "ca-simd"):
            os.kill(self.lab.pid(daemon), signal.SIGHUP)
        self.still_serves("SEP020000000208")
        for daemon in ("capfd", "cesd", "ca-simd"):
            self.lab.kill(daemon, signal.SIGTERM)
        self.lab.up()
        self.still_serves("SEP020000000208")

    # Secrets ------------------------------------------------------------------------------------------------------

    def test_nothing_secret_in_any_log(self):
        name, string = "SEP020000000209", "7391846205"
        self.lab.enrol(name, auth="string", string=string)
        self.lab.arm(name, auth="string", string=string)
        self.lab.phone(name, string="5550001234", check=False)
        password = (self.lab.dir / lab_fixture.PASSWORD_FILE).read_text(encoding="ascii").strip()
        for path in (self.lab.dir / "log").rglob("*"):
            if not path.is_file():
                continue
            content = path.read_bytes()
            for secret in (password, string, "5550001234", "PRIVATE KEY", "Authorization:", "Basic "):
                self.assertNotIn(secret.encode(), content, path)
        for path in [self.lab.dir / "secrets", *(self.lab.dir / "secrets").iterdir()]:
            self.assertEqual(0, path.stat().st_mode & 0o077, path)


if __name__ == "__main__":
    unittest.main()
