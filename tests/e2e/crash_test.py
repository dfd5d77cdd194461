# SPDX-License-Identifier: Apache-2.0
"""Ids never repeat and nothing that was told is lost, whatever is killed when."""
import base64
import collections
import http.client
import json
import os
import random
import re
import sqlite3
import ssl
import subprocess
import threading
import unittest
import urllib.parse

from certsrv_site import BIN, PASSWORD, SECONDS, USER, CertsrvSite

KILLS = 30
CLIENTS = 4
TEMPLATES = ["CiscoRA", "CiscoRA", "CiscoRA", "Slow", "Strict", "Nobody's"]
TITLES = {"Certificate Issued": "issued", "Certificate Pending": "pending", "Certificate Request Denied": "denied"}
Answer = collections.namedtuple("Answer", "id state")


class RestartableSite(CertsrvSite):
    """Is killed with SIGKILL and started again with the same directory and port."""

    def __enter__(self):
        super().__enter__()
        path = self.dir / "ca-simd.json"
        config = json.loads(path.read_text())
        config["listen"]["port"] = self.port
        path.write_text(json.dumps(config))
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(SECONDS)
        words = self.stderr()
        self.process.stderr.close()
        self.words = ""
        return words

    def start(self):
        self.process = subprocess.Popen([BIN / "ca-simd", "--config", self.dir / "ca-simd.json"],
                                        stderr=subprocess.PIPE, env=self.environment)
        os.set_blocking(self.process.stderr.fileno(), False)
        self._wait(self._served_port, "start of ca-simd")


class Record:
    """What clients and managers were told. Guarded by `changed`, which is notified of everything."""

    def __init__(self):
        self.changed = threading.Condition()
        self.answers = []
        self.certificates = {}  # id -> DER
        self.crl_numbers = []
        self.revoking = []
        self.revoked = []
        self.problems = []
        self.up = threading.Event()
        self.stop = False

    def tell(self, act):
        with self.changed:
            act()
            self.changed.notify_all()


class Client(threading.Thread):
    """Submits the same request again and again over one connection, with a new one when that breaks."""

    def __init__(self, site, record, templates):
        super().__init__(daemon=True)
        self.record = record
        self.templates = templates
        context = ssl.create_default_context(cafile=site.ca_file)
        self.connection = http.client.HTTPSConnection("127.0.0.1", site.port, context=context, timeout=SECONDS)
        user = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self.headers = {"Authorization": "Basic " + user, "User-Agent": "CiscoRA 1.0"}
        self.csr = site.csr

    def run(self):
        while not self.record.stop:
            try:
                self.enrol()
            except (OSError, http.client.HTTPException):  # killed under our feet
                self.connection.close()
                self.record.up.wait(SECONDS)
            except Exception as problem:
                self.record.tell(lambda problem=problem: self.record.problems.append(repr(problem)))
                return
        self.connection.close()

    def ask(self, method, path, body=None):
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        self.connection.request(method, "/certsrv/" + path, body=body, headers={**self.headers, **form})
        response = self.connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise AssertionError(f"{path}: {response.status}")
        return content

    def enrol(self):
        template = self.templates.choice(TEMPLATES)
        page = self.ask("POST", "certfnsh.asp", urllib.parse.urlencode(
            {"Mode": "newreq", "CertRequest": self.csr, "CertAttrib": "CertificateTemplate:" + template})).decode()
        states = [state for title, state in TITLES.items() if title in page]
        number = re.search(r"certnew\.cer\?ReqID=(\d+)&|Your Request Id is (\d+)\.", page)
        if len(states) != 1 or not number:
            raise AssertionError("neither issued, pending nor denied:\n" + page[-1500:])
        answer = Answer(int(number.group(1) or number.group(2)), states[0])
        self.record.tell(lambda: self.record.answers.append(answer))
        if answer.state == "issued":
            der = self.ask("GET", f"certnew.cer?ReqID={answer.id}&Enc=bin")
            # Not a certificate when the manager has revoked it meanwhile.
            if not der.startswith(b"<"):
                self.record.tell(lambda: self.record.certificates.update({answer.id: der}))


class Manager(threading.Thread):
    """Publishes CRLs and revokes without pause."""

    def __init__(self, site, record):
        super().__init__(daemon=True)
        self.site = site
        self.record = record

    def run(self):
        while not self.record.stop:
            if not self.publish():
                self.record.up.wait(SECONDS)
            self.revoke()

    def capfctl(self, *arguments):
        """The answer; None when there was none, as the daemon is dead."""
        done = subprocess.run([BIN / "capfctl", "--json", "--socket", self.site.dir / "admin.sock", "ca", *arguments],
                              capture_output=True, text=True, timeout=SECONDS, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def publish(self):
        answer = self.capfctl("publish-crl")
        if answer:
            numbers = {crl["number"] for crl in answer["crls"]}
            self.record.tell(lambda: self.record.crl_numbers.append(numbers))
        return answer

    def revoke(self):
        issued = [answer.id for answer in self.record.answers[-CLIENTS * 4:] if answer.state == "issued"]
        if not issued or issued[-1] in self.record.revoking:
            return
        self.record.revoking.append(issued[-1])
        if self.capfctl("revoke", str(issued[-1])):
            self.record.revoked.append(issued[-1])


class KilledAtAnyMoment(unittest.TestCase):
    def test_ids_never_repeat_and_nothing_is_lost(self):
        seed = os.environ.get("OPENCAPF_SEED") or str(random.SystemRandom().randrange(1 << 32))
        with self.subTest(OPENCAPF_SEED=seed):
            dice = random.Random(seed)
            site = self.enterContext(RestartableSite(["Basic"]))
            record = Record()
            threads = [Client(site, record, random.Random(dice.random())) for _ in range(CLIENTS)]
            threads.append(Manager(site, record))
            record.up.set()
            for thread in threads:
                thread.start()
            try:
                recovered = self.kill_again_and_again(site, record, dice)
            finally:
                record.stop = True
                record.up.set()
                for thread in threads:
                    thread.join(3 * SECONDS)
            self.assertFalse([thread for thread in threads if thread.is_alive()])
            self.assertEqual(record.problems, [])
            rows = self.check_database(site, record)
            print(f"{KILLS} kills, {len(record.answers)} answers, {rows} requests in the database, {recovered} of them "
                  f"finished after a kill, {len(record.revoked)} revoked, {len(record.crl_numbers)} CRLs", flush=True)

    def kill_again_and_again(self, site, record, dice):
        recovered = 0
        for _ in range(KILLS):
            with record.changed:
                answers = len(record.answers) + dice.randint(1, 40)
                crls = len(record.crl_numbers)
            self.wait_for(site, record, lambda answers=answers, crls=crls: len(record.answers) >= answers and
                          len(record.crl_numbers) > crls)
            record.up.clear()
            site.kill()
            site.start()
            recovered += site.stderr().count("was being signed when the server stopped; now issued")
            record.up.set()
        with record.changed:
            answers, crls = len(record.answers) + 10, len(record.crl_numbers)
        self.wait_for(site, record, lambda: len(record.answers) >= answers and len(record.crl_numbers) > crls)
        return recovered

    def wait_for(self, site, record, condition):
        def enough():
            site.stderr()  # nobody else empties the pipe
            return record.problems or condition()
        with record.changed:
            arrived = record.changed.wait_for(enough, SECONDS)
        self.assertEqual(record.problems, [])
        self.assertTrue(arrived, f"no answers within {SECONDS} s\n{site.stderr()[-2000:]}")

    def check_database(self, site, record):
        told = collections.Counter(answer.id for answer in record.answers)
        self.assertEqual([number for number, times in told.items() if times > 1], [], "ids answered twice")
        for before, after in zip(record.crl_numbers, record.crl_numbers[1:]):
            self.assertGreater(min(after), max(before), "CRL numbers rise")

        listed = json.loads(site.capfctl("--json", "ca", "list", "--limit", "100000"))["requests"]
        states = {row["id"]: row["state"] for row in listed}
        self.assertEqual(len(states), len(listed), "ids are listed once")
        self.assertNotIn("signing", states.values())
        for answer in record.answers:
            allowed = {answer.state}
            if answer.id in record.revoking:
                allowed = {"revoked"} if answer.id in record.revoked else {"issued", "revoked"}
            self.assertIn(states.get(answer.id), allowed, f"request {answer.id} was told to be {answer.state}")
        serials = [row["serial"] for row in listed if "serial" in row]
        self.assertEqual(len(set(serials)), len(serials), "serial numbers are unique")
        self.assertEqual(len(serials), len([state for state in states.values() if state in ("issued", "revoked")]))

        with sqlite3.connect(f"file:{site.dir}/requests.sqlite?mode=ro", uri=True) as database:
            stored = dict(database.execute("SELECT id, certificate FROM requests"))
        self.assertEqual(sorted(stored), sorted(states))
        for number, der in record.certificates.items():
            self.assertEqual(stored[number], der, f"certificate of request {number}")
        return len(stored)


if __name__ == "__main__":
    unittest.main()
