# SPDX-License-Identifier: Apache-2.0
"""kill -9 of capfd at every step of an installation loses nothing: the device is armed, or finished, or its certificate
stands among the stale ones."""
import json
import re
import ssl
import unittest

from foreign_capf import END, KEY_REQUEST, STORE_REQUEST, STORE_RESPONSE, REASON, CERTIFICATE, Client, element, unwrapped
from lab_fixture import LabCase, wait_until

STEPS = ["connected", "authenticated", "key given", "at the CA", "certificate sent", "confirmed", "ended"]


class Kill(LabCase):
    def walk_to(self, step, name):
        """A phone that has come as far as `step`; gives the certificate it was sent."""
        phone = Client(self.lab.capf_port, name)
        position = STEPS.index(step)
        if position >= 1:
            self.assertEqual(phone.authenticate()[0], KEY_REQUEST)
        if position >= 2:
            phone.give_key()
        if position == 3:
            wait_until(lambda: any(f":{name}:Calling enrollCertUsingEST" in line for line in self.lab.read("capf")),
                       "the enrolment")
        if position < 4:
            return phone, None
        command, body = phone.read()
        self.assertEqual(command, STORE_REQUEST)
        if position >= 5:
            phone.send(STORE_RESPONSE, element(REASON, b"\x01"))
        if position >= 6:
            self.assertEqual(phone.read()[0], END)
        return phone, unwrapped(body[CERTIFICATE])

    def certificate(self, name):
        """DER of the LSC in capfd's database, None when there is none."""
        shown = self.lab.capfctl("lsc", "export", name, check=False)
        if shown.returncode != 0:
            return None
        return ssl.PEM_cert_to_DER_cert(shown.stdout)

    def test_at_every_step(self):
        for number, step in enumerate(STEPS):
            name = f"CSFKILL{number}"
            with self.subTest(step):
                self.lab.add(name)
                self.arm(name)
                phone, sent = self.walk_to(step, name)
                self.lab.kill("capfd")
                phone.close()
                self.lab.up()
                self.check(step, name, sent)
                if self.lab.device(name)["operation"] == 2:
                    self.assertEqual(Client(self.lab.capf_port, name).run()[1], 1, "the phone's next try succeeds")
                self.assertEqual(self.lab.device(name)["status"], 3)

    def arm(self, name):
        self.lab.capfctl("device", "arm", name, "--operation", "install")

    def check(self, step, name, sent):
        device = self.lab.device(name)
        stale = [row for row in json.loads(self.lab.capfctl("--json", "stale-lsc", "list").stdout)["lscs"]
                 if row["device"] == name]
        if device["operation"] == 1:
            self.assertIn(step, ("confirmed", "ended"))
            self.assertEqual(device["status"], 3, "a status speaks of the certificate that is there")
            self.assertEqual(self.certificate(name), sent)
            self.assertEqual(stale, [])
        else:
            self.assertNotEqual(step, "ended", "the phone was told that it is done")
            self.assertEqual((device["operation"], device["status"]), (2, 2))
            self.assertIsNone(device["lsc"])
            self.assertEqual(len(stale), 1 if sent else len(stale))
            for row in stale:
                self.assertFalse(row["in_delivery"])
                self.assertTrue(re.search("stopped", row["reason"]), row)


if __name__ == "__main__":
    unittest.main()
