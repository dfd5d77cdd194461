# SPDX-License-Identifier: Apache-2.0
"""capfctl as a whole: every command teaches, its examples work, --json is JSON; reports as table, CSV and JSON."""
import csv
import io
import json
import os
import pathlib
import shlex
import socket
import subprocess
import tempfile
import threading
import unittest

import lab_fixture

CAPFCTL = lab_fixture.BIN / "capfctl"
PHONE = "SEP001122334455"


def commands():
    """(words, description) of every command that does something."""
    described = json.loads(subprocess.run([CAPFCTL, "--describe"], capture_output=True, check=True).stdout)
    waiting, found = [((), described)], []
    while waiting:
        words, command = waiting.pop(0)
        children = [((*words, child["name"]), child) for child in command["subcommands"]]
        waiting += children
        if not children:
            found.append((words, command))
    return found


def words_of(example):
    """What the shell would give to capfctl: neither redirection nor pipe."""
    words = shlex.split(example, comments=False)
    ends = [i for i, word in enumerate(words) if word == "|" or word[0] in "<>"]
    return words[1:ends[0]] if ends else words[1:]


class Teaching(unittest.TestCase):
    def test_every_command_says_what_it_does_and_shows_how(self):
        for words, command in commands():
            self.assertRegex(command["description"], r"\w+ \w+", words)
            self.assertNotEqual([], command["examples"], f"{' '.join(words)}: add examples to src/capfctl/examples.cpp")
            shown = subprocess.run([CAPFCTL, *words, "--help"], capture_output=True, text=True, check=True).stdout
            for example in command["examples"]:
                self.assertIn(f"  {example}\n", shown)
                self.assertEqual(list(words), [w for w in words_of(example) if w in words][:len(words)], example)

    def test_examples_are_right_usage(self):
        with tempfile.TemporaryDirectory() as folder:
            prepare(pathlib.Path(folder))
            for words, command in commands():
                for example in command["examples"]:
                    done = subprocess.run([CAPFCTL, "--socket", f"{folder}/none.sock", *words_of(example)], cwd=folder,
                                          input="secret\n", capture_output=True, text=True, timeout=60, check=False)
                    expected = (0, 1) if words in WITHOUT_DAEMON and "--live" not in example else (3,)
                    self.assertIn(done.returncode, expected, f"{example}: {done.stderr}")


WITHOUT_DAEMON = (("axl", "hash"), ("doctor",), ("itl", "create"), ("itl", "show"), ("trace",))


def prepare(folder):
    """The files that examples name."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=signer", "-keyout", "tftp.key",
                    "-out", "tftp.pem"], cwd=folder, check=True, capture_output=True)
    (folder / "collected-logs").mkdir()
    (folder / "collected-logs" / "capf.log").write_text(f"10:00:00.000 |   debug 1:{PHONE}:No pending operation for the device\n", encoding="ascii")
    (folder / "phones.txt").write_text("SEP0A0000000001\nSEP0A0000000002\n", encoding="ascii")
    (folder / "phones.csv").write_text("name\nSEP0A0000000001\n", encoding="ascii")
    (folder / "short.json").write_text("{}", encoding="ascii")
    (folder / "SEP001122334455.der").write_bytes(b"no certificate")
    subprocess.run(["tar", "-czf", folder / "signed.tgz", "-C", folder, "SEP001122334455.der"], check=True)
    for name in ("password", "ca.key", "ca.pem"):
        (folder / name).write_text("secret\n", encoding="ascii")
        (folder / name).chmod(0o600)


class FakeDaemon:
    """Answers each request on an admin socket with what `answer(request)` gives."""

    def __init__(self, path, answer):
        self.requests = []
        self.answer = answer
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, client.makefile("rw") as stream:
                request = json.loads(stream.readline())
                self.requests.append(request)
                stream.write(json.dumps({"version": 1, "ok": True, **self.answer(request)}) + "\n")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def row(name, **changes):
    return {"name": name, "model": "CP-8865", "operation": 1, "operation_text": "No Pending Operation", "status": 3,
            "status_text": "Upgrade Success", "lsc": "valid", "lsc_valid_from": 1700000000,
            "lsc_valid_until": 1800000000, "lsc_issuer": "CN=Lab", "lsc_issuer_valid_until": 1900000000,
            "lsc_serial": "01", "lsc_key_type": "rsa", "authentication_mode": 2,
            "authentication_mode_text": "By Null String", "authentication_string_set": False, "finish_by": "",
            "key_order": 1, "rsa_key_size": 2048, "ec_key_size": 256, **changes}


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.socket = pathlib.Path(folder.name) / "capfd.sock"
        self.rows = []
        self.daemon = FakeDaemon(self.socket, self.page)
        self.addCleanup(self.daemon.close)

    def page(self, request):
        rows = [each for each in self.rows if each["name"] > request["after"]][:2]
        return {"devices": rows, "more": bool(rows) and rows[-1] is not self.rows[-1]}

    def find(self, *arguments):
        return subprocess.run([CAPFCTL, "--socket", self.socket, "device", "find", *arguments], capture_output=True,
                              check=True, timeout=60, env={**os.environ, "TZ": "UTC"}).stdout.decode()

    def test_csv_survives_what_a_ca_may_call_itself(self):
        nasty = ['=cmd|" /C calc"!A0', "+1", "-1", "@SUM(A1)", '\t=1', 'O="Lab, Inc."', "a\r\nb", "CN=plain", "\u00dc"]
        self.rows = [row(f"SEP{n}", lsc_issuer=issuer) for n, issuer in enumerate(nasty)]
        text = self.find("--format", "csv", "--columns", "name,issuer")
        self.assertTrue(text.startswith("Device Name,LSC Issued By\r\n"))
        cells = [cells[1] for cells in csv.reader(io.StringIO(text, newline=""))][1:]
        self.assertEqual([("'" if issuer[0] in "=+-@\t" else "") + issuer for issuer in nasty], cells)

    def test_tables_do_not_drive_the_terminal(self):
        self.rows = [row("SEP1", lsc_issuer="CN=\x1b[2J\nSEP2 forged")]
        lines = self.find().splitlines()
        self.assertEqual(2, len(lines))
        self.assertIn("CN=\\x1b[2J\\x0aSEP2 forged", lines[1])

    def test_columns_are_those_of_cucm(self):
        self.rows = [row("SEP1"), row("SEP2", lsc="na", lsc_valid_until=0, lsc_issuer="", lsc_issuer_valid_until=0),
                     row("SEP3", lsc="unknown", lsc_valid_until=0, lsc_issuer="", lsc_issuer_valid_until=0)]
        rows = list(csv.reader(io.StringIO(self.find("--format", "csv"), newline="")))
        self.assertEqual(["LSC Status", "LSC Expires", "LSC Issued By", "LSC Issuer Expires By"], rows[0][3:])
        self.assertEqual(["2027-01-15 08:00:00", "CN=Lab", "2030-03-17 17:46:40"], rows[1][4:])
        self.assertEqual(["NA"] * 3, rows[2][4:])
        self.assertEqual(["Unknown"] * 3, rows[3][4:])

    def test_pages_become_one_answer(self):
        self.rows = [row(f"SEP{n}") for n in range(5)]
        found = json.loads(self.find("--where", "name begins SEP", "--where", "lsc is valid", "--format", "json"))
        self.assertEqual(self.rows, found["devices"])
        self.assertEqual([["name begins SEP", "lsc is valid"]] * 3, [each["where"] for each in self.daemon.requests])
        self.assertEqual(["", "SEP1", "SEP3"], [each["after"] for each in self.daemon.requests])

    def test_an_unknown_column_is_wrong_usage(self):
        done = subprocess.run([CAPFCTL, "--socket", self.socket, "device", "find", "--columns", "name,colour"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("no column 'colour'; there are name, model", done.stderr)


class WithTheLab(lab_fixture.LabCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.enrol(PHONE)
        cls.lab.add("SEP000000000001")
        sockets = {"CAPF_ADMIN_SOCKET": "capfd", "CES_ADMIN_SOCKET": "cesd", "CA_ADMIN_SOCKET": "ca-simd"}
        cls.lab.environment.update({key: str(cls.lab.dir / "run" / f"{name}.sock") for key, name in sockets.items()})

    def test_find_report_and_export(self):
        found = json.loads(self.lab.capfctl("device", "find", "--json", "--where", "lsc is valid").stdout)["devices"]
        self.assertEqual([PHONE], [each["name"] for each in found])
        self.assertEqual("1\n", self.lab.capfctl("device", "find", "--where", "lsc is na", "--count").stdout)
        report = json.loads(self.lab.capfctl("--json", "report", "lsc").stdout)
        self.assertEqual({"valid": 1, "expired": 0, "na": 1, "unknown": 0}, report["lsc"])
        self.assertEqual([(found[0]["lsc_issuer"], 1)], [(by["issuer"], by["lscs"]) for by in report["by_issuer"]])
        folder = self.lab.dir / "lscs"
        for arguments, form in ((("--der",), "der"), ((), "pem")):
            self.lab.capfctl("lsc", "export", "--where", "name begins SEP", "--directory", folder, *arguments)
            shown = self.lab.run("openssl", "x509", "-inform", form, "-in", folder / f"{PHONE}.{form}", "-noout",
                                 "-subject").stdout
            self.assertIn(PHONE, shown)
        self.assertEqual({f"{PHONE}.der", f"{PHONE}.pem"}, {file.name for file in folder.iterdir()})

    def test_an_application_gets_its_certificate_once(self):
        self.lab.capfctl("profile", "add", "jtapi", "42")
        self.lab.capfctl("profile", "arm", "jtapi.42", "--string-file", self.lab.secret_file("jtapi", "4711"))
        self.lab.phone("jtapi.42", string="4711")
        shown = json.loads(self.lab.capfctl("--json", "profile", "show", "jtapi.42").stdout)["profile"]
        self.assertEqual((3, 1, "valid", False), (shown["status"], shown["operation"], shown["lsc"],
                                                  shown["authentication_string_set"]))
        self.assertNotEqual(0, self.lab.phone("jtapi.42", string="4711", check=False).returncode)
        done = self.lab.capfctl("device", "arm", "jtapi.42", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("is a CAPF profile", done.stderr)

    def test_a_wrong_condition_is_refused_with_what_is_right(self):
        done = self.lab.capfctl("device", "find", "--where", "lsc-expires begins 2", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("before, is, after, empty, not-empty", done.stderr)

    def test_with_json_every_answer_is_json(self):
        prepare(self.lab.dir)
        for _, command in commands():
            for example in command["examples"]:
                words = [word.replace("/var/backups", str(self.lab.dir)) for word in words_of(example)]
                done = self.lab.run(CAPFCTL, "--json", *words, check=False, cwd=self.lab.dir, input="secret\n")
                self.assertIn(done.returncode, (0, 1), f"{example}: {done.stderr}")
                answers = [json.loads(line) for line in done.stdout.splitlines()]
                self.assertEqual(1, len(answers), f"{example}: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    unittest.main()
