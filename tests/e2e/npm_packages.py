# SPDX-License-Identifier: Apache-2.0
"""Packages of the npm registry that tests use when they can be had; nothing of them is kept in the sources."""
import hashlib
import pathlib
import shutil
import subprocess
import tempfile

from certsrv_site import BIN

HOME = BIN.parent / "npm-test"


def fetched(*wanted):
    """Directory that has exactly these (name@version) in node_modules, or None without npm or network.

    Cached in the build. Tests run side by side, and an install removes what it was not told to keep: every set of
    packages has a directory of its own, which appears only when it is complete.
    """
    home = HOME / hashlib.sha256(" ".join(sorted(wanted)).encode()).hexdigest()[:16]
    if home.exists():
        return home
    if shutil.which("npm") is None:
        return None
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME, prefix="fetching-") as parent:
        fetching = pathlib.Path(parent) / "set"
        fetching.mkdir()
        try:
            done = subprocess.run(["npm", "install", "--prefix", fetching, "--ignore-scripts", "--no-audit",
                                   "--no-fund", "--no-save", "--fetch-retries=1", "--fetch-timeout=20000", *wanted],
                                  check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
        try:
            fetching.rename(home)
        except OSError:  # another test was first
            if not home.exists():
                raise
    return home
