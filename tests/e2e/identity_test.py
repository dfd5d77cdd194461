# SPDX-License-Identifier: Apache-2.0
"""Phones that prove themselves with the certificate they have, through the whole chain."""
import unittest

from lab_fixture import LabCase, eventually


class Identity(LabCase):
    def outcome(self, name):
        device = self.lab.device(name)
        return device["operation"], device["status"]

    def serial(self, name):
        return self.lab.device(name)["lsc"]["serial"]

    def test_a_factory_certificate_gets_the_first_lsc_and_the_lsc_the_next(self):
        name = "SEP020000000301"
        said = self.lab.lab("enroll", name, "--mic").stdout
        self.assertIn("authentication by existing certificate, MIC first", said)
        self.assertEqual((1, 3), self.outcome(name))
        first = self.serial(name)
        marks = self.lab.marks()
        self.lab.lab("enroll", name, "--lsc")
        self.assertEqual((1, 3), self.outcome(name))
        self.assertNotEqual(first, self.serial(name))
        eventually(lambda: self.assertTrue(any("Existing certificate accepted, subject /CN=CP-8865-" + name in line
                                               for line in self.lab.since(marks, "capf"))))

    def test_a_phone_without_certificate_cannot_prove_anything(self):
        name = "SEP020000000302"
        refused = self.lab.lab("enroll", name, "--lsc", check=False)
        self.assertNotEqual(0, refused.returncode)
        self.assertEqual(2, self.outcome(name)[0], "the operation waits for a phone that can")


if __name__ == "__main__":
    unittest.main()
