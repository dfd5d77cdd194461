# SPDX-License-Identifier: Apache-2.0
"""cesd logs in to the CA with Kerberos tickets of its own keytab, where the product knows NTLM only: a real KDC, and IIS
offers nothing but Negotiate."""
import json
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import lab_fixture  # noqa: E402
from kdc import Kdc, missing_tools  # noqa: E402
from kerberos_test import absent  # noqa: E402

HOST = "lab-dc.example.test"


class RaWithKeytab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if missing_tools():
            absent(f"{', '.join(missing_tools())}: krb5-kdc, krb5-admin-server and krb5-user are not installed")
        kdc = cls.enterClassContext(Kdc("EXAMPLE.TEST"))
        kdc.add_service(f"HTTP/{HOST}", kdc.dir / "http.keytab")
        kdc.add_service("ciscora", kdc.dir / "ciscora.keytab")
        cls.lab = lab_fixture.Lab(**kdc.environment())
        cls.addClassCleanup(cls.lab.close)
        cls.lab.up()
        cls.overlay("ca-simd", {"authentication": {"providers": ["Negotiate"], "keytab": str(kdc.dir / "http.keytab")}})
        accounts = cls.lab.dir / "secrets" / "est-accounts"
        password = (cls.lab.dir / lab_fixture.PASSWORD_FILE).read_text(encoding="ascii")
        line = subprocess.run([lab_fixture.BIN / "capfctl", "axl", "hash", "LAB\\ciscora"], input=password, text=True,
                              capture_output=True, check=True).stdout
        accounts.write_text(line, encoding="ascii")
        accounts.chmod(0o600)
        # CAPF's password cannot be tried at a CA that takes tickets only, so cesd knows it by itself.
        cls.overlay("cesd", {"ca": {"auth": "negotiate"}, "est": {"auth": ["static_account"], "accounts_file": str(accounts)},
                             "kerberos": {"client_keytab": str(kdc.dir / "ciscora.keytab"), "ccache": "MEMORY:cesd"}})
        for daemon in ("ca-simd", "cesd"):
            cls.lab.kill(daemon, signal.SIGTERM)
        cls.marks = cls.lab.marks()
        cls.lab.up()

    @classmethod
    def overlay(cls, daemon, keys):
        folder = cls.lab.dir / "etc" / f"{daemon}.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-test.json").write_text(json.dumps(keys), encoding="utf-8")

    def test_a_phone_gets_its_certificate(self):
        name = "SEP0200000009A1"
        self.lab.enrol(name)
        self.assertEqual(3, self.lab.device(name)["status"])
        lines = lab_fixture.wait_until(lambda: [line for line in self.lab.since(self.marks, "iis") if "certnew.cer" in line]
                                       and self.lab.since(self.marks, "iis"), "the download in the IIS log")
        self.assertFalse([line for line in lines if " 401 " in line], "a ticket comes with the first request")
        self.assertTrue(all(" LAB\\ciscora " in line for line in lines), lines)
        self.assertRegex("\n".join(lines), r"POST /certsrv/certfnsh.asp .* 200 0 0 ")


if __name__ == "__main__":
    unittest.main()
