# SPDX-License-Identifier: Apache-2.0
"""A phone that trusts CAPF by its trust list: CAPF's certificate changes, and with the new list the phone goes on."""
import json
import shutil
import unittest

from foreign_capf import openssl
from lab_fixture import BIN, LabCase, eventually

NAME = "SEP00112233AA01"
REFUSED_BY_PHONE = 6


class TrustList(LabCase):
    def setUp(self):
        self.pki = self.lab.dir / "pki"
        self.lists = self.lab.dir / "lists"
        shutil.rmtree(self.lists, ignore_errors=True)
        self.lists.mkdir()
        for name in ("tftp", "stranger"):
            self.new_certificate(name, self.lists)

    def new_certificate(self, name, folder, *more):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", *more)
        (folder / f"{name}.key").chmod(0o600)

    def list_of(self, name, signer="tftp"):
        path = self.lists / name
        self.lab.run(BIN / "capfctl", "itl", "create", path, "--signer-cert", self.lists / f"{signer}.pem", "--signer-key",
                     self.lists / f"{signer}.key", "--capf", self.pki / "capf.pem")
        return path

    def phone(self, itl, *more):
        command = self.lab.phone_command(NAME)
        at = command.index("--trust")
        command[at:at + 2] = ["--itl", str(itl)]
        done = self.lab.run(*command, *more, check=False)
        return done.returncode, done.stdout + done.stderr

    def rotate_capf(self):
        """capfd gets another certificate, without a restart."""
        self.new_certificate("CAPF-rotated", self.pki, "-addext", "keyUsage=digitalSignature,keyCertSign")
        for kind, mode in (("pem", 0o644), ("key", 0o600)):
            (self.pki / f"CAPF-rotated.{kind}").replace(self.pki / f"capf.{kind}")
            (self.pki / f"capf.{kind}").chmod(mode)
        self.lab.capfctl("daemon", "reload", "capfd")

    def test_a_rotated_capf_needs_a_new_list(self):
        first = self.list_of("first")
        self.lab.add(NAME)
        self.lab.arm(NAME)
        code, said = self.phone(first)
        self.assertEqual(code, 0, said)
        self.assertIn("First ITL", said)
        self.assertEqual(self.lab.device(NAME)["status"], 3)

        self.rotate_capf()
        self.lab.arm(NAME)
        code, said = self.phone(first)
        self.assertEqual(code, REFUSED_BY_PHONE, said)
        self.assertIn("not the CAPF server of the phone's ITL", said)
        eventually(lambda: self.assertEqual((self.lab.device(NAME)["operation"], self.lab.device(NAME)["status"]), (2, 2)))

        # A list that nobody trusted has signed changes nothing, and does not stay.
        code, said = self.phone(self.list_of("strangers", "stranger"))
        self.assertEqual(code, REFUSED_BY_PHONE, said)
        self.assertIn("New ITL refused", said)

        code, said = self.phone(self.list_of("next"), "--json")
        self.assertEqual(code, 0, said)
        self.assertIn("New ITL, signed by CN=tftp", said)
        eventually(lambda: self.assertEqual(self.lab.device(NAME)["status"], 3))

    def test_show_and_create_say_what_is_wrong(self):
        path = self.list_of("shown")
        shown = json.loads(self.lab.run(BIN / "capfctl", "--json", "itl", "show", path).stdout)
        self.assertEqual([record["function"] for record in shown["records"]], ["TFTP", "CAPF"])
        self.assertTrue(shown["signature_good"])
        self.assertIn("CAPF", self.lab.run(BIN / "capfctl", "itl", "show", path).stdout)
        path.write_bytes(path.read_bytes()[:-1])
        done = self.lab.run(BIN / "capfctl", "itl", "show", path, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ends within a record", done.stderr)
        done = self.lab.run(BIN / "capfctl", "itl", "create", path, "--signer-cert", self.lists / "tftp.pem", "--signer-key",
                            self.lists / "stranger.key", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is not the key of", done.stderr)


if __name__ == "__main__":
    unittest.main()
