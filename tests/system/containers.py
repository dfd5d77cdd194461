# SPDX-License-Identifier: Apache-2.0
"""Containers for the tests of the package: the engine, images, and machines that commands run on."""
import functools
import os
import pathlib
import re
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DAEMONS = ("ca-simd", "cesd", "capfd")


def wait_until(condition, what, seconds=60):
    """Polls until `condition()` gives something true and returns it; a deadline, not a guess at a duration."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.2)


@functools.cache
def environment():
    """The environment in which `docker` reaches an engine: the machine's own, or the one of tools beside the checkout."""
    found = dict(os.environ)
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0:
        return found
    helper = SOURCE.parent / "shared" / "tools" / "docker-here"
    if not helper.exists():
        raise RuntimeError("no Docker engine answers `docker info`: start one, or name it in DOCKER_HOST")
    shown = subprocess.run([helper], capture_output=True, text=True, check=True).stdout
    found.update(re.findall(r"(\w+)=(\S+)", shown))
    return found


def docker(*arguments, check=True, timeout=600, **options):
    done = subprocess.run(["docker", *map(str, arguments)], env=environment(), capture_output=True, text=True,
                          timeout=timeout, check=False, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {arguments} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


@functools.cache
def package():
    """The .deb under test: OPENCAPF_DEB, else what `./lab package` makes."""
    if "OPENCAPF_DEB" in os.environ:
        return pathlib.Path(os.environ["OPENCAPF_DEB"]).resolve()
    subprocess.run([SOURCE / "lab", "package"], check=True)
    return next((SOURCE / "build" / "release").glob("*.deb"))


def field(name):
    return subprocess.run(["dpkg-deb", "--field", package(), name], capture_output=True, text=True, check=True).stdout.strip()


def dependencies(provided=()):
    """Names of the packages ours depends on, the first of alternatives, without those in `provided`."""
    names = [re.split(r"[ (|]", entry.strip())[0] for entry in field("Depends").split(",")]
    return [name for name in names if name not in provided]


@functools.cache
def image(kind):
    """Builds images/KIND.Dockerfile and returns its name."""
    provided = ("systemd-standalone-sysusers",) if kind == "systemd" else ()
    name = f"opencapf-test-{kind}"
    docker("build", "-q", "-t", name, "--build-arg", "PACKAGES=" + " ".join(dependencies(provided)), "-f",
           SOURCE / "tests/system/images" / f"{kind}.Dockerfile", SOURCE / "tests/system/images", timeout=1200)
    return name


def end(process):
    """Forgets a command that runs in the background; inside the container it ends with the container."""
    process.kill()
    process.communicate()


class Machine:
    """A container; close() removes it. `kind` is the image, a systemd machine has booted when the constructor ends."""

    def __init__(self, kind):
        if kind == "systemd":
            self.name = docker("run", "-d", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
                               "--security-opt", "apparmor=unconfined", "--tmpfs", "/run", "--tmpfs", "/run/lock",
                               "-v", "/sys/fs/cgroup:/sys/fs/cgroup", image(kind)).stdout.strip()
            wait_until(lambda: self.sh("systemctl is-system-running", check=False).stdout.strip() == "running", "boot")
        else:
            self.name = docker("run", "-d", image(kind), "sleep", "infinity").stdout.strip()

    def close(self):
        docker("rm", "--force", "--volumes", self.name, check=False)

    def command(self, script):
        return ["docker", "exec", "-i", self.name, "bash", "-c", script]

    def sh(self, script, check=True, timeout=300, **options):
        done = subprocess.run(self.command(script), env=environment(), capture_output=True, text=True, timeout=timeout,
                              check=False, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{script!r} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def out(self, script, **options):
        return self.sh(script, **options).stdout.strip()

    def start(self, script):
        """Runs in the background; the caller waits for it."""
        return subprocess.Popen(self.command(script), env=environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def write(self, path, text):
        self.sh(f"umask 022; mkdir -p $(dirname {path}); cat >{path}", input=text)

    def copy(self, source, target):
        docker("cp", source, f"{self.name}:{target}")

    def install(self, deb):
        """As `apt install ./x.deb`; all dependencies are in the image."""
        self.copy(deb, "/root/opencapf.deb")
        return self.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "
                       "/root/opencapf.deb 2>&1; code=$?; rm /root/opencapf.deb; exit $code")

    def files(self):
        """Every path but those of kernel, package manager, caches, time stamps and volatile directories."""
        skipped = r"^/(proc|sys|dev|run|tmp|root|var/tmp)/|^/var/(cache|lib/(apt|dpkg|systemd/[a-z]*sync))/|" \
                  r"^/var/log/(apt|journal|dpkg|lastlog|faillog|wtmp|btmp)|^/etc/(passwd|group|g?shadow|subuid|subgid)-$|" \
                  r"^/etc/.pwd.lock$"
        listed = self.out("find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -print").splitlines()
        return {path for path in listed if not re.search(skipped, path)}

    def accounts(self):
        return {name: self.out(f"cat /etc/{name}") for name in ("passwd", "group", "shadow", "gshadow")}
