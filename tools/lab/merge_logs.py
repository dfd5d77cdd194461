#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Merges the four logs of the chain by time and marks each line with the log it comes from.

The CAPF trace has local time in milliseconds and no date, error.log local time in seconds, the IIS log UTC in seconds,
and the CiscoRA log has no time at all: it tells of cesd's start only, and stands before the first line of error.log
that follows. Within one second nothing but reason can order lines of different logs: what cesd and the CA do for a
phone lies before the line in which CAPF says how the enrolment ended. `--mark` prints where the logs end now, `--from`
takes that and shows only what came later.
"""
import argparse
import datetime
import pathlib
import re
import sys

CAPF = re.compile(r"^(\d\d):(\d\d):(\d\d)\.(\d\d\d) ")
NGINX = re.compile(r"^(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) ")
IIS = re.compile(r"^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) ")


def read_from(path, offset):
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            file.seek(offset if offset <= file.tell() else 0)
            return file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []


def size_of(path):
    return path.stat().st_size if path.is_file() else 0


def local(moment):
    """Seconds since the epoch of a naive local or an aware time."""
    return moment.timestamp()


class Entry:
    def __init__(self, when, text, exact):
        self.when, self.text, self.exact = when, text, exact


def capf_entries(lines, modified):
    """The trace has no date: the last line is from the file's last change, and midnight is crossed where time falls."""
    entries, day = [], datetime.datetime.fromtimestamp(modified).date()
    later = None
    for text in reversed(lines):
        match = CAPF.match(text)
        if not match:
            entries.append(Entry(None, text, True))
            continue
        clock = datetime.time(int(match[1]), int(match[2]), int(match[3]), int(match[4]) * 1000)
        if later is not None and clock > later:
            # Lines of several sessions may be a few milliseconds out of order; a whole hour means the day before.
            if (clock.hour - later.hour) > 0:
                day -= datetime.timedelta(days=1)
        later = clock
        entries.append(Entry(local(datetime.datetime.combine(day, clock)), text, True))
    entries.reverse()
    return inherit(entries)


def dated_entries(lines, pattern, zone):
    entries = []
    for text in lines:
        if text.startswith("#"):
            continue
        match = pattern.match(text)
        when = datetime.datetime(*map(int, match.groups()), tzinfo=zone).timestamp() if match else None
        entries.append(Entry(when, text, False))
    return inherit(entries)


def inherit(entries):
    """A line without a time belongs to the line before it; leading ones to the first that has one."""
    last = next((entry.when for entry in entries if entry.when is not None), 0.0)
    for entry in entries:
        last = entry.when = last if entry.when is None else entry.when
    return entries


def settle(entries, capf):
    """Gives lines that know only their second a place within it (see the module's first lines)."""
    ends, starts = {}, {}
    for entry in capf:
        second = int(entry.when)
        if "Enrollment rv = " in entry.text:
            ends.setdefault(second, entry.when)
        elif "X509_REQ *read_csr()" in entry.text:
            starts[second] = entry.when
    for entry in entries:
        second = int(entry.when)
        if second in ends:
            entry.when = ends[second] - 0.0005
        elif second in starts:
            entry.when = starts[second] + 0.0005
    return entries


def only(entries, device):
    """The lines of the CAPF trace about one phone, with the frame of a `debug` line around them."""
    prefix = re.compile(r"(^|[^A-Za-z0-9])" + re.escape(device) + r"([^A-Za-z0-9]|$)", re.IGNORECASE)
    keep = [bool(prefix.search(entry.text)) for entry in entries]
    for index in [i for i, kept in enumerate(keep) if kept]:
        for near, frame in ((index - 1, "|-->debug"), (index + 1, "|<--debug")):
            if 0 <= near < len(entries) and frame in entries[near].text:
                keep[near] = True
    return [entry for entry, kept in zip(entries, keep) if kept]


def window(entries, capf):
    """Lines of the other logs within the time that a phone's lines of the CAPF trace span."""
    if not capf:
        return []
    first, last = int(capf[0].when), int(capf[-1].when)
    return [entry for entry in entries if first <= int(entry.when) <= last]


def main():
    parser = argparse.ArgumentParser(description="merge the four logs by time")
    for name in ("capf", "ciscora", "error", "iis"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--mark", action="store_true", help="print where the logs end now")
    parser.add_argument("--from", dest="start", default="", help="what --mark printed")
    parser.add_argument("--device", default="", help="only this phone")
    options = parser.parse_args()
    iis_files = sorted(options.iis.glob("u_ex*.log"))
    files = [options.capf, options.ciscora, options.error] + iis_files
    if options.mark:
        print(",".join(f"{path.name}:{size_of(path)}" for path in files))
        return 0
    offsets = {name: int(size) for name, size in (pair.rsplit(":", 1) for pair in options.start.split(",") if pair)}
    lines = {path: read_from(path, offsets.get(path.name, 0)) for path in files}
    modified = options.capf.stat().st_mtime if options.capf.is_file() else 0
    capf = capf_entries(lines[options.capf], modified)
    error = settle(dated_entries(lines[options.error], NGINX, None), capf)
    iis = [entry for path in iis_files for entry in dated_entries(lines[path], IIS, datetime.timezone.utc)]
    iis = settle(iis, capf)
    ciscora = [Entry(error[0].when if error else 0.0, text, False) for text in lines[options.ciscora]]
    if options.device:
        capf = only(capf, options.device)
        error, iis, ciscora = window(error, capf), window(iis, capf), []
    # Python's sort is stable: lines of one log keep their order, and at one moment the CA logs before who asked it.
    tagged = [(entry, tag) for tag, part in
              (("CiscoRA", ciscora), ("IIS    ", iis), ("NGINX  ", error), ("CAPF   ", capf)) for entry in part]
    tagged.sort(key=lambda pair: pair[0].when)
    for entry, tag in tagged:
        print(f"{tag} | {entry.text}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.exit(0)
