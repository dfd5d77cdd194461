# SPDX-License-Identifier: Apache-2.0
"""Reads what a daemon shows under /metrics, and which metrics a PromQL expression uses."""
import re

SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)')
SELECTOR = re.compile(r'\b((?:capfd|cesd|ca_simd|opencapf|process)_\w+|up)\b(?:\s*\{([^}]*)\})?')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r'\b(?:by|without|on|ignoring)\s*\(([^)]*)\)')
HISTOGRAM_SERIES = ("_bucket", "_sum", "_count")


class Scrape:
    """One answer of /metrics."""

    def __init__(self, text):
        self.types = {}    # family -> counter, gauge or histogram
        self.values = {}   # (series name, frozenset of label pairs) -> value
        self.labels = {}   # family -> label -> set of values
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                self.types[name] = kind
                self.labels[name] = {}
            elif line and not line.startswith("#"):
                name, labels, value = SAMPLE.fullmatch(line).groups()
                pairs = LABEL.findall(labels or "")
                self.values[(name, frozenset(pairs))] = float(value)
                for key, content in pairs:
                    self.labels[self.family(name)].setdefault(key, set()).add(content)

    def family(self, name):
        """The family a series belongs to, or None."""
        for suffix in ("", *HISTOGRAM_SERIES):
            stem = name.removesuffix(suffix) if suffix else name
            if stem in self.types and (not suffix or self.types[stem] == "histogram"):
                return stem
        return None

    def value(self, name, **labels):
        return self.values[(name, frozenset(labels.items()))]

    def total(self, name, **labels):
        """Sum of all series that have these labels."""
        wanted = set(labels.items())
        return sum(value for (series, pairs), value in self.values.items() if series == name and wanted <= pairs)


def mistakes(expression, families):
    """What an expression names that no program has. `families`: family -> (type, label -> set of values)."""
    found = []
    used_labels = {"job", "instance"}
    for name, matchers in SELECTOR.findall(expression):
        if name == "up":
            continue
        family = name
        for suffix in HISTOGRAM_SERIES:
            stem = name.removesuffix(suffix)
            if stem != name and families.get(stem, ("",))[0] == "histogram":
                family = stem
        if family not in families:
            found.append(f"{name} does not exist")
            continue
        kind, labels = families[family]
        if kind == "histogram" and family == name:
            found.append(f"{name} is a histogram: use _bucket, _sum or _count")
        used_labels |= labels.keys()
        for label, operator, value in MATCHER.findall(matchers):
            if label in ("job", "instance", "le"):
                continue
            if label not in labels:
                found.append(f"{family} has no label {label}")
                continue
            for one in value.split("|") if "~" in operator else [value]:
                if one not in labels[label]:
                    found.append(f"{label} of {family} is never {one}")
    for group in GROUPING.findall(expression):
        found += [f"no metric here has a label {label}" for label in re.split(r"[\s,]+", group.strip())
                  if label and label not in used_labels]
    return found
