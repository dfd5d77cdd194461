# SPDX-License-Identifier: Apache-2.0
"""./lab itself: what it shows, what it says when something is in its way, labs side by side, the benchmark."""
import json
import socket
import unittest

import lab_fixture


class LabScript(unittest.TestCase):
    def new_lab(self):
        lab = lab_fixture.Lab()
        self.addCleanup(lab.close)
        return lab

    def test_failures_say_what_to_do(self):
        lab = self.new_lab()
        self.assertIn("./lab up", lab.lab("status", check=False).stderr)
        with socket.create_server(("127.0.0.1", lab.ca_port)):
            done = lab.lab("up", "--no-phone", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn(f"port {lab.ca_port} is taken", done.stderr)
        self.assertIn("LAB_CA_PORT", done.stderr)
        lab.environment["LAB_CES_PORT"] = "eighty"
        self.assertIn("LAB_CES_PORT is 'eighty'", lab.lab("up", check=False).stderr)

    def test_a_daemon_that_dies_shows_its_last_words(self):
        lab = self.new_lab()
        lab.up()
        lab.lab("down")
        (lab.dir / "pki" / "iis.key").write_text("no key\n", encoding="ascii")
        done = lab.lab("up", "--no-phone", check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("ca-simd ended while starting", done.stderr)
        self.assertIn("iis.key", done.stderr)

    def test_two_labs_side_by_side(self):
        first, second = self.new_lab(), self.new_lab()
        for lab in (first, second):
            shown = lab.lab("up").stdout
            self.assertIn("lab-dc-CA", shown)
            self.assertIn("POST /certsrv/certfnsh.asp", shown)
        again = first.lab("up", "--no-phone").stdout
        self.assertEqual(3, again.count("runs already"), again)
        self.assertEqual(3, first.lab("status").stdout.count("answers"))
        self.assertEqual(3, first.lab("down").stdout.count("stopped"))
        self.assertEqual(3, second.lab("status").stdout.count("answers"))

    def test_env_file_leads_to_everything(self):
        lab = self.new_lab()
        lab.up()
        script = ". $LAB_DIR/env && capfctl device list && test -s $LAB_ROOT_CA -a -s $CAPF_CERT -a -s $CES_TRUST && " \
                 "test -f $CAPF_LOG -a -f $CISCORA_LOG -a -f $ERROR_LOG -a -f $IIS_LOG && " \
                 "curl -sS --fail --cacert $CES_TRUST --resolve $CES_RESOLVE $CES_URL/cacerts && " \
                 "echo \"$CAPF_ADDR $CA_URL $CA_USER $CA_TEMPLATE\""
        shown = lab.run("bash", "-ec", script).stdout
        self.assertIn(f"127.0.0.1:{lab.capf_port} https://lab-dc.example.test:{lab.ca_port}/certsrv LAB\\ciscora CiscoRA",
                      shown)

    def test_enrol_logs_and_bench(self):
        lab = self.new_lab()
        lab.up()
        shown = lab.lab("enroll", "SEP020000000900", "--string").stdout
        self.assertIn("LSC: Installed", shown)
        one = lab.lab("logs", "SEP020000000900").stdout
        self.assertIn("Sending STORE_CERT_REQ msg", one)
        report = lab.dir / "bench.json"
        lab.lab("bench", "--phones", "4", "--alone", "2", "--rounds", "5", "--json", str(report))
        figures = json.loads(report.read_text(encoding="utf-8"))
        self.assertEqual((4, 0), (figures["phones"], figures["failed"]))
        for key in ("enrolments_per_s", "p50_ms", "p99_ms", "floor_cpu_ms", "ratio"):
            self.assertGreater(figures[key], 0, key)
        self.assertEqual({"capfd", "cesd", "ca-simd", "total"}, set(figures["cpu_ms_per_enrolment"]))
        self.assertNotIn("SEPB", lab.lab("logs", "SEP020000000900").stdout)


if __name__ == "__main__":
    unittest.main()
