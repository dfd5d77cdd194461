# SPDX-License-Identifier: Apache-2.0
"""Clients and servers that nobody here built for OpenCAPF: see foreign_capf.py."""
import base64
import concurrent.futures
import json
import subprocess
import tempfile
import unittest

from foreign_capf import (DELETE_REQUEST, END, FETCH_REQUEST, KEY_REQUEST, STORE_REQUEST, Client, Server, openssl)
from lab_fixture import BIN, LabCase


class ClientAgainstCapfd(LabCase):
    def arm(self, operation):
        self.lab.capfctl("device", "arm", "CSFFOREIGN", "--operation", operation)

    def test_installs_fetches_and_deletes(self):
        self.lab.add("CSFFOREIGN")
        self.arm("install")
        phone = Client(self.lab.capf_port, "CSFFOREIGN")
        self.assertEqual(phone.run(), ([KEY_REQUEST, STORE_REQUEST, END], 1))
        text = openssl("x509", "-inform", "DER", "-noout", "-subject", "-pubkey", data=phone.certificate).decode()
        self.assertIn("CP-8865-CSFFOREIGN", text)
        self.assertIn(openssl("pkey", "-pubout", data=phone.key).decode(), text)
        self.assertEqual(self.lab.device("CSFFOREIGN")["status"], 3)

        self.arm("troubleshoot")
        again = Client(self.lab.capf_port, "CSFFOREIGN", phone.key)
        again.certificate = phone.certificate
        self.assertEqual(again.run(), ([FETCH_REQUEST, END], 0))
        exported = json.loads(self.lab.capfctl("--json", "lsc", "export", "CSFFOREIGN", "--what", "fetched-lsc").stdout)
        self.assertEqual(base64.b64decode(exported["der_base64"]), phone.certificate)
        self.assertEqual(self.lab.device("CSFFOREIGN")["status"], 5)

        self.arm("delete")
        again = Client(self.lab.capf_port, "CSFFOREIGN", phone.key)
        again.certificate = phone.certificate
        self.assertEqual(again.run(), ([DELETE_REQUEST, END], 1))
        device = self.lab.device("CSFFOREIGN")
        self.assertEqual((device["status"], device["lsc"]), (4, None))

    def test_hears_7_when_nothing_is_pending_and_9_when_unknown(self):
        self.lab.add("CSFIDLE")
        self.assertEqual(Client(self.lab.capf_port, "CSFIDLE").run(), ([END], 7))
        self.assertEqual(Client(self.lab.capf_port, "CSFNOBODY").run(), ([END], 9))


class PhoneSimAgainstAServer(unittest.TestCase):
    def phone(self, server, operation, store, *more):
        """Exit code of the phone, and what the server made of it."""
        command = [BIN / "phone-sim", "run", "SEP0123456789AB", "--capf", f"127.0.0.1:{server.port}", "--trust", server.trust,
                   "--store", store, "--retries", "1", "--json", *more]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answered = pool.submit(server.serve, operation)
            with subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL) as phone:
                server.kill = phone.kill
                return phone.wait(60), answered.result(30)

    def test_installs_fetches_and_deletes(self):
        for profile in ("v3", "jabber"):
            with self.subTest(profile), Server() as server, tempfile.TemporaryDirectory() as store:
                self.assertEqual(self.phone(server, "install", store, "--profile", profile), (0, 1))
                pem = openssl("x509", "-in", f"{store}/SEP0123456789AB.lsc.pem", "-outform", "DER")
                self.assertEqual(self.phone(server, "fetch", store, "--profile", profile), (0, 0))
                self.assertEqual(server.fetched, pem)
                self.assertEqual(self.phone(server, "delete", store, "--profile", profile), (0, 1))
                self.assertEqual(self.phone(server, "delete", store, "--profile", profile)[1], 7)

    def test_the_authentication_string(self):
        with Server("4711") as server, tempfile.TemporaryDirectory() as store:
            self.assertEqual(self.phone(server, "install", store, "--auth-string", "1174"), (3, 7))
            self.assertEqual(self.phone(server, "install", store, "--auth-string", "4711"), (0, 1))

    def test_kill_9_after_the_key_does_not_lose_it(self):
        with Server() as server, tempfile.TemporaryDirectory() as store:
            self.assertEqual(self.phone(server, "install-killed", store), (-9, None))
            self.assertEqual(self.phone(server, "deliver", store), (0, 1))
            key = openssl("pkey", "-in", f"{store}/SEP0123456789AB.key", "-pubout", "-outform", "DER")
            self.assertEqual(key, server.spki)
            # The server missed the confirmation and sends one for the key of the LSC again.
            self.assertEqual(self.phone(server, "deliver", store), (0, 1))


if __name__ == "__main__":
    unittest.main()
