# SPDX-License-Identifier: Apache-2.0
"""The Debian package: what is in it, what lintian says, what an installation brings and a purge takes away."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import containers
from containers import DAEMONS, SOURCE, Machine

COMMANDS = {"capfd": 8, "cesd": 8, "ca-simd": 8, "opencapf-setup": 8, "phone-sim": 1, "capfctl": 1}


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        subprocess.run(["dpkg-deb", "--raw-extract", containers.package(), cls.root], check=True)

    def test_lintian_finds_nothing(self):
        done = subprocess.run(["lintian", "--fail-on", "error,warning", "--tag-display-limit", "0", containers.package()],
                              capture_output=True, text=True, check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout), done.stderr)

    def test_version_is_the_one_of_sources_and_changelog(self):
        project = re.search(r"VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8").split("project(")[1])[1]
        changelog = (SOURCE / "packaging/debian/changelog").read_text(encoding="utf-8")
        self.assertEqual(f"opencapf ({containers.field('Version')})", changelog.split(" unstable")[0])
        self.assertTrue(containers.field("Version").startswith(project + "-"))

    def test_every_command_and_configuration_has_its_manual_page(self):
        man = self.root / "usr/share/man"
        for command, section in COMMANDS.items():
            self.assertTrue((man / f"man{section}" / f"{command}.{section}.gz").exists(), command)
            self.assertTrue(list(self.root.glob(f"usr/*bin/{command}")), command)
        for daemon in DAEMONS:
            self.assertTrue((man / "man5" / f"{daemon}.json.5.gz").exists(), daemon)
        self.assertEqual(set(COMMANDS), {path.name for path in self.root.glob("usr/*bin/*")})

    def test_units_name_manual_pages_that_exist(self):
        for unit in (self.root / "lib/systemd/system").iterdir():
            for page, section in re.findall(r"man:([\w.-]+)\((\d)\)", unit.read_text(encoding="utf-8")):
                path = self.root / f"usr/share/man/man{section}/{page}.{section}.gz"
                self.assertTrue(path.exists(), f"{unit.name} names {page}({section})")

    def test_every_command_has_completion(self):
        folder = self.root / "usr/share/bash-completion/completions"
        self.assertEqual(set(COMMANDS), {path.name for path in folder.iterdir()})

    def test_configurations_are_conffiles_and_have_schemas(self):
        conffiles = set((self.root / "DEBIAN/conffiles").read_text(encoding="ascii").split())
        self.assertEqual({f"/etc/opencapf/{daemon}.json" for daemon in DAEMONS} | {"/etc/logrotate.d/opencapf"}, conffiles)
        for name in conffiles:
            self.assertTrue((self.root / name[1:]).is_file(), name)
        for daemon in DAEMONS:
            schema = json.loads((self.root / f"usr/share/opencapf/schema/{daemon}.schema.json").read_text(encoding="utf-8"))
            self.assertIn("listen", schema["properties"])

    def test_dashboard_rules_and_documents_are_there(self):
        for pattern in ("usr/share/opencapf/monitoring/**/*.json", "usr/share/opencapf/monitoring/**/*.y*ml",
                        "usr/share/doc/opencapf/docs/install.md", "usr/share/doc/opencapf/docs/troubleshooting/README.md",
                        "usr/share/opencapf/wireshark/capf.lua", "usr/share/doc/opencapf/copyright",
                        "usr/share/doc/opencapf/changelog.Debian.gz"):
            self.assertTrue(list(self.root.glob(pattern)), pattern)

    def test_the_stop_timeout_leaves_room_for_the_drain(self):
        for daemon in DAEMONS:
            unit = (self.root / f"lib/systemd/system/{daemon}.service").read_text(encoding="utf-8")
            config = (self.root / f"etc/opencapf/{daemon}.json").read_text(encoding="utf-8")
            drain = int(re.search(r'"drain_timeout": (\d+)', config)[1])
            self.assertGreaterEqual(int(re.search(r"TimeoutStopSec=(\d+)s", unit)[1]), drain + 10, daemon)

    def test_the_socket_listens_where_the_configuration_says(self):
        for daemon in DAEMONS:
            socket = (self.root / f"lib/systemd/system/{daemon}.socket").read_text(encoding="utf-8")
            config = (self.root / f"etc/opencapf/{daemon}.json").read_text(encoding="utf-8")
            port = re.search(r'"listen": {.*?"port": (\d+)', config, re.DOTALL)[1]
            self.assertIn(f"ListenStream=0.0.0.0:{port}\n", socket)


class Installation(unittest.TestCase):
    """In a container without systemd, as in an image somebody builds."""

    def setUp(self):
        self.machine = Machine("plain")
        self.addCleanup(self.machine.close)

    def test_install_configure_enrol_and_purge(self):
        machine = self.machine
        files, accounts = machine.files(), machine.accounts()
        shown = machine.install(containers.package()).stdout
        self.assertIn("opencapf-setup simulator", shown)
        for daemon in DAEMONS:
            self.assertIn(f"/etc/opencapf/{daemon}.json: good", machine.out(f"{daemon} --check-config"))
            self.assertRegex(machine.out(f"getent passwd {daemon}"), "nologin$")
        shown = machine.out("opencapf-setup simulator")
        self.assertIn("phone-sim run", shown)
        for daemon in DAEMONS:
            self.assertIn("good", machine.out(f"{daemon} --check-config"))
        self.enrol_without_systemd()
        machine.sh("apt-get purge -y -q opencapf", timeout=300)
        self.assertEqual(set(), machine.files() - files)
        self.assertEqual(set(), files - machine.files())
        self.assertEqual(accounts, machine.accounts())

    def enrol_without_systemd(self):
        """As a person would on a Debian without systemd: each daemon as its own user, with its own secrets."""
        machine = self.machine
        machine.sh("""
            chmod 711 /etc/opencapf/private
            for daemon in ca-simd cesd capfd; do
                chown -R $daemon: /etc/opencapf/private/$daemon
                for directory in /run /var/lib /var/log; do install -d -o $daemon -g $daemon $directory/opencapf/$daemon; done
                setpriv --reuid $daemon --regid $daemon --clear-groups $daemon >/tmp/$daemon.stderr 2>&1 </dev/null &
            done""")
        def ready(daemon):
            return "is ready" in machine.out(f"cat /tmp/{daemon}.stderr")
        try:
            for daemon in DAEMONS:
                containers.wait_until(lambda name=daemon: ready(name), f"start of {daemon}")
            machine.sh("capfctl device add SEP000000000001 && capfctl device arm SEP000000000001 && mkdir /tmp/phone && "
                       "phone-sim run SEP000000000001 --capf 127.0.0.1:3804 --trust /etc/opencapf/pki/capf.pem "
                       "--store /tmp/phone --retries 1")
            self.assertIn("BEGIN CERTIFICATE", machine.out("capfctl lsc export SEP000000000001"))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{machine.out('tail -n 20 /tmp/*.stderr')}") from error
        # No pkill in this image: the end of the daemons is the end of the users' processes.
        machine.sh("for entry in /proc/[0-9]*; do case $(cat $entry/comm) in capfd|cesd|ca-simd) "
                   "kill ${entry#/proc/};; esac; done")
        containers.wait_until(lambda: all("stopped" in machine.out(f"cat /tmp/{daemon}.stderr") for daemon in DAEMONS),
                              "end of the daemons")


if __name__ == "__main__":
    unittest.main()
