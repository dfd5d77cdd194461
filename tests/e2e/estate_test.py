#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An estate that renews itself: short-lived LSCs, unattended, and capfd killed in the middle.

OPENCAPF_ESTATE_PHONES, _VALIDITY, _POLL and _FOR (seconds) make it larger; 2000, 120, 15 and 250 suit two cores."""
import json
import os
import subprocess
import time
import unittest

from lab_fixture import BIN, LabCase, wait_until

PREFIX = "SEPE"


def setting(name, default):
    return int(os.environ.get(f"OPENCAPF_ESTATE_{name}", default))


PHONES, VALIDITY, POLL, SECONDS = (setting(*item) for item in
                                   (("PHONES", 40), ("VALIDITY", 14), ("POLL", 1), ("FOR", 28)))
GENERATIONS = SECONDS // (VALIDITY // 2 + POLL + 1)


class Estate(LabCase):
    def use(self, **overlay):
        folder = self.lab.dir / "etc" / "capfd.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-test.json").write_text(json.dumps(overlay), encoding="utf-8")
        done = self.lab.capfctl("--json", "daemon", "reload", "capfd")
        self.assertEqual([], json.loads(done.stdout)["needs_restart"])

    def ctl(self, *arguments):
        return json.loads(self.lab.capfctl("--json", *arguments).stdout)

    def phones(self):
        common = ["--count", PHONES, "--prefix", PREFIX]
        fleet = [BIN / "phone-sim", "fleet", *common, "--capf", f"127.0.0.1:{self.lab.capf_port}", "--trust",
                 self.lab.dir / "pki" / "capf.pem", "--store", self.lab.dir / "phones"]
        return [str(part) for part in fleet]

    def add_devices(self):
        """Devices, and phones that have a MIC from the factory: with it they prove themselves until they have an LSC."""
        pki = self.lab.dir / "pki"
        self.lab.run(BIN / "phone-sim", "mic", "--count", PHONES, "--prefix", PREFIX, "--type", "ec-256", "--store",
                     self.lab.dir / "phones", "--ca-cert", pki / "manufacturing-ca.pem", "--ca-key",
                     pki / "manufacturing-ca.key")
        names = self.lab.dir / "names"
        names.write_text(self.lab.run(*self.phones(), "--list-names").stdout, encoding="ascii")
        self.lab.capfctl("device", "add", "--names-file", names)

    def roll_out(self):
        """Everything is armed as a bulk job; what is too much at once waits."""
        job = self.ctl("bulk", "arm", "--where", f"name begins {PREFIX}", "--auth", "mic", "--key-order", "ec", "--max-concurrent",
                       max(10, PHONES // 4))
        self.assertEqual(PHONES, job["total"])
        return job["job"]

    def test_renews_itself_for_generations(self):
        self.use(service_parameters={"certificate_issuer_to_endpoint": "capf", "lab_certificate_validity": VALIDITY},
                 renewal={"interval": 0.5, "window_percent": 50, "jitter_percent": 20, "retry_pause": 1,
                          "max_armed": PHONES},
                 bulk={"interval": 0.2})
        self.add_devices()
        job = self.roll_out()
        phones = subprocess.Popen([*self.phones(), "--poll", str(POLL), "--for", str(SECONDS), "--parallel", "200", "--retries", "1", "--auth", "lsc", "--json"], stdout=subprocess.PIPE, text=True, env=self.lab.environment)
        self.addCleanup(phones.wait, 60)
        started = time.monotonic()
        wait_until(lambda: self.ctl("bulk", "show", job)["done"] >= PHONES // 8, "the first phones")
        self.lab.kill("capfd")
        self.lab.up()
        wait_until(lambda: self.ctl("bulk", "show", job)["state"] == "finished", "the end of the roll-out", SECONDS)
        shown = self.ctl("bulk", "show", job)
        self.assertEqual((PHONES, 0), (shown["done"], shown["failed"]))
        wait_until(lambda: self.ctl("renewal", "status")["armed"] > 0, "the first renewal", VALIDITY + 10)
        self.lab.kill("capfd")
        self.lab.up()
        result = json.loads(phones.communicate(timeout=SECONDS + 60)[0])
        self.assertGreater(time.monotonic() - started, SECONDS - 1)
        self.assertEqual([], result["ever_without_valid_lsc"])
        self.assertEqual([], result["without_valid_lsc_at_end"])
        self.assertGreaterEqual(min(int(count) for count in result["phones_by_installs"]), GENERATIONS, result)
        self.assertEqual(0, phones.returncode)
        rows = self.ctl("renewal", "list")["renewals"]
        self.assertEqual(PHONES, len(rows))
        self.assertGreaterEqual(min(row["renewed"] for row in rows), GENERATIONS - 1)
        print(json.dumps({key: value for key, value in result.items()}))


if __name__ == "__main__":
    unittest.main()
