# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

LAB = pathlib.Path(__file__).parents[1] / "lab"


class MakeConfig(unittest.TestCase):
    def make(self, default, change, **environment):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "a.json").write_text(default, encoding="utf-8")
            (root / "b.json").write_text(change, encoding="utf-8")
            done = subprocess.run([sys.executable, LAB / "make_config.py", root / "a.json", root / "b.json",
                                   root / "out.json"], capture_output=True, text=True,
                                  env=dict(os.environ, **environment), check=False)
            if done.returncode != 0:
                return done.stderr.strip()
            return json.loads((root / "out.json").read_text(encoding="utf-8").split("\n", 1)[1])

    def test_merges_and_fills_in(self):
        result = self.make('{"a": {"port": 1, "x": "//no comment"}, "b": [1] // comment\n}',
                           '{"a": {"port": "@PORT@"}, "b": ["@WHO@\\\\u"]}', PORT="99", WHO="LAB")
        self.assertEqual({"a": {"port": 99, "x": "//no comment"}, "b": ["LAB\\u"]}, result)

    def test_named_entries_start_from_their_default(self):
        result = self.make('{"t": [{"name": "A", "v": 1}, {"name": "B", "v": 2}]}',
                           '{"t": [{"name": "B"}, {"name": "@NEW@", "v": 3}]}', NEW="C")
        self.assertEqual({"t": [{"name": "B", "v": 2}, {"name": "C", "v": 3}]}, result)

    def test_unknown_keys_and_variables_are_errors(self):
        self.assertIn("/a/typo is not in the default", self.make('{"a": {}}', '{"a": {"typo": 1}}'))
        self.assertIn("@MISSING_ONE@ is not set", self.make('{"a": ""}', '{"a": "@MISSING_ONE@"}'))


CAPF = """14:05:04.628 |-->debug
14:05:04.628 |   debug 2:SEP1:Calling enrollCertUsingEST() csr_file=/tmp/capf/csr/SEP1.csr
14:05:04.628 |<--debug
14:05:04.629 |   debug 2:SEP1:Completed action in X509_REQ *read_csr()
14:05:05.236 |   debug 2:SEP1:Enrollment rv = 0 (EST_ERR_NONE) with pkcs7 length = 1963
14:05:05.300 |   debug 3:SEP2:Sending STORE_CERT_REQ msg
"""
NGINX = """2019/01/16 14:05:04 [info] 7#0: *2 login_to_certsrv_ca: ok
***EST [INFO][log_access:1298]--> access
2019/01/16 14:05:05 [info] 7#0: *2 ra_certsrv_auth_curl_data_cb: Rcvd data len: 163
"""
IIS = """#Fields: date time
2019-01-16 14:05:04 10.0.0.1 GET /certsrv - 443 - 10.0.0.2 CiscoRA+1.0 - 401 1 2148074254 0
2019-01-16 14:05:05 10.0.0.1 GET /certsrv/certnew.cer ReqID=10&ENC=b64 443 LAB\\u 10.0.0.2 CiscoRA+1.0 - 200 0 0 0
"""


class MergeLogs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in (("capf.log", CAPF), ("error.log", NGINX), ("u_ex190116.log", IIS), ("ciscora.log", "start\n")):
            (self.root / name).write_text(text, encoding="utf-8")
        moment = 1547647505  # 2019-01-16 14:05:05 UTC
        os.utime(self.root / "capf.log", (moment, moment))

    def merge(self, *arguments):
        command = [sys.executable, LAB / "merge_logs.py", "--capf", self.root / "capf.log", "--error",
                   self.root / "error.log", "--ciscora", self.root / "ciscora.log", "--iis", self.root, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ, TZ="UTC"))
        return done.stdout.splitlines()

    def test_what_the_ca_did_stands_between_question_and_answer(self):
        kinds = [line.split("|")[0].strip() for line in self.merge()]
        self.assertEqual(["CiscoRA", "CAPF", "CAPF", "CAPF", "CAPF", "IIS", "NGINX", "NGINX", "IIS", "NGINX", "CAPF",
                          "CAPF"], ["CiscoRA"] + [kind for kind in kinds if kind != "CiscoRA"])
        self.assertEqual(1, kinds.count("CiscoRA"))

    def test_one_device(self):
        lines = self.merge("--device", "sep1")
        self.assertFalse([line for line in lines if "SEP2" in line or "CiscoRA |" in line])
        self.assertTrue([line for line in lines if "|<--debug" in line])

    def test_from_mark_shows_only_what_is_new(self):
        mark = self.merge("--mark")[0]
        with open(self.root / "error.log", "a", encoding="utf-8") as file:
            file.write("2019/01/16 14:05:06 [info] 7#0: new\n")
        self.assertEqual(["NGINX   | 2019/01/16 14:05:06 [info] 7#0: new"], self.merge("--from", mark))


if __name__ == "__main__":
    unittest.main()
