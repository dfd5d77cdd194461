#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bulk jobs as an administrator runs them: from a CSV file, throttled, paused, cancelled, across kill -9."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from capfctl_test import CAPFCTL, FakeDaemon
from lab_fixture import LabCase, wait_until


class GeneratedStrings(unittest.TestCase):
    """A phone that is armed with a string that nobody has got cannot be served by anybody."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.socket = pathlib.Path(folder.name) / "capfd.sock"
        self.daemon = FakeDaemon(self.socket, self.answer)
        self.addCleanup(self.daemon.close)

    def answer(self, request):
        """A job of one device; it cannot be started."""
        return {"bulk.create": {"job": 7}, "bulk.add_matching": {"strings": {"SEP1": "24681357"}, "next": None},
                "bulk.show": {"job": 7, "total": 1, "state": "preparing"},
                "bulk.start": {"ok": False, "error": {"message": "no more"}}}.get(request["command"], {})

    def arm(self, *options, **where):
        return subprocess.run([CAPFCTL, "--socket", self.socket, *options, "bulk", "arm", "--where", "name begins SEP", "--auth",
                               "string", "--generate-string"], stderr=subprocess.PIPE, text=True, timeout=60, check=False, **where)

    def commands(self):
        return [request["command"] for request in self.daemon.requests]

    def test_are_printed_before_the_job_starts(self):
        done = self.arm(stdout=subprocess.PIPE)
        self.assertEqual(1, done.returncode)
        self.assertIn("SEP1", done.stdout)
        self.assertIn("24681357", done.stdout)
        self.assertIn("bulk.start", self.commands())
        shown = json.loads(self.arm("--json", stdout=subprocess.PIPE).stdout.splitlines()[0])
        self.assertEqual({"SEP1": "24681357"}, shown["strings"])

    def test_that_cannot_be_printed_start_no_job(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = self.arm(stdout=full)
        self.assertEqual(1, done.returncode)
        self.assertIn("cannot be printed", done.stderr)
        self.assertNotIn("bulk.start", self.commands())
        self.assertEqual("bulk.cancel", self.commands()[-1])


class Bulk(LabCase):
    def ctl(self, *arguments):
        return json.loads(self.lab.capfctl("--json", *arguments).stdout)

    def csv(self, text):
        path = self.lab.dir / "phones.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def job(self, number):
        return self.ctl("bulk", "show", number)

    def until(self, number, **expected):
        wait_until(lambda: all(self.job(number)[key] == value for key, value in expected.items()), str(expected))

    def test_mistakes_in_the_file_name_their_line(self):
        self.lab.capfctl("device", "add", "SEPA00000000001")
        for text, message in (("SEPA00000000001\n", "line 1: unknown column"),
                              ("auth\nnull\n", "there is no column 'name'"),
                              ("name,auth\nSEPA00000000001\n", "line 2: 1 fields, the first line has 2"),
                              ("name\nSEPA00000000001\n\nsepa00000000001\n", "line 4: the device stands in line 2"),
                              ("name,rsa\nSEPA00000000001,big\n", "line 2: rsa: 'big' is no number"),
                              ('name\n"SEPA00000000001\n', "line 2: a quote that is not closed"),
                              ("name,auth\n,null\n", "line 2: no name"),
                              ("name\n", "no devices")):
            with self.subTest(text):
                done = self.lab.capfctl("bulk", "arm", "--csv", self.csv(text), check=False)
                self.assertEqual(1, done.returncode)
                self.assertIn(message, done.stderr)
        before = len(self.ctl("bulk", "list")["jobs"])
        for text, message in (("name\nSEPA00000000001\nSEPA99999999999\n", "no device SEPA99999999999"),
                              ("name,auth,string\nSEPA00000000001,string,12\n", "4 to 10 digits")):
            with self.subTest(text):
                done = self.lab.capfctl("bulk", "arm", "--csv", self.csv(text), check=False)
                self.assertEqual(1, done.returncode)
                self.assertIn(message, done.stderr)
        jobs = self.ctl("bulk", "list")["jobs"]
        self.assertEqual(before + 2, len(jobs))
        self.assertEqual({"cancelled"}, {job["state"] for job in jobs[:2]}, "nothing is left that waits")
        self.assertEqual(2, self.lab.capfctl("bulk", "arm", check=False).returncode)

    def test_every_device_as_its_line_says_and_across_a_kill(self):
        names = [f"SEPB0000000000{i}" for i in range(1, 5)]
        self.lab.capfctl("device", "add", *names)
        rows = ["name,auth,string,key_order,ec", f"{names[0]},string,24681357,,", f'"{names[1]}",,,ec,384',
                f"{names[2]},,,,", f"{names[3]},,,,"]
        shown = self.ctl("bulk", "arm", "--csv", self.csv("\r\n".join(rows) + "\r\n"), "--max-concurrent", 2,
                         "--name", "by file")
        number = shown["job"]
        self.until(number, armed=2, waiting=2)
        first = self.lab.device(names[0])
        self.assertEqual((2, 1), (first["operation"], first["authentication_mode"]))
        second = self.lab.device(names[1])
        self.assertEqual((2, 384), (second["key_order"], second["ec_key_size"]))
        self.assertEqual(1, self.lab.device(names[2])["operation"])
        self.lab.kill("capfd")
        self.lab.up()
        self.until(number, armed=2, waiting=2, state="running")
        self.lab.phone(names[0], string="24681357")
        self.until(number, armed=2, waiting=1, done=1)
        for name in names[2:]:
            wait_until(lambda name=name: self.lab.device(name)["operation"] == 2, f"turn of {name}")
            self.lab.phone(name)
        self.lab.capfctl("device", "arm", names[1], "--operation", "none")
        self.until(number, state="finished", done=3, failed=1)
        failed = self.ctl("bulk", "show", number, "--targets", "failed")["targets"]
        self.assertEqual([names[1]], [row["name"] for row in failed])
        self.assertIn("somebody else", failed[0]["detail"])
        self.assertIn("by file", self.lab.capfctl("bulk", "list").stdout)
        self.assertNotIn("24681357", self.lab.capfctl("--json", "bulk", "show", number, "--targets", "all").stdout)

    def test_pause_resume_and_cancel(self):
        names = [f"SEPC0000000000{i}" for i in range(1, 4)]
        self.lab.capfctl("device", "add", *names)
        number = self.ctl("bulk", "arm", "--where", "name begins SEPC", "--max-concurrent", 1)["job"]
        self.until(number, armed=1)
        self.lab.capfctl("bulk", "pause", number)
        self.lab.phone(names[0])
        self.until(number, state="paused", done=1, armed=0, waiting=2)
        self.lab.capfctl("bulk", "resume", number)
        self.until(number, state="running", armed=1, waiting=1)
        self.lab.capfctl("bulk", "cancel", number)
        self.assertEqual(1, self.lab.device(names[1])["operation"])
        self.assertEqual(1, self.lab.capfctl("bulk", "resume", number, check=False).returncode)


if __name__ == "__main__":
    unittest.main()
