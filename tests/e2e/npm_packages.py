# SPDX-License-Identifier: Apache-2.0
"""Packages of the npm registry that tests use when they can be had; nothing of them is kept in the sources."""
import pathlib
import shutil
import subprocess

from certsrv_site import BIN

HOME = BIN.parent / "npm-test"


def fetched(*wanted):
    """Directory that has these (name@version) in node_modules, or None without npm or network. Cached in the build."""
    folders = [HOME / "node_modules" / name.rpartition("@")[0] for name in wanted]
    if not all((folder / "package.json").exists() for folder in folders):
        if shutil.which("npm") is None:
            return None
        HOME.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(["npm", "install", "--prefix", HOME, "--ignore-scripts", "--no-audit", "--no-fund",
                                   "--no-save", "--fetch-retries=1", "--fetch-timeout=20000", *wanted], check=False,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return None
        if done.returncode != 0:
            return None
    return pathlib.Path(HOME)
