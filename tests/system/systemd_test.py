# SPDX-License-Identifier: Apache-2.0
"""Services under systemd: one machine that boots, installs the package, and is treated as operators and fate do."""
import json
import re
import unittest

import containers
from containers import DAEMONS, Machine, wait_until

PHONE = "--capf 127.0.0.1:3804 --trust /etc/opencapf/pki/capf.pem --store /tmp/phones --retries 1"
CAPF_LOG = "/var/log/opencapf/capfd/capf.log"


class ServiceCase(unittest.TestCase):
    """A machine with the package installed and the simulator configured; one for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.machine = Machine("systemd")
        cls.addClassCleanup(cls.machine.close)
        cls.files, cls.accounts = cls.machine.files(), cls.machine.accounts()
        cls.machine.install(containers.package())
        cls.before_setup = {unit: cls.state(unit) for daemon in DAEMONS for unit in (f"{daemon}.service", f"{daemon}.socket")}
        cls.failed_before_setup = cls.machine.out("systemctl list-units --failed --no-legend")
        cls.setup_says = cls.machine.out("opencapf-setup simulator")
        cls.machine.sh("mkdir -m 1777 /tmp/phones")
        cls.phones = 0

    def tearDown(self):
        if not self._outcome.success:
            print(self.machine.out("journalctl --no-pager -n 120 -u 'ca*' -u cesd -u opencapf.target", check=False))
            print(self.machine.out(f"tail -n 40 {CAPF_LOG}", check=False))

    @classmethod
    def state(cls, unit):
        return cls.machine.out(f"systemctl is-active {unit}", check=False)

    def show(self, daemon, what):
        return self.machine.out(f"systemctl show --property={what} --value {daemon}.service")

    def pid(self, daemon):
        return int(self.show(daemon, "MainPID"))

    def armed(self):
        """Adds and arms one more phone, and returns its name."""
        type(self).phones += 1
        name = f"SEP{self.phones:012X}"
        self.machine.sh(f"capfctl device add {name} && capfctl device arm {name}")
        return name

    # Phones are no part of the services, and need no privileges either.
    def phone(self, name, *options):
        return f"setpriv --reuid nobody --regid nogroup --clear-groups phone-sim run {name} {PHONE} {' '.join(options)}"

    def enrol(self):
        name = self.armed()
        shown = self.machine.out(self.phone(name))
        self.assertIn("LSC: Installed", shown)
        return name

    def phone_in_session(self, key_delay):
        """A slow phone that has been asked for its key; its session lasts `key_delay` seconds more."""
        name = self.armed()
        phone = self.machine.start(self.phone(name, "--key-delay", str(key_delay)))
        self.addCleanup(containers.end, phone)
        wait_until(lambda: self.machine.sh(f"grep -q '{name}:Requesting key generation' {CAPF_LOG}",
                                           check=False).returncode == 0, f"the session of {name}")
        return phone

    def assert_phone_succeeds(self, phone):
        shown = phone.communicate(timeout=120)[0]
        self.assertEqual(0, phone.returncode, shown)
        self.assertIn("LSC: Installed", shown)

    def journal(self, daemon):
        """Lines of the daemon's current and earlier runs: (priority, text)."""
        lines = self.machine.out(f"journalctl --no-pager -o json _SYSTEMD_UNIT={daemon}.service").splitlines()
        return [(int(entry["PRIORITY"]), entry["MESSAGE"]) for entry in map(json.loads, lines)]


class Services(ServiceCase):
    def test_nothing_starts_before_the_setup_and_nothing_fails(self):
        self.assertEqual({"inactive"}, set(self.before_setup.values()))
        self.assertEqual("", self.failed_before_setup)

    def test_setup_starts_the_chain_and_a_phone_enrols(self):
        self.assertIn("capfd runs", self.setup_says)
        self.enrol()
        self.assertEqual("", self.machine.out("systemctl list-units --failed --no-legend"))
        pids = [self.pid(daemon) for daemon in DAEMONS]
        self.assertIn("nothing: all of it was there", self.machine.out("opencapf-setup simulator"))
        self.assertEqual(pids, [self.pid(daemon) for daemon in DAEMONS])

    def test_each_daemon_runs_as_its_own_user_without_privileges(self):
        for daemon in DAEMONS:
            status = self.machine.out(f"cat /proc/{self.pid(daemon)}/status")
            uid = self.machine.out(f"id -u {daemon}")
            self.assertNotEqual("0", uid)
            self.assertRegex(status, rf"Uid:\s+{uid}\s+{uid}\s+{uid}\s+{uid}\n")
            self.assertRegex(status, r"CapEff:\s+0+\n")
            self.assertRegex(status, r"NoNewPrivs:\s+1\n")
        owners = self.machine.out("ps -eo user:20,comm | awk '$2 ~ /^(capfd|cesd|ca-simd)$/ { print $1 }'").split()
        self.assertEqual(sorted(DAEMONS), sorted(owners))

    def test_a_daemon_cannot_read_the_secrets_of_another(self):
        for path in ("private/capfd/est_password", "private/ca-simd/ca_private_key"):
            done = self.machine.sh(f"setpriv --reuid cesd --regid cesd --clear-groups cat /etc/opencapf/{path}", check=False)
            self.assertIn("Permission denied", done.stderr)

    def test_the_sandbox_is_tight(self):
        for daemon in DAEMONS:
            shown = self.machine.out(f"systemd-analyze security --no-pager {daemon}.service")
            exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", shown)[1])
            self.assertLessEqual(exposure, 1.5, shown)
            self.machine.sh(f"systemd-analyze security --offline=true --threshold=20 --no-pager {daemon}.service")
            self.machine.sh(f"systemd-analyze verify --man=no {daemon}.service {daemon}.socket opencapf.target")

    def test_the_journal_has_the_daemons_words_with_priorities(self):
        self.machine.sh("curl -s --max-time 5 http://127.0.0.1:3804/", check=False)
        def warned():
            return any(priority == 4 and "127.0.0.1" in text for priority, text in self.journal("capfd"))
        wait_until(warned, "the warning about a client without TLS")
        for daemon in DAEMONS:
            ready = [entry for entry in self.journal(daemon) if "is ready" in entry[1]]
            self.assertEqual({6}, {priority for priority, text in ready if "is ready" in text}, ready)
            self.assertFalse([text for _, text in self.journal(daemon) if re.match(r"<\d>", text)])

    def test_the_target_acts_on_all(self):
        self.machine.sh("systemctl stop opencapf.target")
        units = [f"{daemon}.{kind}" for daemon in DAEMONS for kind in ("service", "socket")]
        self.assertEqual({"inactive"}, {self.state(unit) for unit in units})
        self.machine.sh("systemctl start opencapf.target")
        self.assertEqual({"active"}, {self.state(unit) for unit in units})
        pids = {daemon: self.pid(daemon) for daemon in DAEMONS}
        self.machine.sh("systemctl restart opencapf.target")
        self.assertEqual({"active"}, {self.state(unit) for unit in units})
        for daemon in DAEMONS:
            self.assertNotEqual(pids[daemon], self.pid(daemon))
        self.enrol()

    def test_a_connection_starts_a_daemon_that_does_not_run(self):
        name = self.armed()
        self.machine.sh("systemctl stop capfd.service cesd.service ca-simd.service")
        self.assertIn("LSC: Installed", self.machine.out(self.phone(name)))
        self.assertEqual({"active"}, {self.state(f"{daemon}.service") for daemon in DAEMONS})


class Trouble(ServiceCase):
    def test_each_daemon_comes_back_after_kill_9(self):
        for daemon in DAEMONS:
            with self.subTest(daemon):
                old = self.pid(daemon)
                self.machine.sh(f"kill -KILL {old}")
                wait_until(lambda: self.pid(daemon) not in (0, old) and self.state(f"{daemon}.service") == "active",
                           f"the return of {daemon}")
                self.enrol()

    def test_a_daemon_that_hangs_is_replaced(self):
        for daemon in DAEMONS:
            with self.subTest(daemon):
                drop_in = f"/run/systemd/system/{daemon}.service.d/watchdog.conf"
                self.machine.write(drop_in, "[Service]\nWatchdogSec=2s\n")
                self.machine.sh(f"systemctl daemon-reload && systemctl restart {daemon}.service")
                old = self.pid(daemon)
                self.machine.sh(f"kill -STOP {old}")
                wait_until(lambda: self.pid(daemon) not in (0, old) and self.state(f"{daemon}.service") == "active",
                           f"the watchdog of {daemon}")
                shown = self.machine.out(f"journalctl --no-pager -u {daemon}.service")
                self.assertIn("Watchdog timeout", shown)
                self.machine.sh(f"rm {drop_in} && systemctl daemon-reload && systemctl restart {daemon}.service")
                self.enrol()

    def test_a_wrong_configuration_is_not_tried_again(self):
        self.machine.write("/etc/opencapf/cesd.d/90-wrong.json", '{"no_such_key": 1}')
        try:
            self.assertNotEqual(0, self.machine.sh("systemctl restart cesd.service", check=False).returncode)
            self.assertEqual("failed", self.state("cesd.service"))
            self.assertEqual(("3", "0"), (self.show("cesd", "ExecMainStatus"), self.show("cesd", "NRestarts")))
            self.assertIn("no_such_key", self.machine.out("journalctl --no-pager -u cesd.service -n 20"))
        finally:
            self.machine.sh("rm /etc/opencapf/cesd.d/90-wrong.json; systemctl reset-failed; systemctl start cesd.service")
        self.enrol()

    def test_stopping_lets_running_enrolments_finish(self):
        phone = self.phone_in_session(key_delay=4)
        self.machine.sh("systemctl stop opencapf.target")
        self.assert_phone_succeeds(phone)
        self.assertEqual("success", self.show("capfd", "Result"))
        self.machine.sh("systemctl start opencapf.target")

    def test_stopping_is_bounded(self):
        phone = self.phone_in_session(key_delay=600)
        self.machine.sh("systemctl stop capfd.service", timeout=28)
        self.assertEqual("success", self.show("capfd", "Result"))
        self.assertIsNone(phone.poll(), "the phone did not last as long as the drain")
        self.machine.sh("systemctl start capfd.service")


class Reload(ServiceCase):
    """Every reload happens while a slow phone is in the middle of its session."""

    def reloaded(self, daemon, key_delay=12):
        phone = self.phone_in_session(key_delay)
        old = self.pid(daemon)
        self.machine.sh(f"systemctl reload {daemon}.service")
        self.assertEqual(old, self.pid(daemon))
        self.assertEqual("active", self.state(f"{daemon}.service"))
        return phone

    def served(self, port):
        return self.machine.out(f"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>/dev/null | "
                                "openssl x509 -noout -fingerprint -sha256")

    def fingerprint(self, path):
        return self.machine.out(f"openssl x509 -in {path} -noout -fingerprint -sha256")

    def test_new_certificates_and_keys(self):
        make = "set -e; die() { echo \"$2\"; exit 1; }; . /usr/share/opencapf/setup/pki.sh; umask 077; cd /etc/opencapf; "
        cases = (("capfd", 3804, "capf.pem", "pki_capf /tmp/c /tmp/k lab-cucm.example.test"),
                 ("cesd", 8084, "ces.pem", "pki_ces /tmp/c /tmp/k /tmp/ca lab-cucm.example.test; "
                                           "install -m 644 /tmp/ca pki/ces-ca.pem"),
                 ("ca-simd", 8443, "iis.pem", "pki_iis /tmp/c /tmp/k pki/ca.pem private/ca-simd/ca_private_key "
                                              "lab-dc.example.test"))
        for daemon, port, file, command in cases:
            with self.subTest(daemon):
                old = self.served(port)
                # The phone of capfd's own turn trusts the certificate it has seen so far.
                phone = self.phone_in_session(key_delay=12)
                self.machine.sh(f"{make} {command}; install -m 644 /tmp/c pki/{file}; "
                                f"install -m 600 /tmp/k private/{daemon}/tls_private_key")
                before = self.pid(daemon)
                self.machine.sh(f"systemctl reload {daemon}.service")
                if daemon == "cesd":
                    self.machine.sh("systemctl reload capfd.service")
                self.assertEqual(before, self.pid(daemon))
                self.assertEqual(self.fingerprint(f"/etc/opencapf/pki/{file}"), self.served(port))
                self.assertNotEqual(old, self.served(port))
                self.assert_phone_succeeds(phone)
                self.enrol()

    def test_a_new_account_and_one_that_goes(self):
        ask = "curl -s -o /dev/null -w '%{http_code}' --ntlm -K /root/second --cacert /etc/opencapf/pki/ca.pem " \
              "--resolve lab-dc.example.test:8443:127.0.0.1 https://lab-dc.example.test:8443/certsrv/"
        secret, overlay = "/etc/opencapf/private/ca-simd/accounts_second_password", "/etc/opencapf/ca-simd.d/20-second.json"
        self.machine.write("/root/second", 'user = "LAB\\\\second:0123456789"\n')
        self.assertEqual("401", self.machine.out(ask))
        self.machine.sh(f"umask 077; echo 0123456789 >{secret}")
        self.machine.write(overlay, '{"accounts": [{"name": "second", '
                                    '"password_file": "private/ca-simd/accounts_second_password"}]}')
        phone = self.reloaded("ca-simd")
        self.assertEqual("200", self.machine.out(ask))
        self.assertTrue([text for _, text in self.journal("ca-simd") if "accounts" in text])
        self.assert_phone_succeeds(phone)
        self.machine.sh(f"rm {secret} {overlay}; systemctl reload ca-simd.service")
        self.assertEqual("401", self.machine.out(ask))

    def test_a_new_log_level(self):
        overlay = "/etc/opencapf/capfd.d/20-level.json"
        self.machine.write(overlay, '{"log_level": "error"}')
        phone = self.reloaded("capfd")
        self.assertTrue([text for _, text in self.journal("capfd") if "log_level" in text])
        quiet = len(self.journal("capfd"))
        self.machine.sh("curl -s --max-time 5 http://127.0.0.1:3804/", check=False)
        self.assert_phone_succeeds(phone)
        self.assertEqual([], [text for priority, text in self.journal("capfd")[quiet:] if priority >= 4])
        self.machine.sh(f"rm {overlay}; systemctl reload capfd.service")
        self.enrol()

    def test_a_wrong_configuration_changes_nothing(self):
        overlay = "/etc/opencapf/capfd.d/20-wrong.json"
        self.machine.write(overlay, '{"no_such_key": 1}')
        self.addCleanup(self.machine.sh, f"rm -f {overlay}; systemctl reload capfd.service")
        old = self.pid("capfd")
        self.assertNotEqual(0, self.machine.sh("systemctl reload capfd.service", check=False).returncode)
        self.assertEqual(("active", old), (self.state("capfd.service"), self.pid("capfd")))
        self.assertIn("no_such_key", self.machine.out("journalctl --no-pager -u capfd.service -n 20"))
        self.enrol()


class Logs(ServiceCase):
    def test_logrotate_moves_the_legacy_logs_and_the_daemons_write_new_ones(self):
        before = self.enrol()
        phone = self.phone_in_session(key_delay=6)
        self.machine.sh("logrotate --force /etc/logrotate.d/opencapf")
        for log in (CAPF_LOG, "/var/log/opencapf/cesd/error.log"):
            wait_until(lambda path=log: self.machine.sh(f"test -f {path}.1 -a -f {path}", check=False).returncode == 0,
                       f"the new {log}")
        self.assert_phone_succeeds(phone)
        after = self.enrol()
        self.machine.sh(f"grep -q {before} {CAPF_LOG}.1 && grep -q {after} {CAPF_LOG}")
        self.assertNotEqual(0, self.machine.sh(f"grep -q -e {before} {CAPF_LOG} || grep -q -e {after} {CAPF_LOG}.1",
                                               check=False).returncode)
        self.machine.sh("grep -q simpleenroll /var/log/opencapf/cesd/error.log")
        self.assertEqual("capfd", self.machine.out(f"stat -c %U {CAPF_LOG}"))

    def test_old_w3c_logs_are_cleaned_by_age(self):
        self.enrol()
        folder = "/var/log/opencapf/ca-simd/W3SVC1"
        today = set(self.machine.out(f"ls {folder}").split())
        self.machine.sh(f"touch -d '-40 days' {folder}/u_ex200101.log; touch -d '-10 days' {folder}/u_ex200131.log; "
                        "systemd-tmpfiles --clean opencapf.conf")
        self.assertEqual(today | {"u_ex200131.log"}, set(self.machine.out(f"ls {folder}").split()))


class AdCs(ServiceCase):
    def test_setup_for_another_ca_leaves_the_simulator_out(self):
        """A ca-simd that systemd knows nothing of plays the AD CS server of a company."""
        machine, root = self.machine, "/srv/adcs"
        machine.sh(f"opencapf-setup simulator --root {root} --domain corp.test --netbios CORP --account ra --no-start")
        machine.write(f"{root}/ca-simd.d/20-place.json", json.dumps({
            "listen": {"port": 9443}, "database": "requests.sqlite", "log_directory": "W3SVC1",
            "admin_socket": "admin.sock"}))
        machine.sh(f"""
            systemctl stop opencapf.target
            cp /etc/opencapf/ca-simd.json {root}; chown -R ca-simd: {root}; echo 127.0.0.1 lab-dc.corp.test >>/etc/hosts
            setpriv --reuid ca-simd --regid ca-simd --clear-groups ca-simd --config {root}/ca-simd.json \
                >/tmp/adcs.stderr 2>&1 </dev/null &""")
        wait_until(lambda: "is ready" in machine.out("cat /tmp/adcs.stderr"), "start of the other CA")
        shown = machine.sh(f"opencapf-setup adcs --ca-host lab-dc.corp.test --ca-port 9443 --account 'CORP\\ra' "
                           f"--password-file {root}/private/ca-simd/accounts_ra_password "
                           f"--ca-certificate {root}/pki/ca.pem --ces-host lab-cucm.example.test")
        self.assertNotIn("warning", shown.stdout + shown.stderr)
        self.assertNotIn("ca-simd runs", shown.stdout)
        for unit in ("ca-simd.service", "ca-simd.socket"):
            self.assertEqual("inactive", self.state(unit))
            self.assertEqual("disabled", machine.out(f"systemctl is-enabled {unit}", check=False))
        name = self.enrol()
        issuer = machine.out(f"capfctl lsc export {name} | openssl x509 -noout -issuer")
        self.assertIn("DC = corp", issuer)


class Upgrade(ServiceCase):
    def newer(self):
        """The same package with a higher version, made on the machine."""
        self.machine.copy(containers.package(), "/root/old.deb")
        self.machine.sh("""
            set -e; dpkg-deb -R /root/old.deb /root/tree
            sed -i 's/^Version: .*/&+upgrade1/' /root/tree/DEBIAN/control
            dpkg-deb -b --root-owner-group /root/tree /root/new.deb; rm -r /root/tree /root/old.deb""")

    def test_upgrade_under_load_and_purge(self):
        machine, count = self.machine, 240
        self.newer()
        machine.sh("phone-sim fleet --prefix UPG --list-names --count %d >/tmp/names && "
                   "capfctl device add --names-file /tmp/names && capfctl device arm --names-file /tmp/names" % count)
        pids = {daemon: self.pid(daemon) for daemon in DAEMONS}
        sockets = machine.out("systemctl show --property=ActiveEnterTimestampMonotonic '*capfd.socket' cesd.socket "
                              "ca-simd.socket")
        # Each phone takes two seconds for its key, so that sessions are open at any moment.
        fleet = machine.start("setpriv --reuid nobody --regid nogroup --clear-groups phone-sim fleet --prefix UPG "
                              f"--count {count} --parallel 8 --key-delay 2 {PHONE} --json")
        self.addCleanup(containers.end, fleet)
        wait_until(lambda: self.installed() >= 8, "the first phones")
        machine.sh("dpkg -i /root/new.deb")
        at_the_end = self.installed()
        self.assertIsNone(fleet.poll(), "the fleet ended before the upgrade did")
        shown = fleet.communicate(timeout=300)[0]
        self.assertEqual(0, fleet.returncode, shown)
        self.assertEqual(count, self.installed())
        self.assertLess(at_the_end, count)
        self.assertIn("+upgrade1", machine.out("dpkg-query -W opencapf"))
        for daemon in DAEMONS:
            self.assertNotEqual(pids[daemon], self.pid(daemon), f"{daemon} still runs the old program")
            self.assertEqual("active", self.state(f"{daemon}.service"))
        self.assertEqual(sockets, machine.out("systemctl show --property=ActiveEnterTimestampMonotonic '*capfd.socket' "
                                              "cesd.socket ca-simd.socket"))
        # Removed and installed again with its configuration, it serves again.
        machine.sh("dpkg -r opencapf && dpkg -i /root/new.deb")
        wait_until(lambda: {self.state(f"{daemon}.service") for daemon in DAEMONS} == {"active"}, "the daemons")
        self.purge()

    def installed(self):
        return len(re.findall(r"Upgrade Success", self.machine.out("capfctl device list")))

    def purge(self):
        machine = self.machine
        machine.sh("apt-get purge -y -q opencapf")
        self.assertEqual("", machine.out("ps -eo comm | grep -E '^(capfd|cesd|ca-simd)$'", check=False))
        self.assertEqual("", machine.out("systemctl list-units --all --no-legend 'cap*' cesd* ca-simd* opencapf*"))
        self.assertEqual(set(), machine.files() - self.files)
        self.assertEqual(set(), self.files - machine.files())
        self.assertEqual(self.accounts, machine.accounts())


if __name__ == "__main__":
    unittest.main()
