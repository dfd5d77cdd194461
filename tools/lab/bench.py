#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a running lab; called by `./lab bench`, which starts the lab and hands over its settings by environment.

CPU is what /proc/<pid>/stat counts for each daemon (user and system, all threads) between the first connect of the
fleet and the end of its last session. The floor comes from crypto-floor in the same run; docs/bench.md says what is
in it.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

DAEMONS = ("capfd", "cesd", "ca-simd")
PIECES = (
    ("phone_to_capfd_server", "phone -> capfd, TLS 1.3 handshake, server"),
    ("capfd_to_cesd_client", "capfd -> cesd, TLS 1.3 handshake, client"),
    ("capfd_to_cesd_server", "capfd -> cesd, TLS 1.3 handshake, server"),
    ("cesd_to_ca_client", "cesd -> CA, TLS 1.3 handshake, client"),
    ("cesd_to_ca_server", "cesd -> CA, TLS 1.3 handshake, server"),
    ("csr_verify_twice", "signature of the request verified twice"),
    ("ca_signature", "signature of the certificate made once"),
    ("lsc_chain_check", "chain of the certificate checked once"),
)


class Bench:
    def __init__(self, options):
        self.options = options
        self.lab = pathlib.Path(os.environ["LAB_DIR"])
        self.bin = pathlib.Path(os.environ["LAB_BIN_DIR"])

    def run(self, *command, check=True):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise SystemExit(f"lab: '{command[0]} {command[1]} ...' failed\n{done.stdout}{done.stderr}")
        return done

    def capfctl(self, *arguments):
        return self.run(self.bin / "capfctl", "--socket", self.lab / "run" / "capfd.sock", *arguments)

    # CPU ----------------------------------------------------------------------------------------------------------

    def pids(self):
        return {name: int((self.lab / "run" / f"{name}.pid").read_text(encoding="ascii")) for name in DAEMONS}

    @staticmethod
    def cpu_ms(pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def settled(self, pids):
        """CPU of each daemon once they have come to rest (sessions closed, logs written)."""
        before = {name: self.cpu_ms(pid) for name, pid in pids.items()}
        for _ in range(50):
            time.sleep(0.2)
            after = {name: self.cpu_ms(pid) for name, pid in pids.items()}
            if after == before:
                break
            before = after
        return before

    # Phones -------------------------------------------------------------------------------------------------------

    def fleet(self, prefix, count, parallel):
        """Adds and arms `count` phones, then enrols them; gives phone-sim's report."""
        program = self.bin / "phone-sim"
        with tempfile.TemporaryDirectory(prefix="ocapf-bench-") as folder:
            names = pathlib.Path(folder) / "names"
            names.write_text(self.run(program, "fleet", "--count", count, "--prefix", prefix, "--list-names").stdout,
                             encoding="ascii")
            self.capfctl("device", "add", "--names-file", names)
            self.capfctl("device", "arm", "--names-file", names, "--operation", "install", "--auth", "null")
            pids = self.pids()
            before = self.settled(pids)
            done = self.run(program, "fleet", "--count", count, "--prefix", prefix, "--parallel", parallel, "--capf",
                            f"127.0.0.1:{os.environ['LAB_CAPF_PORT']}", "--trust", self.lab / "pki" / "capf.pem",
                            "--store", folder, "--profile", self.options.profile, "--pregenerate-keys", "--retries", 1,
                            "--json", check=False)
            try:
                report = json.loads(done.stdout.strip().splitlines()[-1])
            except (IndexError, ValueError):
                raise SystemExit(f"lab: phone-sim fleet failed\n{done.stdout}{done.stderr}") from None
            after = self.settled(pids)
        if self.pids() != pids:
            raise SystemExit("lab: a daemon was restarted during the measurement")
        report["cpu_ms"] = {name: after[name] - before[name] for name in DAEMONS}
        return report

    def floor(self):
        pki = self.lab / "pki"
        cucm = os.environ["LAB_CUCM_HOST"]
        done = self.run(self.bin / "crypto-floor", "--rounds", self.options.rounds,
                        "--capf", pki / "capf.pem", pki / "capf.key", pki / "capf.pem", cucm,
                        "--ces", pki / "ces.pem", pki / "ces.key", pki / "ces-ca.pem", cucm,
                        "--iis", pki / "iis.pem", pki / "iis.key", pki / "root.pem", os.environ["LAB_CA_HOST"],
                        "--ca", pki / "ca.pem", pki / "ca.key")
        return json.loads(done.stdout)


def percentile(values, fraction):
    """Nearest rank."""
    ranked = sorted(values)
    return ranked[max(0, min(len(ranked) - 1, round(fraction * len(ranked) + 0.5) - 1))] if ranked else 0.0


def histogram(values, bins=24):
    """One line per latency range that holds something; a delay of the stack shows as a second hill."""
    if not values:
        return []
    width = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 10 ** 9)
                 if max(values) / step <= bins)
    counts = {}
    for value in values:
        counts[int(value // width)] = counts.get(int(value // width), 0) + 1
    scale = max(counts.values()) / 50
    lines = []
    for index in range(min(counts), max(counts) + 1):
        count = counts.get(index, 0)
        lines.append(f"{index * width:6d} - {(index + 1) * width:<6d} ms {count:5d} {'#' * round(count / max(scale, 1))}")
    return lines


def report_text(result, alone, loaded, floor):
    lines = [f"alone     {len(alone)} phones one after the other: p50 {percentile(alone, 0.5):.1f} ms, "
             f"p99 {percentile(alone, 0.99):.1f} ms",
             *("          " + line for line in histogram(alone)),
             f"together  {result['phones']} phones, {result['parallel']} at a time: {result['failed']} failed, "
             f"{result['enrolments_per_s']:.1f} enrolments/s, p50 {result['p50_ms']:.0f} ms, "
             f"p99 {result['p99_ms']:.0f} ms",
             *("          " + line for line in histogram(loaded)),
             "CPU       ms per enrolment"]
    lines += [f"          {name:8s} {result['cpu_ms_per_enrolment'][name]:7.2f}" for name in (*DAEMONS, "total")]
    lines.append("floor     ms of cryptography that one enrolment cannot avoid")
    lines += [f"          {floor[key]:8.3f}  {text}" for key, text in PIECES]
    lines.append(f"          {result['floor_cpu_ms']:8.3f}  together; the daemons spend {result['ratio']:.2f} times that")
    return lines


def arguments():
    parser = argparse.ArgumentParser(prog="./lab bench")
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--parallel", type=int, default=0)
    parser.add_argument("--profile", choices=("v3", "jabber", "7900"), default="v3")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--alone", type=int, default=20, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=200, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phones < 1 or options.parallel < 0:
        parser.error("--phones must be 1 or more, --parallel 0 (all) or more")
    return options


def main():
    options = arguments()
    bench = Bench(options)
    print(f"    {options.alone} phones one after the other, then {options.phones}; making their keys first", flush=True)
    # The name tells a run's phones from those of earlier runs: 12 hex digits follow, so nothing collides.
    prefix = f"SEPB{int(time.time()):X}"
    quiet = bench.fleet(prefix + "A", options.alone, 1)
    busy = bench.fleet(prefix + "B", options.phones, options.parallel)
    floor = bench.floor()
    done = busy["phones"] - busy["failed"]
    for failure in busy["failures"][:5] + quiet["failures"][:5]:
        print(f"    {failure['name']}: {failure['outcome']}: {failure['detail']}", file=sys.stderr)
    cpu = {name: busy["cpu_ms"][name] / max(done, 1) for name in DAEMONS}
    cpu["total"] = sum(cpu.values())
    alone = [phone["latency_ms"] for phone in quiet["latencies"]]
    loaded = [phone["latency_ms"] for phone in busy["latencies"]]
    result = {
        "phones": busy["phones"], "parallel": options.parallel or options.phones, "profile": options.profile,
        "failed": busy["failed"], "enrolments_per_s": busy["enrolments_per_s"],
        "p50_ms": percentile(loaded, 0.5), "p99_ms": percentile(loaded, 0.99),
        "alone_p50_ms": percentile(alone, 0.5), "alone_p99_ms": percentile(alone, 0.99),
        "cpu_ms_per_enrolment": cpu, "floor_cpu_ms": floor["total"],
        "floor": {key: floor[key] for key, _ in PIECES},
        "ratio": cpu["total"] / floor["total"],
    }
    print("\n".join("    " + line for line in report_text(result, alone, loaded, floor)))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"    written to {options.json}")
    return 1 if busy["failed"] or quiet["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
