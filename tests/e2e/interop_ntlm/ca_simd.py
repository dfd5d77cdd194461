# SPDX-License-Identifier: Apache-2.0
"""One ca-simd with a throw-away PKI on a port of its own, and a reader for its W3C log."""
import datetime
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("OPENCAPF_SOURCE", pathlib.Path(__file__).parents[3]))
BIN = pathlib.Path(os.environ.get("OPENCAPF_BIN", SOURCE / "build" / "dev" / "bin"))
HOST = "localhost"
FIELDS = ("date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
          "sc-status sc-substatus sc-win32-status time-taken").split()
SECONDS = 20


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True, timeout=60)


def make_pki(directory):
    """ca.pem/ca.key and, signed by it, iis.pem/iis.key for localhost and 127.0.0.1."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Interop CA",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            cwd=directory)
    openssl("req", *key, "-keyout", "iis.key", "-out", "iis.csr", "-subj", f"/CN={HOST}", cwd=directory)
    (directory / "iis.ext").write_text(f"subjectAltName=DNS:{HOST},IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "iis.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
            "-extfile", "iis.ext", "-out", "iis.pem", cwd=directory)
    for name in ("ca.key", "iis.key"):
        (directory / name).chmod(0o600)


class CaSimd:
    """Use as a context manager. `authentication` and `more` go into those parts of the configuration, `environment`
    into the daemon's."""

    def __init__(self, providers, accounts, allow_ntlmv1=False, authentication=None, more=None, environment=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ocapf-ntlm-", dir="/tmp"))
        self.ca_file = self.dir / "ca.pem"
        self.words = ""
        make_pki(self.dir)
        for account in accounts:
            password = self.dir / (account["name"] + ".password")
            password.write_text(account["password"] + "\n")
            password.chmod(0o600)
        config = {
            "listen": {"address": "127.0.0.1", "port": 0},
            "metrics": {"port": 0},
            "tls": {"certificate": "iis.pem", "private_key": "iis.key"},
            "host_name": HOST,
            "ca": {"certificate": "ca.pem", "private_key": "ca.key"},
            "database": "requests.sqlite",
            "log_directory": "W3SVC1",
            "domain": {"netbios": "LAB", "dns": "example.test", "computer": "LAB-DC"},
            "authentication": {"providers": providers, "allow_ntlmv1": allow_ntlmv1, **(authentication or {})},
            "accounts": [{"name": account["name"], "password_file": account["name"] + ".password",
                          "enabled": account.get("enabled", True), "locked": account.get("locked", False)}
                         for account in accounts],
            "templates": [],
            **(more or {}),
        }
        self.environment = {**os.environ, **(environment or {})}
        (self.dir / "ca-simd.json").write_text(json.dumps(config))
        self.process = None
        self.port = None
        self.read = 0

    def __enter__(self):
        try:
            self.process = subprocess.Popen([BIN / "ca-simd", "--config", self.dir / "ca-simd.json"],
                                            stderr=subprocess.PIPE, env=self.environment)
            os.set_blocking(self.process.stderr.fileno(), False)
            self.port = int(self._wait(self._served_port, "start of ca-simd"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def url(self, path):
        return f"https://{HOST}:{self.port}{path}"

    def stderr(self):
        """All ca-simd has said so far."""
        while select.select([self.process.stderr], [], [], 0)[0]:
            piece = os.read(self.process.stderr.fileno(), 65536)
            if not piece:
                break
            self.words += piece.decode(errors="replace")
        return self.words

    def _wait(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"{what}: not within {SECONDS} s\n{self.stderr()}")
            select.select([self.process.stderr], [], [], 0.05)

    def _served_port(self):
        match = re.search(r"serves https://[^:]+:(\d+)/", self.stderr())
        return match and match.group(1)

    def raw_log(self):
        return "".join(path.read_text() for path in sorted((self.dir / "W3SVC1").glob("u_ex*.log")))

    def _unread(self):
        return [line for line in self.raw_log().splitlines() if not line.startswith("#")][self.read:]

    def all_new_lines(self):
        """The lines since the last call as dicts, once an anonymous request of our own has reached the log."""
        mark = f"/certsrv/mark-{self.read}"
        subprocess.run(["curl", "--silent", "--noproxy", "*", "--cacert", self.ca_file, "--output", "/dev/null",
                        self.url(mark)], check=True, timeout=SECONDS)
        lines = self._wait(lambda: any(mark in line for line in self._unread()) and self._unread(), "the marked line")
        self.read += len(lines)
        return [self._parse(line) for line in lines if mark not in line]

    def new_lines(self, count):
        """The `count` log lines since the last call as dicts; more than that is an error, so is a malformed one."""
        def entries():
            lines = self._unread()
            return lines if len(lines) >= count else None
        lines = self._wait(entries, f"{count} more log lines")
        self.read += len(lines)
        if len(lines) != count:
            raise AssertionError("expected %d log lines, got:\n%s" % (count, "\n".join(lines)))
        return [self._parse(line) for line in lines]

    def _parse(self, line):
        values = line.split(" ")
        if len(values) != len(FIELDS):
            raise AssertionError(f"{len(values)} columns: {line}")
        entry = dict(zip(FIELDS, values))
        when = datetime.datetime.strptime(entry["date"] + " " + entry["time"], "%Y-%m-%d %H:%M:%S")
        age = datetime.datetime.now(datetime.timezone.utc) - when.replace(tzinfo=datetime.timezone.utc)
        if not datetime.timedelta(seconds=-2) < age < datetime.timedelta(seconds=2 * SECONDS):
            raise AssertionError(f"not UTC now: {line}")
        fixed = {"s-ip": "127.0.0.1", "c-ip": "127.0.0.1", "s-port": str(self.port), "cs(Referer)": "-"}
        wrong = {name: entry[name] for name, value in fixed.items() if entry[name] != value}
        if wrong or not entry["time-taken"].isdigit():
            raise AssertionError(f"{wrong}: {line}")
        return entry
