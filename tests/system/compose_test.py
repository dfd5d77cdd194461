# SPDX-License-Identifier: Apache-2.0
"""The lab of docker-compose.yml for real: image, start, fleet, a phone from outside, scenarios, and nothing left.

Needs a Docker engine and docker-compose (or `docker compose`). OPENCAPF_IMAGE names an image to test instead of building
one, OPENCAPF_COMPOSE the command, OPENCAPF_KEEP=1 leaves everything as it is.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest

import containers
from containers import SOURCE, docker, wait_until

BASE = os.environ.get("OPENCAPF_BASE", "debian:bookworm-slim")
MACHINES = {"lab-dc": "ca-simd", "lab-ces": "cesd", "lab-cucm": "capfd"}
PHONES = 4
USER = "10001"
LARGEST_MB = 60  # what the image may add to its base

# What each scenario must leave behind: CUCM's status, and lines by log. The scenario's own script looks for such lines
# too; here they are read from the volumes, without it.
SCENARIOS = {
    "wrong-password": (16, {
        "cesd/ciscora.log": r"login_to_certsrv_ca: Curl call for MS CA login failed with return code 22",
        "cesd/error.log": r"EST error response code: 22 \(EST_ERR_AUTH_FAIL\)",
        "capfd/capf.log": r"Enrollment rv = 22 \(EST_ERR_AUTH_FAIL\) with pkcs7 length = 0"}),
    "template-typo": (16, {
        "cesd/error.log": r"(?s)certrqxt\.asp.*EST error response code: 22 \(EST_ERR_AUTH_FAIL\)",
        "capfd/capf.log": r"Enrollment rv = 22 \(EST_ERR_AUTH_FAIL\) with pkcs7 length = 0"}),
    "untrusted-root": (15, {
        "cesd/ciscora.log": r"return code 60 \(SSL certificate problem: unable to get local issuer certificate\)",
        "capfd/capf.log": r"est_client_enroll_csr\(\) Failed! Could not obtain new certificate"}),
    "ces-down": (15, {
        "capfd/capf.log": r"Enrollment rv = 43 \(EST_ERR_IP_CONNECT\) with pkcs7 length = 0"}),
}


def free_ports(count):
    """Ports that are free now; all are held until the last is found, so that no two are equal."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


def run(*command, check=True, timeout=300, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, check=False,
                          **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def compose_command():
    if "OPENCAPF_COMPOSE" in os.environ:
        return shlex.split(os.environ["OPENCAPF_COMPOSE"])
    return ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]


class Lab:
    """One compose project with its own name, ports and directory."""

    def __init__(self):
        self.project = f"ocapf{os.getpid()}"
        *published, http_port = free_ports(len(MACHINES) + 1)
        self.ports = dict(zip(MACHINES, published))
        self.image = os.environ.get("OPENCAPF_IMAGE", "opencapf:test")
        self.command = compose_command() + ["--project-name", self.project, "--file", SOURCE / "docker-compose.yml"]
        self.environment = {key: value for key, value in containers.environment().items() if not key.startswith("LAB_")}
        self.environment.update(
            LAB_CA_PORT=str(self.ports["lab-dc"]), LAB_CA_HTTP_PORT=str(http_port), LAB_CES_PORT=str(self.ports["lab-ces"]),
            LAB_CAPF_PORT=str(self.ports["lab-cucm"]), LAB_PHONES=str(PHONES), OPENCAPF_IMAGE=self.image,
            LAB_JOBS=os.environ.get("LAB_JOBS", ""), COMPOSE_HTTP_TIMEOUT="300")

    def compose(self, *arguments, **options):
        return run(*self.command, *arguments, env=self.environment, **options)

    def build(self):
        if "OPENCAPF_IMAGE" not in os.environ:
            self.compose("build", "setup", timeout=3600)

    def container(self, service):
        """Asked of the engine, by the labels that both generations of compose set: docker-compose itself takes a second."""
        labels = {"project": self.project, "service": service, "oneoff": "False"}
        filters = [part for key, value in labels.items() for part in ("--filter", f"label=com.docker.compose.{key}={value}")]
        return docker("ps", "-aq", *filters).stdout.strip()

    def inspect(self, service):
        return json.loads(docker("inspect", self.container(service)).stdout)[0]

    def health(self, service):
        return self.inspect(service)["State"].get("Health", {}).get("Status")

    def wait_healthy(self, service):
        wait_until(lambda: self.health(service) == "healthy", f"{service} healthy", 90)

    def exec(self, service, *command, **options):
        return docker("exec", self.container(service), *command, **options)

    def read(self, service, path):
        return self.exec(service, "bash", "-c", f"cat /var/log/opencapf/{path}").stdout

    def capfctl(self, *arguments, service="lab-cucm"):
        return self.exec(service, "capfctl", *arguments).stdout

    def device(self, name, service="lab-cucm"):
        return json.loads(self.capfctl("--json", "device", "show", name, service=service))

    def down(self):
        profiles = [part for name in SCENARIOS for part in ("--profile", name)]
        self.compose(*profiles, "down", "--volumes", "--remove-orphans")

    def leftovers(self):
        """Containers, volumes and networks of this project."""
        label = f"label=com.docker.compose.project={self.project}"
        return (docker("ps", "-aq", "--filter", label).stdout + docker("volume", "ls", "-q", "--filter", label).stdout +
                docker("network", "ls", "-q", "--filter", label).stdout).split()


class ComposeLab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="ocapf-compose-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.lab = Lab()
        cls.lab.build()
        if "OPENCAPF_KEEP" not in os.environ:
            cls.addClassCleanup(cls.lab.down)
        cls.lab.compose("up", "-d")
        for machine in MACHINES:
            cls.lab.wait_healthy(machine)

    @classmethod
    def tearDownClass(cls):
        if "OPENCAPF_KEEP" in os.environ:
            return
        cls.lab.down()
        assert not cls.lab.leftovers(), f"down --volumes left {cls.lab.leftovers()}"

    def public(self, name):
        """A public file of the lab's PKI, copied out of a container."""
        path = self.folder / name
        path.write_text(self.lab.exec("lab-cucm", "cat", f"/config/pki/{name}").stdout, encoding="ascii")
        return path

    def assert_user(self, service):
        table = docker("top", self.lab.container(service), "-eo", "uid,pid,comm").stdout.splitlines()[1:]
        self.assertTrue(table)
        self.assertEqual({USER}, {line.split()[0] for line in table})

    # The image ----------------------------------------------------------------------------------------------------

    def test_image_is_small_and_holds_only_what_runs(self):
        size = int(docker("image", "inspect", "--format", "{{.Size}}", self.lab.image).stdout)
        if docker("image", "inspect", BASE, check=False).returncode != 0:
            docker("pull", BASE)  # BuildKit keeps its own copy
        base = int(docker("image", "inspect", "--format", "{{.Size}}", BASE).stdout)
        self.assertLess((size - base) / 1e6, LARGEST_MB)
        config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", self.lab.image).stdout)
        self.assertEqual("opencapf", config["User"])
        self.assertEqual("OpenCAPF", config["Labels"]["org.opencontainers.image.title"])
        absent = "for name in cc gcc g++ cmake ninja python3; do ! command -v $name || exit 1; done"
        docker("run", "--rm", self.lab.image, "bash", "-c", absent)
        # A key in a layer would be everybody's key.
        found = docker("run", "--rm", "--user", "0", self.lab.image, "grep", "-rlIe", "-----BEGIN.*PRIVATE KEY", "/config",
                       "/etc", "/home", "/opt", "/root", "/srv", "/usr/lib/opencapf", "/usr/share/opencapf", "/var",
                       check=False)
        self.assertEqual((1, ""), (found.returncode, found.stdout), found.stderr)
        for program in ("capfd", "cesd", "ca-simd", "phone-sim", "capfctl"):
            version = docker("run", "--rm", self.lab.image, program, "--version").stdout
            self.assertEqual([program, config["Labels"]["org.opencontainers.image.version"]], version.split()[:2])

    def test_programs_are_stripped(self):
        name = docker("create", self.lab.image).stdout.strip()
        try:
            docker("cp", f"{name}:/usr/bin/capfd", self.folder / "capfd")
        finally:
            docker("rm", name)
        self.assertNotIn(b".symtab\0", (self.folder / "capfd").read_bytes())

    # Least privilege ----------------------------------------------------------------------------------------------

    def test_nothing_is_root_and_nothing_can_become_it(self):
        for machine in MACHINES:
            with self.subTest(machine):
                self.assert_user(machine)
                status = self.lab.exec(machine, "cat", "/proc/1/status").stdout
                for line in (f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}", "CapPrm:\t0000000000000000",
                             "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"):
                    self.assertIn(line, status)
                written = self.lab.exec(machine, "touch", "/etc/opencapf/x", "/usr/bin/x", "/config/x", check=False)
                self.assertNotEqual(0, written.returncode)
                self.assertEqual(3, written.stderr.count("Read-only file system"), written.stderr)

    def test_one_shots_are_not_root_either(self):
        for service in ("setup", "phones"):
            config = self.lab.inspect(service)
            self.assertEqual("opencapf", config["Config"]["User"])
            self.assertTrue(config["HostConfig"]["ReadonlyRootfs"])
            self.assertEqual(["ALL"], config["HostConfig"]["CapDrop"])

    def test_every_daemon_sees_its_own_secrets_only(self):
        secrets = {"lab-dc": "ca-simd", "lab-ces": "cesd", "lab-cucm": "capfd"}
        for machine, own in secrets.items():
            found = self.lab.exec(machine, "find", "/config/private", "-type", "f", "-printf", "%P %m %U\n").stdout
            lines = found.splitlines()
            self.assertTrue(any(line.startswith(f"{own}/tls_private_key ") for line in lines), found)
            for line in lines:
                self.assertRegex(line, rf"^{own}/\w+ 600 {USER}$")

    # What it is for -----------------------------------------------------------------------------------------------

    def test_the_fleet_enrols_and_enrols_again(self):
        def ended():
            state = self.lab.inspect("phones")["State"]
            return state["Status"] == "exited" and state
        state = wait_until(ended, "the end of phones", 180)
        log = docker("logs", self.lab.container("phones"))
        self.assertEqual(0, state["ExitCode"], log.stdout + log.stderr)
        summary = rf"^{PHONES} of {PHONES} phones have a certificate of CN=lab-dc-CA,DC=example,DC=test$"
        self.assertRegex(log.stdout, "(?m)" + summary)
        more = self.lab.compose("run", "--rm", "-T", "-e", f"LAB_PHONES={PHONES + 2}", "phones")
        self.assertRegex(more.stdout, "(?m)" + summary.replace(str(PHONES), str(PHONES + 2)))

    def test_phones_says_so_when_a_phone_gets_nothing(self):
        failed = self.lab.compose("run", "--rm", "-T", "-e", "LAB_PHONES=1", "-e", "LAB_PHONES_PREFIX=bad/name", "phones",
                                  check=False)
        self.assertNotEqual(0, failed.returncode)

    def outside_phone(self, name):
        """phone-sim outside of the lab's network, at the published port; the programs of the build when there is one."""
        arguments = ["run", name, "--capf", f"127.0.0.1:{self.lab.ports['lab-cucm']}", "--retries", "1"]
        trust = self.public("capf.pem")
        candidates = [pathlib.Path(os.environ["OPENCAPF_BIN"])] if "OPENCAPF_BIN" in os.environ else []
        candidates += [SOURCE / "build" / preset / "bin" for preset in ("release", "dev")]
        programs = [path / "phone-sim" for path in candidates if (path / "phone-sim").exists()]
        if programs:
            return run(programs[0], *arguments, "--trust", trust, "--store", self.folder)
        self.folder.chmod(0o777)
        return docker("run", "--rm", "--network", "host", "--volume", f"{self.folder}:/phone", self.lab.image,
                      "phone-sim", *arguments, "--trust", "/phone/capf.pem", "--store", "/phone")

    def test_a_phone_from_outside_and_the_four_logs(self):
        name = "SEP0200000A0001"
        self.lab.capfctl("device", "add", name)
        self.lab.capfctl("device", "arm", name, "--operation", "install", "--auth", "null")
        self.outside_phone(name)
        lsc = self.folder / f"{name}.lsc.pem"
        root = self.public("ca.pem")
        run("openssl", "verify", "-CAfile", root, lsc)
        subject = run("openssl", "x509", "-in", lsc, "-noout", "-subject", "-nameopt", "RFC2253").stdout
        self.assertIn(f"-{name}", subject)
        self.assertEqual(lsc.read_text(encoding="ascii"), self.lab.capfctl("lsc", "export", name))
        device = self.lab.device(name)
        self.assertEqual((1, 3), (device["operation"], device["status"]))
        # The logs are written behind the events.
        for machine, path, pattern in (
                ("lab-cucm", "capfd/capf.log", rf"{name}:Enrollment rv = 0 \(EST_ERR_NONE\)"),
                ("lab-ces", "cesd/ciscora.log", r"EnrollmentService.sh : nginx server PID value = "),
                ("lab-ces", "cesd/error.log", r"completed successfully using the following URL "
                                              r"https://lab-dc\.example\.test:8443/certsrv/certrqxt\.asp"),
                ("lab-dc", "ca-simd/W3SVC1/u_ex*.log", r"GET /certsrv/certnew\.cer ReqID=\d+&ENC=b64 8443 LAB\\ciscora ")):
            wait_until(lambda: re.search(pattern, self.lab.read(machine, path)), f"{pattern} in {path}", 20)

    def test_names_of_the_tech_note_lead_to_the_services(self):
        """From inside, by name, with certificates that are valid for those names."""
        places = (("lab-dc.example.test:8443", "ca.pem"), ("lab-cucm.example.test:8084", "ces-ca.pem"),
                  ("lab-cucm.example.test:3804", "capf.pem"))
        for machine in MACHINES:
            for address, trust in places:
                host = address.split(":")[0]
                answer = self.lab.exec(machine, "bash", "-c", f"openssl s_client -connect {address} -servername {host} "
                                       f"-verify_hostname {host} -CAfile /config/pki/{trust} -verify_return_error -brief "
                                       "</dev/null")
                self.assertIn("Verification: OK", answer.stderr)

    def test_est_at_the_published_port(self):
        trust, port = self.public("ces-ca.pem"), self.lab.ports["lab-ces"]
        got = run("curl", "-sS", "--fail", "--cacert", trust, "--resolve", f"lab-cucm.example.test:{port}:127.0.0.1",
                  f"https://lab-cucm.example.test:{port}/.well-known/est/cacerts")
        self.assertTrue(got.stdout.startswith("MII"))

    def test_metrics_and_health_are_for_the_network_only(self):
        ports = {"lab-dc": 9843, "lab-ces": 9884, "lab-cucm": 9804}
        for machine, port in ports.items():
            for path, expected in (("/readyz", ""), ("/metrics", "# TYPE ")):
                # bash and two lines of HTTP: the image has no curl.
                answer = self.lab.exec("lab-dc", "bash", "-c", f"exec 3<>/dev/tcp/{machine}/{port} && printf 'GET {path} "
                                       f"HTTP/1.1\\r\\nHost: {machine}\\r\\nConnection: close\\r\\n\\r\\n' >&3 && "
                                       "cat <&3").stdout
                self.assertRegex(answer, r"^HTTP/1\.1 200 ")
                self.assertIn(expected, answer)
            published = self.lab.inspect(machine)["NetworkSettings"]["Ports"]
            self.assertNotIn(f"{port}/tcp", [name for name, places in published.items() if places])

    # What goes wrong ----------------------------------------------------------------------------------------------

    def test_restarts_keep_everything(self):
        before = {name: self.public(name).read_text(encoding="ascii") for name in ("ca.pem", "capf.pem", "ces.pem")}
        self.lab.compose("run", "--rm", "-T", "phones")
        for machine in ("lab-dc", "lab-cucm"):
            self.lab.compose("restart", machine)
            self.lab.wait_healthy(machine)
        self.assertEqual(3, self.lab.device("SEP000000000001")["status"])
        self.lab.compose("run", "--rm", "-T", "phones")
        self.lab.compose("up", "-d")
        self.assertEqual(before, {name: self.public(name).read_text(encoding="ascii") for name in before})

    def test_a_daemon_that_dies_comes_back(self):
        for machine in MACHINES:
            with self.subTest(machine):
                pid = self.lab.inspect(machine)["State"]["Pid"]
                # Not `docker kill`: that is a wish of the operator, and the engine respects it.
                docker("run", "--rm", "--user", "0", "--pid", "host", self.lab.image, "bash", "-c", f"kill -9 {pid}")
                wait_until(lambda: self.lab.inspect(machine)["State"]["Pid"] not in (0, pid), f"{machine} again", 60)
                self.lab.wait_healthy(machine)
        self.lab.compose("run", "--rm", "-T", "phones")

    def test_scenarios_show_their_mistake(self):
        for name, (status, lines) in SCENARIOS.items():
            with self.subTest(name):
                shown = self.lab.compose("run", "--rm", "-T", name, check=False)
                self.assertEqual(0, shown.returncode, shown.stdout + shown.stderr)
                self.assertIn("LSC: Not Installed", shown.stdout)
                capf = f"{name}-cucm"
                (device,) = json.loads(self.lab.capfctl("--json", "device", "list", service=capf))["devices"]
                self.assertEqual(status, device["status"])
                self.assertIsNone(device["lsc"])
                for path, pattern in lines.items():
                    self.assertRegex(self.lab.read(capf, path), pattern)
                self.assert_user(capf)
                # The lab itself has none of it, whatever a scenario does; a CA that restarts is no trouble either.
                self.lab.compose("restart", "lab-dc")
                self.lab.wait_healthy("lab-dc")
                self.lab.compose("run", "--rm", "-T", "-e", "LAB_PHONES=1", "phones")


if __name__ == "__main__":
    unittest.main()
