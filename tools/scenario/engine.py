# SPDX-License-Identifier: Apache-2.0
"""What a scenario is made of: a private lab, one mistake in it, one phone, and the lines that tell of the mistake."""
import dataclasses
import json
import pathlib
import re
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lab"))
from private_lab import BIN, SOURCE, Lab, wait_until  # noqa: E402 pylint: disable=wrong-import-position

PHONE = "SEP020000000001"
LOG_FILES = {"capf": "log/capf.log", "ciscora": "log/ciscora.log", "error": "log/error.log",
             "iis": "log/W3SVC1/u_ex*.log", "capfd": "log/capfd.stderr", "cesd": "log/cesd.stderr"}
PHONE_SHOWS, STATUS = "the phone", "the device's status"
SCENARIOS = {}


class ScenarioFailed(Exception):
    """The condition did not show as it should."""


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str  # one line
    story: str  # what is wrong and how it came about
    row: str  # where cucm-capf.md has it
    cause: object  # name that capfctl doctor has for it, or None
    provoke: object  # function of a Run
    minutes: bool  # takes longer than half a minute
    settings: dict


def scenario(name, row, cause, minutes=False, **settings):
    """Registers a function; its docstring is title and story, `cause` what capfctl doctor has to find in its logs (None:
    nothing), `settings` are those of the lab."""
    def register(provoke):
        title, _, story = provoke.__doc__.partition("\n")
        paragraphs = re.split(r"\n\s*\n", story.strip())
        text = "\n\n".join(re.sub(r"\s+", " ", paragraph) for paragraph in paragraphs)
        SCENARIOS[name] = Scenario(name, title.strip(), text, row, cause, provoke, minutes, settings)
        return provoke
    return register


class Run:
    """One scenario in one lab. What it finds is kept for the report."""

    def __init__(self, chosen):
        self.scenario = chosen
        self.lab = Lab(**chosen.settings)
        self.shown = []  # (heading, lines), in order
        self.marks = {}

    # Preparing ----------------------------------------------------------------------------------------------------

    def start(self):
        self.lab.up()
        self.mark()

    def mark(self):
        """What the logs hold from here on is part of the story."""
        self.marks = {log: len(self.lines(log)) for log in LOG_FILES}

    def overlay(self, daemon, keys):
        """Changes the daemon's configuration; restart() or reload() makes it true."""
        folder = self.lab.dir / "etc" / f"{daemon}.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-scenario.json").write_text(json.dumps(keys, indent=2) + "\n", encoding="utf-8")

    def stop(self, daemon):
        self.lab.kill(daemon, signal.SIGTERM)

    def restart(self, daemon):
        self.stop(daemon)
        self.lab.up()

    def reload(self, daemon):
        self.ctl(daemon, "daemon", "reload", daemon)

    def fault(self, *arguments):
        self.ctl("ca-simd", "ca", "fault", "set", *arguments)

    def ctl(self, daemon, *arguments, check=True):
        return self.lab.run(BIN / "capfctl", "--socket", self.lab.dir / "run" / f"{daemon}.sock", *arguments, check=check)

    def pki(self, name):
        return self.lab.dir / "pki" / name

    def setup_pki(self, function, *arguments):
        """A function of setup/pki.sh, which knows how the certificates of a deployment are made."""
        words = [function, *map(str, arguments)]
        self.lab.run("bash", "-c", 'source "$0"; umask 077; "$@"', SOURCE / "setup" / "pki.sh", *words)

    def certificate_by_ca(self, name, subject):
        """A new pki/NAME.{pem,key} by the lab's CA, as old tools made them: a common name and no alternative name."""
        key, request, certificate = self.pki(f"{name}.key"), self.pki(f"{name}.csr"), self.pki(f"{name}.pem")
        self.lab.run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj",
                     subject)
        self.lab.run("openssl", "x509", "-req", "-in", request, "-CA", self.pki("ca.pem"), "-CAkey", self.pki("ca.key"),
                     "-set_serial", "77", "-days", "30", "-out", certificate)

    def trust_directory(self, name, *certificates):
        """A trust directory of its own beside the lab's; returns its path as a daemon's configuration wants it."""
        folder = self.pki(name)
        folder.mkdir()
        for number, certificate in enumerate(certificates):
            shutil.copy(certificate, folder / f"{number}-{pathlib.Path(certificate).name}")
        return f"../pki/{name}"

    # The phone ----------------------------------------------------------------------------------------------------

    def arm(self, name=PHONE, **options):
        self.lab.add(name)
        self.lab.arm(name, **options)

    def phone(self, *arguments, name=PHONE, **options):
        """The phone calls CAPF; what it says is shown. Returns its exit code."""
        (self.lab.dir / "phones" / name).mkdir(parents=True, exist_ok=True)
        command = self.lab.phone_command(name, **options) + [str(part) for part in arguments]
        done = self.lab.run(*command, check=False)
        self.shown.append((PHONE_SHOWS, (done.stdout + done.stderr).splitlines()))
        return done.returncode

    def installs_nothing(self, *arguments, **options):
        if self.phone(*arguments, **options) == 0:
            raise ScenarioFailed("the phone got a certificate, against all expectation")

    def installs(self, *arguments, **options):
        code = self.phone(*arguments, **options)
        if code != 0:
            raise ScenarioFailed(f"the phone got no certificate, phone-sim ended with {code}")

    # What comes of it ---------------------------------------------------------------------------------------------

    def status(self, expected, name=PHONE):
        """The device's status as capfctl shows it."""
        device = wait_until(lambda: self._device_with(expected, name), f"status '{expected}' of {name}")
        self.shows_status(name, [f"operation  {device['operation_text']}", f"status     {device['status_text']}"])

    def has_no_status(self, name=PHONE):
        answer = self.ctl("capfd", "device", "show", name, check=False)
        if answer.returncode == 0:
            raise ScenarioFailed(f"CAPF knows {name}, against all expectation")
        self.shows_status(name, (answer.stdout + answer.stderr).splitlines())

    def shows_status(self, name, lines):
        self.shown.append((f"{STATUS}: capfctl device show {name}", lines))

    def shows_all(self):
        """A scenario shows three things, or its reader misses one: what the phone shows, the device's status, and the
        log lines that matter."""
        headings = [heading for heading, _ in self.shown]
        for what, there in (("the phone", PHONE_SHOWS in headings),
                            ("the device's status", any(heading.startswith(STATUS) for heading in headings)),
                            ("lines of a log", any(heading in LOG_FILES.values() for heading in headings))):
            if not there:
                raise ScenarioFailed(f"it does not show {what}")

    def _device_with(self, expected, name):
        device = self.lab.device(name)
        return device if expected in device["status_text"] else None

    def lines(self, log):
        """All lines of a log; comment lines of IIS are left out."""
        lines = []
        for path in sorted(self.lab.dir.glob(LOG_FILES[log])):
            lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if log != "iis" or not line.startswith("#")]

    def says(self, log, *patterns, since_start=False):
        """Every pattern is in the log, in this order, since the mark (or ever). Lines come after the event they tell of."""
        expressions = [re.compile(pattern) for pattern in patterns]
        found = []

        def all_there():
            found.clear()
            position = 0
            lines = self.lines(log)[0 if since_start else self.marks.get(log, 0):]
            for expression in expressions:
                at = next((i for i in range(position, len(lines)) if expression.search(lines[i])), None)
                if at is None:
                    return False
                found.append(lines[at])
                position = at + 1
            return True

        try:
            wait_until(all_there, f"the lines of {log}", 30)
        except AssertionError as error:
            raise ScenarioFailed(f"{LOG_FILES[log]} lacks a line that fits {patterns[len(found)]!r}") from error
        self.shown.append((LOG_FILES[log], list(found)))

    def silent(self, log, pattern):
        """No line of the log fits. Ask only after something later has been seen."""
        hits = [line for line in self.lines(log)[self.marks.get(log, 0):] if re.search(pattern, line)]
        if hits:
            raise ScenarioFailed(f"{LOG_FILES[log]} has a line that fits {pattern!r}: {hits[0]}")
        self.shown.append((LOG_FILES[log], [f"(no line about {pattern})"]))

    def note(self, heading, *lines):
        self.shown.append((heading, list(lines)))
