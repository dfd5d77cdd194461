# SPDX-License-Identifier: Apache-2.0
"""What the daemons count is what happened, /readyz follows the chain to the CA, and dashboard and alerts use only what
the programs have."""
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import lab_fixture
from lab_fixture import LabCase, wait_until
from prometheus_text import SELECTOR, Scrape, mistakes

DAEMONS = ("capfd", "cesd", "ca-simd")
MONITORING = lab_fixture.SOURCE / "monitoring"


class MetricsCase(LabCase):
    def setUp(self):
        self.lab.up()

    def port(self, daemon):
        """The system chose it; the daemon's own log tells it, the newest line last."""
        return re.findall(r"metrics and health on http://127\.0\.0\.1:(\d+)", self.stderr(daemon))[-1]

    def stderr(self, daemon):
        return (self.lab.dir / "log" / f"{daemon}.stderr").read_text(encoding="utf-8")

    def get(self, daemon, path, method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port(daemon)}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def scrape(self, daemon):
        status, _, text = self.get(daemon, "/metrics")
        self.assertEqual(200, status)
        return Scrape(text)

    def scrape_all(self):
        return {daemon: self.scrape(daemon) for daemon in DAEMONS}

    def ready(self, daemon):
        return self.get(daemon, "/readyz")[0] == 200


class Counting(MetricsCase):
    def test_endpoints(self):
        for daemon in DAEMONS:
            status, headers, text = self.get(daemon, "/metrics")
            self.assertEqual((200, "text/plain; version=0.0.4; charset=utf-8"), (status, headers["Content-Type"]))
            self.assertIn(f'opencapf_build_info{{program="{daemon}",', text)
            self.assertEqual((200, "ok\n"), self.get(daemon, "/healthz")[::2])
            wait_until(lambda daemon=daemon: self.ready(daemon), f"{daemon} is ready")
            self.assertEqual((200, "ok\n"), self.get(daemon, "/readyz")[::2])
            self.assertEqual(404, self.get(daemon, "/")[0])
            self.assertEqual(405, self.get(daemon, "/metrics", "POST")[0])

    def test_good_and_bad_enrolments_are_counted(self):
        good, typo, idle = "SEP0200000A0001", "SEP0200000A0002", "SEP0200000A0003"
        before = self.scrape_all()
        self.lab.enrol(good)
        self.lab.add(typo)
        self.lab.arm(typo, auth="string", string="8420661357")
        self.assertNotEqual(0, self.lab.phone(typo, string="1111122222", check=False).returncode)
        self.lab.add(idle)
        self.lab.phone(idle, check=False)
        self.assertNotEqual(0, self.lab.phone("SEP0200000A0004", check=False).returncode)

        # A phone is gone before its session has counted itself; then nothing counts any more.
        def growth(daemon, name, **labels):
            return after[daemon].total(name, **labels) - before[daemon].total(name, **labels)
        wait_until(lambda: self.scrape("capfd").value("capfd_sessions_active") == 0, "the end of the sessions")
        after = self.scrape_all()
        for operation, result in (("install", "success"), ("install", "bad_auth_string"), ("none", "nothing_pending"),
                                  ("none", "unknown_device")):
            self.assertEqual(1, growth("capfd", "capfd_operations_total", operation=operation, result=result),
                             (operation, result))
        self.assertEqual(growth("capfd", "capfd_sessions_total"), growth("capfd", "capfd_operations_total"),
                         "each session has one result")
        self.assertEqual(1, growth("capfd", "capfd_enrolment_seconds_count"))
        for phase in ("key", "sign", "wait", "ca", "store", "commit"):
            self.assertEqual(1, growth("capfd", "capfd_enrolment_phase_seconds_count", phase=phase), phase)
        total = growth("capfd", "capfd_enrolment_seconds_sum")
        phases = sum(growth("capfd", "capfd_enrolment_phase_seconds_sum", phase=phase)
                     for phase in ("key", "sign", "wait", "ca", "store", "commit"))
        self.assertGreater(total, 0)
        self.assertGreaterEqual(total, phases)
        self.assertEqual(1, growth("capfd", "capfd_devices", status="upgrade_success"))
        self.assertEqual(1, growth("capfd", "capfd_devices", status="upgrade_failed_invalid_authentication_string"))
        self.assertEqual(1, growth("capfd", "capfd_devices_armed"), "who typed it wrong may type it again")
        self.assertEqual(1, growth("capfd", "capfd_lscs"))
        self.assertEqual(0, after["capfd"].value("capfd_lscs_expired"))
        self.assertEqual(1, after["capfd"].value("capfd_est_up"))
        self.assertLess(abs(time.time() - after["capfd"].value("capfd_est_last_success_time_seconds")), 120)

        self.assertEqual(1, growth("cesd", "cesd_requests_total", operation="simpleenroll", status="200"))
        self.assertEqual(1, growth("cesd", "cesd_requests_total", operation="simpleenroll", status="401"))
        self.assertEqual(1, growth("cesd", "cesd_enrolment_seconds_count"))
        self.assertEqual(2, growth("cesd", "cesd_ca_steps_total", step="login", result="success"))
        for step in ("templates", "submit", "fetch"):
            self.assertEqual(1, growth("cesd", "cesd_ca_steps_total", step=step, result="success"), step)
            self.assertEqual(1, growth("cesd", "cesd_ca_step_seconds_count", step=step), step)
        self.assertEqual(1, after["cesd"].value("cesd_ca_up"))
        self.assertEqual(1, after["cesd"].value("cesd_ca_chain_loaded"))
        self.assertGreater(after["cesd"].value("cesd_ca_chain_expiry_time_seconds"), time.time())

        self.assertEqual(1, growth("ca-simd", "ca_simd_requests_total", disposition="issued"))
        self.assertEqual(1, growth("ca-simd", "ca_simd_stored_requests"))
        self.assertEqual(1, growth("ca-simd", "ca_simd_signing_seconds_count"))
        self.assertEqual(2, growth("ca-simd", "ca_simd_logins_total", scheme="ntlm", result="success"))
        self.assertEqual(0, growth("ca-simd", "ca_simd_logins_total", result="refused"))

    def test_noise_is_counted(self):
        before = self.scrape("capfd").value("capfd_handshake_failures_total")
        with socket.create_connection(("127.0.0.1", self.lab.capf_port), timeout=30) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wait_until(lambda: self.scrape("capfd").value("capfd_handshake_failures_total") == before + 1, "a failure")

    def test_log_level_is_shown(self):
        scrape = self.scrape("capfd")
        self.assertEqual(1, scrape.value("opencapf_log_level", level="info"))
        self.assertEqual(0, scrape.value("opencapf_log_level", level="debug"))


class Readiness(MetricsCase):
    def test_follows_the_ca(self):
        for daemon in DAEMONS:
            wait_until(lambda daemon=daemon: self.ready(daemon), f"{daemon} is ready")
        self.lab.kill("ca-simd", signal.SIGTERM)
        before = {daemon: self.scrape(daemon) for daemon in ("capfd", "cesd")}
        name = "SEP0200000B0001"
        self.lab.add(name)
        self.lab.arm(name)
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        status, _, reasons = self.get("cesd", "/readyz")
        self.assertEqual(503, status)
        self.assertIn("does not answer", reasons)
        self.assertEqual(200, self.get("cesd", "/healthz")[0], "it lives")
        cesd = self.scrape("cesd")
        self.assertEqual((0, 0), (cesd.value("cesd_ca_up"), cesd.value("cesd_ready")))
        for scrape, old, name, labels in (
                (cesd, before["cesd"], "cesd_ca_steps_total", {"step": "login", "result": "unreachable"}),
                (self.scrape("capfd"), before["capfd"], "capfd_operations_total",
                 {"operation": "install", "result": "ca_communication"})):
            self.assertEqual(1, scrape.value(name, **labels) - old.value(name, **labels), name)
        self.lab.up()
        # Nobody enrols: cesd has to find out by itself.
        wait_until(lambda: self.ready("cesd"), "cesd is ready again", 40)
        self.assertEqual(1, self.scrape("cesd").value("cesd_ready"))

    def test_capfd_follows_cesd(self):
        wait_until(lambda: self.ready("capfd"), "capfd is ready")
        self.lab.kill("cesd", signal.SIGTERM)
        name = "SEP0200000B0002"
        self.lab.add(name)
        self.lab.arm(name)
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        status, _, reasons = self.get("capfd", "/readyz")
        self.assertEqual((503, True), (status, "the EST server" in reasons), reasons)
        scrape = self.scrape("capfd")
        self.assertEqual((0, 0), (scrape.value("capfd_est_up"), scrape.value("capfd_ready")))
        self.lab.up()
        wait_until(lambda: self.ready("capfd"), "capfd is ready again", 40)
        self.assertEqual(1, self.scrape("capfd").value("capfd_est_up"))

    def test_cesd_without_the_chain_is_not_ready(self):
        self.lab.kill("ca-simd", signal.SIGTERM)
        self.lab.kill("cesd", signal.SIGTERM)
        before = self.stderr("cesd").count("metrics and health on")
        with open(self.lab.dir / "log" / "cesd.stderr", "a", encoding="utf-8") as log:
            command = [lab_fixture.BIN / "cesd", "--config", self.lab.dir / "etc" / "cesd.json"]
            with subprocess.Popen(command, stdout=log, stderr=log) as alone:
                try:
                    wait_until(lambda: self.stderr("cesd").count("metrics and health on") > before, "metrics")
                    status, _, reasons = self.get("cesd", "/readyz")
                    self.assertEqual((503, True), (status, "the CA's chain" in reasons), reasons)
                    self.assertEqual(0, self.scrape("cesd").value("cesd_ca_chain_loaded"))
                finally:
                    alone.terminate()
                    self.assertEqual(0, alone.wait(30))

    def test_goes_on_answering_while_capfd_drains(self):
        wait_until(lambda: self.ready("capfd"), "capfd is ready")
        port = self.port("capfd")
        context = ssl.create_default_context(cafile=str(self.lab.dir / "pki" / "capf.pem"))
        with socket.create_connection(("127.0.0.1", self.lab.capf_port), timeout=30) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as phone:
                phone.recv(1)  # AUTH_REQUEST: there is a session, and it waits for us
                pid = self.lab.pid("capfd")
                os.kill(pid, signal.SIGTERM)
                wait_until(lambda: self.get("capfd", "/readyz")[::2] == (503, "the daemon is stopping\n"),
                           "not ready while it drains")
                self.assertEqual(200, self.get("capfd", "/healthz")[0])
                self.assertEqual(1, self.scrape("capfd").value("capfd_sessions_active"))
        wait_until(lambda: not lab_fixture.running(pid), "the end of capfd")
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()


class Monitoring(MetricsCase):
    """Dashboard and alerts against what the programs really show."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("families")
        cls.tables = {}
        for daemon in DAEMONS:
            scrape = case.scrape(daemon)
            for family, kind in scrape.types.items():
                labels = {label: set(values) for label, values in scrape.labels[family].items()}
                known = cls.tables.setdefault(family, (kind, {}))
                for label, values in labels.items():
                    known[1].setdefault(label, set()).update(values)

    def families(self):
        """Not a test: gives setUpClass a case to scrape with."""

    def assert_known(self, where, expression):
        self.assertTrue(SELECTOR.search(expression), f"{where}: no metric in {expression!r}")
        self.assertEqual([], mistakes(expression, self.tables), f"{where}: {expression}")

    def test_dashboard_uses_what_there_is(self):
        dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))
        panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
        self.assertEqual(len(dashboard["panels"]), len({panel["id"] for panel in dashboard["panels"]}))
        self.assertEqual({"datasource", "instance"}, {each["name"] for each in dashboard["templating"]["list"]})
        self.assertEqual(["Overview", "capfd: phones", "cesd: EST and the CA", "ca-simd: the simulated CA",
                          "Processes"], [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"])
        for panel in panels:
            self.assertEqual("${datasource}", panel["datasource"]["uid"], panel["title"])
            self.assertTrue(panel["targets"], panel["title"])
            for target in panel["targets"]:
                expression = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
                self.assert_known(panel["title"], expression)
                for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                    self.assertIn(label, {"job", "instance"} | {each for _, labels in self.tables.values()
                                                                for each in labels}, panel["title"])

    def test_alerts_use_what_there_is(self):
        text = (MONITORING / "alerts.yml").read_text(encoding="utf-8")
        rules = re.split(r"\n +- alert: ", text)[1:]
        self.assertGreater(len(rules), 15)
        names = [rule.split("\n")[0] for rule in rules]
        self.assertEqual(len(names), len(set(names)))
        for rule in rules:
            expression = re.search(r"\n +expr: (?:>-\n)?(.*?)\n +(?:for|labels):", rule, re.DOTALL)[1]
            self.assert_known(rule.split("\n")[0], expression)
            self.assertRegex(rule, r"severity: (critical|warning)\}")
            self.assertIn("summary: ", rule)
            self.assertIn("description: ", rule)
        used = {name for name, _ in SELECTOR.findall(text)}
        for wanted in ("up", "capfd_ready", "cesd_ca_up", "capfd_operations_total", "capfd_enrolments_waiting",
                       "capfd_lscs_expiring", "capfd_lscs_expired", "capfd_enrolment_phase_seconds_bucket"):
            self.assertIn(wanted, used)

    def test_what_is_described_is_what_is_shown(self):
        described = set()
        for daemon in DAEMONS:
            for family in json.loads(self.lab.run(lab_fixture.BIN / daemon, "--describe").stdout)["metrics"]:
                kind, labels = self.tables[family["name"]]
                described.add(family["name"])
                self.assertEqual(kind, family["type"])
                self.assertEqual(set(family["labels"]), labels.keys() - {"le"}, family["name"])
                for label, values in family["label_values"].items():
                    self.assertLessEqual(set(values), labels[label], family["name"])
        self.assertEqual(described, self.tables.keys())

    def test_mistakes_are_found(self):
        for expression in ("capfd_no_such_total", 'capfd_lscs_expiring{within="1d"}', 'capfd_lscs{within="7d"}',
                           'capfd_operations_total{result=~"success|lost"}', "sum by (phase) (capfd_lscs)",
                           "rate(capfd_enrolment_seconds[5m])"):
            self.assertNotEqual([], mistakes(expression, self.tables), expression)


if __name__ == "__main__":
    unittest.main()
