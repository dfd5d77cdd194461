# SPDX-License-Identifier: Apache-2.0
"""Two capfd on one database: phones go to either, and one that is killed or stopped takes no work with it."""
import json
import os
import signal
import sqlite3
import subprocess
import unittest

import lab_fixture
from lab_fixture import BIN, eventually, wait_until

LEASE = 1


class Instance:
    """One capfd of the cluster, with its own ports, admin socket and logs."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        (self.port,) = lab_fixture.free_ports(1)
        self.socket = lab.dir / "run" / f"capfd-{name}.sock"
        self.stderr = lab.dir / "log" / f"capfd-{name}.stderr"
        self.config = lab.dir / "etc" / f"capfd-{name}.json"
        self.write({"instance": name, "lease": LEASE})
        self.process = None

    def write(self, cluster):
        lines = (self.lab.dir / "etc" / "capfd.json").read_text(encoding="utf-8").splitlines()
        config = json.loads("\n".join(line for line in lines if not line.startswith("//")))
        config["listen"].update(port=self.port)
        config["admin_socket"] = f"../run/capfd-{self.name}.sock"
        config["logs"] = {"sdi": f"../log/capf-{self.name}.log"}
        config["cluster"] = cluster
        config["service_parameters"]["certificate_issuer_to_endpoint"] = "capf"
        config["bulk"]["interval"] = 0.2
        self.config.write_text(json.dumps(config), encoding="utf-8")

    def start(self):
        with self.stderr.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen([BIN / "capfd", "--config", self.config], stderr=log, stdout=log)
        wait_until(lambda: self.ctl("daemon", "status", "capfd", check=False).returncode == 0, f"readiness of {self.name}")

    def stop(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
            self.process = None

    def ctl(self, *arguments, check=True):
        return self.lab.run(BIN / "capfctl", "--socket", self.socket, *arguments, check=check)

    def json(self, *arguments):
        return json.loads(self.ctl("--json", *arguments).stdout)

    def device(self, name):
        shown = self.show(name)
        return shown["operation"], shown["status"]

    def serial(self, name):
        return self.show(name)["lsc"]["serial"]

    def show(self, name):
        shown = self.json("device", "show", name)
        return shown.get("device", shown)


class Cluster(lab_fixture.LabCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.kill("capfd")
        cls.a, cls.b = Instance(cls.lab, "a"), Instance(cls.lab, "b")
        for one in (cls.a, cls.b):
            cls.addClassCleanup(one.stop)

    def setUp(self):
        for one in (self.a, self.b):
            if one.process is None:
                one.start()
        self.phones = []
        self.addCleanup(self.end_phones)
        wait_until(lambda: self.rows("SELECT count(*) FROM Instance") == [(2,)], "both instances")

    def end_phones(self):
        for phone in self.phones:
            if phone.poll() is None:
                phone.kill()
            phone.communicate()

    def rows(self, sql):
        database = sqlite3.connect(f"file:{self.lab.dir}/var/capfd.sqlite?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def claims(self, name):
        return self.rows("SELECT count(*) FROM SessionClaim JOIN Instance ON Instance.id = instance "
                         f"WHERE name = '{name}'")[0][0]

    def leader(self):
        found = self.rows("SELECT name FROM Instance WHERE leader = 1")
        return {"a": self.a, "b": self.b}[found[0][0]] if found else None

    def act(self, command, store, *options, servers):
        (self.lab.dir / "phones" / store).mkdir(parents=True, exist_ok=True)
        line = [BIN / "phone-sim", *command, "--trust", self.lab.dir / "pki" / "capf.pem", "--store",
                self.lab.dir / "phones" / store, *options]
        for server in servers:
            line += ["--capf", f"127.0.0.1:{server.port}"]
        phone = subprocess.Popen([str(part) for part in line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.phones.append(phone)
        return phone

    def phone(self, name, server, *options, store=None):
        return self.act(["run", name], store or name, "--retries", "1", *options, servers=[server])

    def ends(self, phone, codes=(0,)):
        output = phone.communicate(timeout=30)[0]
        self.assertIn(phone.returncode, codes, output)

    def arm(self, *names):
        self.b.ctl("device", "add", *names)
        self.b.ctl("device", "arm", *names, "--operation", "install", "--auth", "null",
                   "--key-order", "ec")

    def no_certificate_is_forgotten(self):
        eventually(lambda: self.assertEqual([], self.rows("SELECT device FROM UnconfirmedLsc WHERE reason = ''")))

    def test_a_fleet_survives_the_death_of_an_instance(self):
        names = {prefix: [f"{prefix}{i:012X}" for i in range(1, 9)] for prefix in ("SEPA", "SEPB")}
        self.arm(*names["SEPA"], *names["SEPB"])
        fleets = []
        for prefix, servers in (("SEPA", [self.a, self.b]), ("SEPB", [self.b, self.a])):
            fleets.append(self.act(["fleet", "--count", "8", "--prefix", prefix], "fleet", "--key-delay", "0-2",
                                   "--retries", "4", "--retry-interval", "0.3", servers=servers))
        wait_until(lambda: self.rows("SELECT count(*) FROM Device WHERE name LIKE 'SEPA%' AND tkcertificatestatus = 3")
                   [0][0] > 0 and self.claims("a") >= 2, "phones in the middle of their sessions")
        self.a.stop()
        for fleet in fleets:
            self.ends(fleet)
        for name in names["SEPA"] + names["SEPB"]:
            self.assertEqual((1, 3), self.b.device(name))
        wait_until(lambda: self.rows("SELECT name FROM Instance") == [("b",)], "the end of the lease")
        self.no_certificate_is_forgotten()
        self.assertEqual([(0,)], self.rows("SELECT count(*) FROM SessionClaim"))

    def test_of_two_sessions_at_two_instances_the_newer_wins(self):
        name = "SEPC00000000001"
        self.arm(name)
        older = self.phone(name, self.a, "--key-delay", "2", store="older")
        wait_until(lambda: self.claims("a") == 1, "the older session")
        self.ends(self.phone(name, self.b, store="newer"))
        self.assertEqual((1, 3), self.b.device(name))
        older_error = "a newer session of the device has taken over"
        eventually(lambda: self.assertIn(older_error, self.a.stderr.read_text(encoding="utf-8")), seconds=10)
        self.ends(older, codes=(1, 3, 5))
        self.assertFalse((self.lab.dir / "phones" / "older" / f"{name}.lsc.pem").exists())
        self.assertTrue((self.lab.dir / "phones" / "newer" / f"{name}.lsc.pem").exists())
        self.assertEqual((1, 3), self.a.device(name))

    def pause(self, instance):
        """SIGSTOP, but not in the middle of a transaction: that would hold up everybody."""
        for _ in range(50):
            instance.process.send_signal(signal.SIGSTOP)
            database = sqlite3.connect(self.lab.dir / "var" / "capfd.sqlite", timeout=0.2, isolation_level=None)
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
                return
            except sqlite3.OperationalError:
                instance.process.send_signal(signal.SIGCONT)
            finally:
                database.close()
        self.fail("the instance never rests")

    def test_an_instance_that_slept_does_not_finish_what_another_has_taken(self):
        name = "SEPD00000000001"
        self.arm(name)
        older = self.phone(name, self.a, "--key-delay", "1", store="slept")
        wait_until(lambda: self.claims("a") == 1, "the session at a")
        self.pause(self.a)
        self.addCleanup(os.kill, self.a.process.pid, signal.SIGCONT)
        wait_until(lambda: self.rows("SELECT name FROM Instance") == [("b",)], "the end of a's lease")
        self.ends(self.phone(name, self.b, store="awake"))
        serial = self.b.serial(name)
        self.a.process.send_signal(signal.SIGCONT)
        self.ends(older, codes=(1, 3, 5))
        wait_until(lambda: len(self.rows("SELECT name FROM Instance")) == 2, "a's return")
        self.assertEqual(serial, self.a.serial(name))
        self.assertEqual((1, 3), self.a.device(name))
        self.assertFalse((self.lab.dir / "phones" / "slept" / f"{name}.lsc.pem").exists())
        self.no_certificate_is_forgotten()
        self.assertIn("had given this instance up", self.a.stderr.read_text(encoding="utf-8"))
        # It serves phones again.
        self.arm("SEPD00000000002")
        self.ends(self.phone("SEPD00000000002", self.a))

    def two(self, sql, others):
        """Two names that are none of `others`; nothing when there are not so many."""
        found = {name for (name,) in self.rows(sql)} - others
        return found if len(found) == 2 else None

    def test_a_bulk_job_goes_on_without_the_leader(self):
        names = [f"SEPE{i:012X}" for i in range(1, 5)]
        self.b.ctl("device", "add", *names)
        leader = wait_until(self.leader, "a leader")
        other = self.b if leader is self.a else self.a
        told = f"{leader.name}, leads; others: {other.name}"
        eventually(lambda: self.assertIn(told, leader.ctl("daemon", "status", "capfd").stdout))
        job = other.json("bulk", "arm", "--where", "name begins SEPE", "--auth", "null", "--key-order", "ec",
                         "--max-concurrent", "2")["job"]
        armed = f"SELECT device FROM BulkTarget WHERE job = {job} AND state = 1"
        first = wait_until(lambda: self.two(armed, set()), "the first two")
        leader.stop()
        for name in sorted(first):
            self.ends(self.phone(name, other))
        wait_until(lambda: self.leader() is other, "another leader")
        for name in sorted(wait_until(lambda: self.two(armed, first), "the next two")):
            self.ends(self.phone(name, other))
        eventually(lambda: self.assertEqual("finished", other.json("bulk", "show", job)["state"]))

    def test_who_does_not_fit_in_does_not_start(self):
        third = Instance(self.lab, "third")
        for cluster, reason in (({"instance": "A", "lease": LEASE}, "is named A too"),
                                ({"instance": ""}, "another capfd uses this database")):
            third.write(cluster)
            done = self.lab.run(BIN / "capfd", "--config", third.config, check=False)
            self.assertNotEqual(0, done.returncode)
            self.assertIn(reason, done.stderr)


if __name__ == "__main__":
    unittest.main()
