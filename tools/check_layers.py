#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that includes follow the layers: a library may include itself and the libraries below it.

The table is the rule; docs/architecture.md draws it. Besides the layers it checks two more things: Beast and Asio's TLS
stay behind the compile firewall of src/common (one such translation unit costs 25 s and 1.3 GB), and no chain of
includes bites its own tail. Run without arguments from anywhere; exit status 1 means a violation was printed.
"""
import pathlib
import re
import sys

COMMON = ["base", "x509", "config", "log", "cli", "net", "http", "storage", "metrics", "process"]
ALLOWED = {
    "base": [],
    "x509": ["base"],
    "config": ["base"],
    "log": ["base"],
    "cli": ["base"],
    "net": ["base", "x509", "config", "log"],
    "http": ["base", "x509", "config", "log", "net"],
    "storage": ["base", "x509", "config", "log", "net"],
    "metrics": ["base", "x509", "config", "log", "net", "http"],
    "process": ["base", "x509", "config", "log", "cli", "net", "http", "metrics"],
    "capf_protocol": ["base", "x509"],
    "est": COMMON,
    "capf": COMMON + ["capf_protocol", "est"],
    "ces": COMMON + ["est"],
    "ca_faults": [],
    "ca_sim": COMMON + ["ca_faults"],
    "phone_sim": COMMON + ["capf_protocol"],
    "diagnosis": ["base"],
    "capfctl": COMMON + ["capf_protocol", "ca_faults", "diagnosis"],
}
FIREWALLED = re.compile(r"<boost/(beast|asio/ssl)")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|(<[^>]+>))', re.MULTILINE)


def library_of(path):
    """Name of the library a path relative to the checkout belongs to, or None."""
    parts = path.parts
    if parts[:2] == ("include", "opencapf") and len(parts) > 3:
        return parts[2]
    if parts[:2] == ("src", "common") and len(parts) > 3:
        return parts[2]
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return None


def resolve(root, source, name):
    """File an #include "name" means, relative to the checkout, or None when it is not ours."""
    for base in (source.parent, pathlib.Path("include"), pathlib.Path("src")):
        candidate = base / name
        if (root / candidate).is_file():
            return pathlib.Path(*[p for p in candidate.parts if p != "."])
    return None


def cycles(graph):
    """Yields one path per include cycle found by depth-first search."""
    state = {}

    def visit(node, trail):
        state[node] = "open"
        for following in graph.get(node, ()):
            if state.get(following) == "open":
                yield trail[trail.index(following):] + [following]
            elif following not in state:
                yield from visit(following, trail + [following])
        state[node] = "done"

    for node in graph:
        if node not in state:
            yield from visit(node, [node])


def check(root):
    problems = []
    graph = {}
    files = [p for top in ("include", "src") for p in sorted((root / top).rglob("*.[ch]pp"))]
    for file in files:
        source = file.relative_to(root)
        library = library_of(source)
        if library not in ALLOWED:
            problems.append(f"{source}: belongs to no library of the table in tools/check_layers.py")
            continue
        text = file.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            where = f"{source}:{text.count(chr(10), 0, match.start()) + 1}"
            if match[2]:
                if FIREWALLED.match(match[2]) and source.parts[:2] != ("src", "common"):
                    problems.append(f"{where}: {match[2]} only inside src/common (compile firewall)")
                continue
            target = resolve(root, source, match[1])
            if target is None:
                problems.append(f"{where}: \"{match[1]}\" does not exist")
                continue
            graph.setdefault(source, []).append(target)
            other = library_of(target)
            if other != library and other not in ALLOWED[library]:
                problems.append(f"{where}: {library} must not include {other} ({match[1]})")
    for trail in cycles(graph):
        problems.append("include cycle: " + " -> ".join(str(node) for node in trail))
    return len(files), problems


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root if root.is_dir() else root.parent.parent
    count, problems = check(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_layers: {count} files, {len(problems)} violations")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
