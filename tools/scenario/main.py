#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every failure on demand: each scenario starts a private lab with one mistake in it, lets a phone try, and shows what
phone, device and logs say. Used by ./lab scenario.

  list [--json]                 names and titles
  run NAME... | run all         exit status 1 when a scenario does not show what it should
      --jobs N                  this many at a time (4)
      --keep DIR                keep each lab's logs in DIR/NAME, e.g. for capfctl doctor --logs DIR/NAME
      --quick                   with all: leave out what takes longer than half a minute
      --quiet                   one line for each scenario
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import textwrap
import time

import healthy  # noqa: F401 pylint: disable=unused-import
import towards_the_ca  # noqa: F401 pylint: disable=unused-import
import towards_ces  # noqa: F401 pylint: disable=unused-import
import at_the_phone  # noqa: F401 pylint: disable=unused-import
from engine import SCENARIOS, Lab, Run, ScenarioFailed


def report(run, seconds, problem):
    """The scenario as a text for people."""
    lines = [f"==> {run.scenario.name}: {run.scenario.title}", ""]
    for paragraph in run.scenario.story.split("\n\n"):
        lines += textwrap.wrap(paragraph, 100, initial_indent="    ", subsequent_indent="    ") + [""]
    for heading, shown in run.shown:
        lines += [f"--> {heading}"] + [f"    {line}" for line in shown] + [""]
    lines += [f"--> more: docs/troubleshooting/{run.scenario.name}.md ({seconds:.0f} s)", ""]
    if problem:
        lines += [f"FAILED: {problem}", ""]
    return "\n".join(lines)


def keep_logs(run, keep):
    target = pathlib.Path(keep) / run.scenario.name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(run.lab.dir / "log", target)


def play(name, keep):
    run = Run(SCENARIOS[name])
    started = time.monotonic()
    problem = None
    try:
        run.start()
        run.scenario.provoke(run)
        run.shows_all()
    except (ScenarioFailed, AssertionError) as error:
        problem = f"{error}\n{run.lab.last_words()}"
    finally:
        try:
            if keep and (run.lab.dir / "log").is_dir():
                keep_logs(run, keep)
        finally:
            run.lab.close()
    seconds = time.monotonic() - started
    return name, problem, seconds, report(run, seconds, problem)


@contextlib.contextmanager
def shared_certificates():
    """The labs of one run begin with the same certificates, for making them takes longer than most scenarios."""
    if "OPENCAPF_PKI_CACHE" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="ocapf-pki-") as cache:
        os.environ["OPENCAPF_PKI_CACHE"] = cache
        with contextlib.closing(Lab()) as first:
            first.up()
        yield


def run_all(names, options):
    failed = []
    names = sorted(names, key=lambda name: not SCENARIOS[name].minutes)  # the longest first: the others fit beside it
    with shared_certificates(), concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(play, name, options.keep) for name in names]):
            name, problem, seconds, text = done.result()
            if problem:
                failed.append(name)
            if options.quiet and not problem:
                text = f"{name:<28} as expected, {seconds:.0f} s"
            print(text, flush=True)
    if len(names) > 1:
        print(f"{len(names) - len(failed)} of {len(names)} scenarios showed what they should")
    if failed:
        print("failed: " + " ".join(sorted(failed)), file=sys.stderr)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(prog="lab scenario", description=__doc__.partition("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="names and titles")
    listing.add_argument("--json", action="store_true", help="for scripts")
    running = commands.add_parser("run", help="play scenarios")
    running.add_argument("names", nargs="+", metavar="NAME", help="names from the list, or all")
    running.add_argument("--jobs", type=int, default=4, help="scenarios at a time (4)")
    running.add_argument("--keep", metavar="DIR", help="keep each scenario's logs in DIR/NAME")
    running.add_argument("--quick", action="store_true", help="with all: leave out what takes longer than half a minute")
    running.add_argument("--quiet", action="store_true", help="one line for each scenario that went as expected")
    options = parser.parse_args()
    if options.command == "list":
        if options.json:
            print(json.dumps([{"name": s.name, "title": s.title, "story": s.story, "row": s.row, "cause": s.cause, "minutes": s.minutes} for s in SCENARIOS.values()]))
        else:
            for one in SCENARIOS.values():
                print(f"{one.name:<28} {one.title}")
        return 0
    if options.names == ["all"]:
        names = [one.name for one in SCENARIOS.values() if not (options.quick and one.minutes)]
    else:
        names = list(dict.fromkeys(options.names))
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {', '.join(unknown)}; see: lab scenario list")
    if options.keep:
        try:
            pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            parser.error(f"--keep: {error}")
    if options.jobs < 1:
        parser.error("--jobs takes 1 or more")
    return run_all(names, options)


if __name__ == "__main__":
    sys.exit(main())
