# SPDX-License-Identifier: Apache-2.0
"""A private lab: own directory, own ports, the programs of one build. For end-to-end tests and scenarios."""
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("OPENCAPF_SOURCE", pathlib.Path(__file__).parents[2]))
BIN = pathlib.Path(os.environ.get("OPENCAPF_BIN", SOURCE / "build" / "dev" / "bin"))
PASSWORD_FILE = "secrets/ca-password"
LOGS = {"capf": "log/capf.log", "ciscora": "log/ciscora.log", "error": "log/error.log"}


def free_ports(count):
    """Ports that are free now; all are held until the last is found, so that no two are equal. Below those that the
    system gives to outgoing connections: one of another test must not take a port before the daemon is there."""
    sockets = []
    while len(sockets) < count:
        try:
            sockets.append(socket.create_server(("127.0.0.1", random.randrange(10_000, 32_000))))
        except OSError:
            continue  # taken
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


def wait_until(condition, what, seconds=20):
    """Polls until `condition()` gives something true and returns it; a deadline, not a guess at a duration."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def eventually(check, seconds=20):
    """Repeats an assertion until it holds: log lines are written after the answer they tell of."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


class Lab:
    """Certificates and passwords are half of a lab's start. With OPENCAPF_PKI_CACHE (a directory) labs of the same names
    begin with those that the first of them made, each with copies of its own."""

    def __init__(self, **settings):
        # Short, because a Unix socket's path is limited.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ocapf-", dir="/tmp"))
        self.capf_port, self.ces_port, self.ca_port, self.http_port = free_ports(4)
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("LAB_")}
        self.environment.update(LAB_DIR=str(self.dir), LAB_BIN=str(BIN), LAB_CAPF_PORT=str(self.capf_port),
                                LAB_CES_PORT=str(self.ces_port), LAB_CA_PORT=str(self.ca_port),
                                LAB_CA_HTTP_PORT=str(self.http_port), **settings)
        self.pki_cache = self._pki_cache()
        if self.pki_cache and self.pki_cache.is_dir():
            shutil.copytree(self.pki_cache, self.dir, dirs_exist_ok=True)

    def _pki_cache(self):
        if "OPENCAPF_PKI_CACHE" not in os.environ:
            return None
        names = [self.environment.get(name, "") for name in ("LAB_DOMAIN", "LAB_NETBIOS", "LAB_CA")]
        makers = [(SOURCE / path).read_bytes() for path in ("setup/pki.sh", "tools/lab/pki.sh")]
        key = hashlib.sha256(repr(names).encode() + b"".join(makers)).hexdigest()[:16]
        return pathlib.Path(os.environ["OPENCAPF_PKI_CACHE"]) / key

    def _fill_cache(self):
        self.pki_cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = pathlib.Path(tempfile.mkdtemp(dir=self.pki_cache.parent))
        for part in ("pki", "secrets"):
            shutil.copytree(self.dir / part, new / part)
        try:
            new.rename(self.pki_cache)
        except OSError:
            shutil.rmtree(new)  # another test was faster

    def run(self, *command, check=True, **options):
        done = subprocess.run([str(part) for part in command], env=self.environment, capture_output=True, text=True,
                              timeout=120, check=False, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}{self.last_words()}")
        return done

    def lab(self, *arguments, check=True):
        return self.run(SOURCE / "lab", *arguments, check=check)

    def close(self):
        try:
            if (self.dir / "env").exists():
                self.lab("down", check=False)
        finally:
            if "OPENCAPF_KEEP" not in os.environ:
                shutil.rmtree(self.dir, ignore_errors=True)

    def last_words(self):
        """What a failed test shows: the end of every log."""
        parts = []
        for path in sorted((self.dir / "log").rglob("*")) if (self.dir / "log").is_dir() else []:
            if path.is_file():
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-50:]
                parts.append(f"--- {path.relative_to(self.dir)}\n" + "\n".join(lines))
        return "\n" + "\n".join(parts)

    # Logs ---------------------------------------------------------------------------------------------------------

    def iis_files(self):
        return sorted((self.dir / "log" / "W3SVC1").glob("u_ex*.log"))

    def read(self, log):
        """All lines of one log; IIS comment lines are left out."""
        paths = self.iis_files() if log == "iis" else [self.dir / LOGS[log]]
        lines = []
        for path in paths:
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return [line for line in lines if log != "iis" or not line.startswith("#")]

    def marks(self):
        return {log: len(self.read(log)) for log in ("capf", "ciscora", "error", "iis")}

    def since(self, marks, log):
        return self.read(log)[marks[log]:]

    # Programs -----------------------------------------------------------------------------------------------------

    def capfctl(self, *arguments, check=True):
        return self.run(BIN / "capfctl", "--socket", self.dir / "run" / "capfd.sock", *arguments, check=check)

    def device(self, name):
        shown = json.loads(self.capfctl("--json", "device", "show", name).stdout)
        return shown.get("device", shown)

    def add(self, name):
        self.capfctl("device", "add", name)

    def secret_file(self, name, text):
        path = self.dir / "secrets" / name
        path.write_text(text + "\n", encoding="utf-8")
        path.chmod(0o600)
        return path

    def arm(self, name, auth="null", string=None, **options):
        arguments = ["device", "arm", name, "--operation", "install", "--auth", auth]
        if string is not None:
            arguments += ["--string-file", self.secret_file(name + ".armed", string)]
        for key, value in options.items():
            arguments += ["--" + key.replace("_", "-"), value]
        self.capfctl(*arguments)

    def phone_command(self, name, profile="v3", string=None, trust=None):
        command = [BIN / "phone-sim", "run", name, "--capf", f"127.0.0.1:{self.capf_port}", "--trust",
                   trust or self.dir / "pki" / "capf.pem", "--store", self.dir / "phones" / name, "--profile", profile,
                   "--retries", "1", "--log", self.dir / "log" / "phone.log"]
        if string is not None:
            command += ["--auth-string-file", self.secret_file(name + ".typed", string)]
        return [str(part) for part in command]

    def phone(self, name, check=True, **options):
        (self.dir / "phones" / name).mkdir(parents=True, exist_ok=True)
        return self.run(*self.phone_command(name, **options), check=check)

    def enrol(self, name, profile="v3", auth="null", string=None):
        if self.capfctl("device", "show", name, check=False).returncode != 0:
            self.add(name)
        self.arm(name, auth=auth, string=string)
        return self.phone(name, profile=profile, string=string)

    # Daemons ------------------------------------------------------------------------------------------------------

    def pid(self, daemon):
        return int((self.dir / "run" / f"{daemon}.pid").read_text(encoding="ascii"))

    def kill(self, daemon, how=signal.SIGKILL):
        pid = self.pid(daemon)
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        assert str(self.dir / "etc" / f"{daemon}.json").encode() in command, "the pid is not ours any more"
        os.kill(pid, how)
        wait_until(lambda: not running(pid), f"the end of {daemon}")

    def up(self):
        """Starts whatever does not run."""
        made_here = not (self.dir / "pki").exists()
        done = self.lab("up", "--no-phone")
        if made_here and self.pki_cache:
            self._fill_cache()
        return done


def running(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
