# SPDX-License-Identifier: Apache-2.0
"""One MIT KDC with a realm of its own in a temporary directory, on a free port of the loopback."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

SECONDS = 20
TOOLS = {name: shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
         for name in ("krb5kdc", "kadmin.local", "kdb5_util", "kinit")}


def missing_tools():
    """Names of the programs that are not installed (krb5-kdc, krb5-admin-server, krb5-user)."""
    return [name for name, path in TOOLS.items() if path is None]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Kdc:
    """Use as a context manager."""

    def __init__(self, realm):
        self.realm = realm
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ocapf-kdc-", dir="/tmp"))
        self.config = self.dir / "krb5.conf"
        self.process = None
        self.port = free_port()
        self.config.write_text(f"""[libdefaults]
    default_realm = {realm}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{self.port}
    }}
[domain_realm]
    localhost = {realm}
""")
        (self.dir / "kdc.conf").write_text(f"""[kdcdefaults]
    kdc_listen = 127.0.0.1:{self.port}
    kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
    {realm} = {{
        database_name = {self.dir}/principal
        key_stash_file = {self.dir}/stash
        acl_file = {self.dir}/acl
        max_life = 1h
    }}
""")

    def environment(self, cache=None):
        """For every program that shall see this realm and no other; `cache` names the tickets of one user."""
        extra = {"KRB5_CONFIG": str(self.config), "KRB5_KDC_PROFILE": str(self.dir / "kdc.conf")}
        if cache is not None:
            extra["KRB5CCNAME"] = f"FILE:{self.dir / cache}"
        return extra

    def run(self, program, *arguments, cache=None, text=None):
        return subprocess.run([TOOLS[program], *arguments], env={**os.environ, **self.environment(cache)}, input=text,
                              capture_output=True, text=True, check=True, timeout=SECONDS).stdout

    def __enter__(self):
        try:
            # -W: weak random numbers are good enough, and come at once.
            self.run("kdb5_util", "create", "-s", "-W", "-r", self.realm, "-P", "master-key")
            with open(self.dir / "kdc.log", "wb") as log:
                self.process = subprocess.Popen([TOOLS["krb5kdc"], "-n", "-r", self.realm], stdout=log, stderr=log,
                                                env={**os.environ, **self.environment()})
            self._wait_for_port()
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
        shutil.rmtree(self.dir, ignore_errors=True)

    def _wait_for_port(self):
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise AssertionError("the KDC does not start: " + (self.dir / "kdc.log").read_text()) from None
                time.sleep(0.05)

    def add_user(self, name, password):
        self.run("kadmin.local", "-r", self.realm, "addprinc", "-pw", password, name)

    def add_service(self, principal, keytab):
        """Adds `principal` with random keys and appends them to the file."""
        self.run("kadmin.local", "-r", self.realm, "addprinc", "-randkey", principal)
        self.run("kadmin.local", "-r", self.realm, "ktadd", "-k", str(keytab), principal)

    def log_in(self, name, password, cache, *options):
        """A ticket for `name` in a cache of its own."""
        self.run("kinit", *options, name, cache=cache, text=password + "\n")
