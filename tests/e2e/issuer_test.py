#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One lab, every certificate issuer in turn: a reload changes the issuer."""
import io
import json
import tarfile
import unittest

import est_server
from lab_fixture import LabCase, eventually


class Issuers(LabCase):
    def use(self, **overlay):
        folder = self.lab.dir / "etc" / "capfd.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-test.json").write_text(json.dumps(overlay), encoding="utf-8")
        done = self.lab.capfctl("--json", "daemon", "reload", "capfd")
        self.assertEqual([], json.loads(done.stdout)["needs_restart"])
        self.addCleanup(self.lab.capfctl, "daemon", "reload", "capfd")
        self.addCleanup((folder / "50-test.json").unlink)

    def verified(self, name, *trust):
        """The text of a device's LSC, which verifies against a certificate of the lab's pki."""
        pem = self.lab.dir / f"{name}.pem"
        pem.write_text(self.lab.capfctl("lsc", "export", name).stdout, encoding="ascii")
        self.lab.run("openssl", "verify", "-x509_strict", "-CAfile", self.lab.dir.joinpath("pki", *trust), pem)
        return self.lab.run("openssl", "x509", "-in", pem, "-noout", "-text").stdout

    def test_capf_signs_by_itself(self):
        self.use(service_parameters={"certificate_issuer_to_endpoint": "capf", "lab_certificate_validity": 120})
        marks = self.lab.marks()
        self.lab.enrol("SEP020000000601", profile="jabber")
        text = self.verified("SEP020000000601", "capf.pem")
        self.assertIn("Digital Signature, Key Encipherment", text)
        self.assertIn("CN = CP-8865-SEP020000000601", text)
        self.assertIn("URI:SEP020000000601", text)
        self.assertEqual([], self.lab.since(marks, "iis"))
        eventually(lambda: self.assertIn("Cert Signing successful", "\n".join(self.lab.since(marks, "capf"))))

    def test_an_est_server_is_asked_directly(self):
        """cesd is one, and it knows no label."""
        self.use(service_parameters={"online_ca_type": "est", "online_ca_port": self.lab.ces_port,
                                     "online_ca_hostname": self.ces_host()}, est={"host": "nowhere.example.test"})
        self.lab.enrol("SEP020000000602")
        self.verified("SEP020000000602", "root.pem")

    def test_any_est_server_with_a_client_certificate(self):
        """The request that waits is sent again; the valid LSC is renewed; no password is ever sent."""
        name, pki = "SEP020000000603", self.lab.dir / "est-pki"
        est_server.make_pki(pki)
        server = est_server.EstServer(pki)
        self.addCleanup(server.close)
        self.use(service_parameters={"online_ca_type": "est", "online_ca_port": server.port,
                                     "online_ca_hostname": "localhost",
                                     "certificate_enrollment_profile_label": est_server.LABEL},
                 est={"trust": str(pki / "ca.pem"), "user": None, "password_file": None,
                      "client_certificate": str(pki / "client.pem"), "client_key": str(pki / "client.key")})
        self.lab.add(name)
        self.lab.arm(name)
        server.pending = 1
        self.lab.phone(name, check=False)
        listed = json.loads(self.lab.capfctl("--json", "csr", "list", "--waiting").stdout)["requests"]
        self.assertEqual([(name, "est")], [(request["device"], request["waiting_for"]) for request in listed])
        self.lab.phone(name)
        self.lab.arm(name)
        self.lab.phone(name)
        path = f"/.well-known/est/{est_server.LABEL}"
        self.assertEqual([f"POST {path}/simpleenroll client -"] * 2 + [f"POST {path}/simplereenroll client -"],
                         [line for line in server.requests if line.startswith("POST")])
        self.assertEqual(3, self.lab.device(name)["status"])

    def test_an_offline_ca(self):
        name, folder = "SEP020000000604", self.lab.dir / "offline"
        folder.mkdir()
        self.use(service_parameters={"certificate_issuer_to_endpoint": "offline"})
        self.lab.add(name)
        self.lab.arm(name, by="never")
        self.lab.phone(name, check=False)
        self.assertEqual(2, self.lab.device(name)["status"])
        self.assertIn("1 of them wait", self.lab.capfctl("csr", "count").stdout)
        self.assertIn(name, self.lab.capfctl("csr", "list").stdout)
        self.lab.capfctl("csr", "dump", "--waiting", folder / "requests.tgz")
        self.lab.run("tar", "-C", folder, "-xzf", folder / "requests.tgz")
        signed = folder / "signed"
        signed.mkdir()
        pki, extensions = self.lab.dir / "pki", folder / "extensions"
        extensions.write_text("keyUsage=critical,digitalSignature,keyEncipherment\nsubjectKeyIdentifier=hash\n"
                              "authorityKeyIdentifier=keyid\n", encoding="ascii")
        self.lab.run("openssl", "x509", "-req", "-in", folder / f"{name}.csr", "-CA", pki / "root.pem", "-CAkey",
                     pki / "root.key", "-set_serial", "77", "-days", "9", "-extfile", extensions, "-outform", "DER",
                     "-out", signed / f"{name}.der")
        (signed / "SEP0FFFFFFFFFFF.der").write_bytes((signed / f"{name}.der").read_bytes())
        (signed / "readme.txt").write_text("hello", encoding="ascii")
        self.lab.run("tar", "-C", signed, "-czf", folder / "signed.tgz", ".")
        report = self.lab.capfctl("--json", "cert", "import", folder / "signed.tgz", check=False)
        self.assertEqual(1, report.returncode)
        told = json.loads(report.stdout)
        self.assertEqual([f"./{name}.der"], told["imported"])
        self.assertEqual({"./SEP0FFFFFFFFFFF.der": "there is no such device",
                          "./readme.txt": "expected a file DEVICE.der, without directories"},
                         {entry["file"]: entry["reason"] for entry in told["refused"]})
        self.lab.phone(name)
        self.assertEqual(3, self.lab.device(name)["status"])
        self.verified(name, "root.pem")
        self.assertIn("0 requests", self.lab.capfctl("csr", "count").stdout)

    def test_broken_and_hostile_archives(self):
        folder = self.lab.dir / "archives"
        folder.mkdir()
        (folder / "no.tgz").write_bytes(b"no archive")
        done = self.lab.capfctl("cert", "import", folder / "no.tgz", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("no.tgz: ", done.stderr)
        with tarfile.open(folder / "bad.tgz", "w:gz") as archive:
            for path, size in (("../SEP1.der", 3), ("/etc/SEP1.der", 3), ("SEP1.der", 100_000)):
                member = tarfile.TarInfo(path)
                member.size = size
                archive.addfile(member, io.BytesIO(bytes(size)))
            link = tarfile.TarInfo("SEP2.der")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        done = self.lab.capfctl("cert", "import", folder / "bad.tgz", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("0 imported, 4 refused", done.stdout)
        self.assertIn("larger than", done.stdout)

    def test_parameters_by_their_names(self):
        shown = self.lab.capfctl("parameter", "list").stdout
        self.assertIn("Certificate Issuer to Endpoint", shown)
        one = json.loads(self.lab.capfctl("--json", "parameter", "show", "Online CA Type").stdout)["parameter"]
        self.assertEqual(("Microsoft CA", False), (one["value"], one["needs_restart"]))

    def ces_host(self):
        made = (self.lab.dir / "etc" / "capfd.json").read_text(encoding="utf-8")
        return json.loads(made.partition("\n")[2])["est"]["host"]


if __name__ == "__main__":
    unittest.main()
