# SPDX-License-Identifier: Apache-2.0
"""What programs say about themselves is true: their schemas and their own checks refuse and accept the same files."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
except ImportError:  # Debian's module belongs to Debian's Python, which need not be the first one on PATH
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", "-B", *sys.argv])

import lab_fixture

sys.path.insert(0, str(lab_fixture.SOURCE / "tools" / "lab"))
import make_config  # pylint: disable=wrong-import-position

DAEMONS = ("capfd", "cesd", "ca-simd")
PROGRAMS = (*DAEMONS, "phone-sim", "capfctl")


def run(*command, **environment):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, **environment})


def shipped_schema(daemon):
    return json.loads((lab_fixture.SOURCE / "config" / "schema" / f"{daemon}.schema.json").read_text(encoding="utf-8"))


def shipped_config(daemon):
    return make_config.load(lab_fixture.SOURCE / "config" / f"{daemon}.json")


def bad_values(node):
    """Values that `node` of a schema must refuse."""
    kind = node["type"]
    if "enum" in node:
        return ["no such choice", 17]
    if kind in ("integer", "number"):
        return [node["minimum"] - 1, node["maximum"] + 1, str(node["minimum"]), *([1.5] if kind == "integer" else [])]
    if kind == "string":
        return [7, "a\u0001b", *([""] if node.get("minLength") else [])]
    if kind == "array":
        return ["x", [7]]
    if kind == "object":
        return ["x", {"unknown key": 7}]
    return ["true", None]


def good_values(node):
    """Values at the edge of what `node` must accept."""
    if "enum" in node:
        return node["enum"]
    if node["type"] in ("integer", "number"):
        return [node["minimum"], node["maximum"]]
    return [True, False] if node["type"] == "boolean" else []


class Place:
    """One key that the schema knows, in a document."""

    def __init__(self, parent, key, node, required, pointer):
        self.parent, self.key, self.node, self.required, self.pointer = parent, key, node, required, pointer
        self.group = "properties" in node or "properties" in node.get("items", {})
        self.secret = node.get("x-environment", "").replace("<NAME>", "CISCORA")

    def put(self, value):
        self.parent[self.key] = value


# Elements of lists that ship empty, and objects that do not ship; the name is the one that Place puts for <NAME>.
ELEMENTS = {"client": {"certificate": "pki/ra.pem", "private_key": "private/ra"},
            "cmc": {"certificate": "pki/agent.pem", "private_key": "private/agent"},
            "credentials": {"user": "LAB\\ra", "password_file": "private/password"},
            "mapping": {"name": "ciscora", "account": "{cn}"}, "extensions": {"oid": "2.5.29.37", "value": "MAA="},
            "labels": {"name": "ciscora"}, "listeners": {"name": "ciscora", "port": 18085},
            "standby_cas": {"name": "ciscora", "host": "lab-dc2.example.test", "trust_directory": "pki/capf-trust"}}


def places(schema, document, pointer=""):
    for key, node in schema["properties"].items():
        if key == "$schema":
            continue
        yield Place(document, key, node, key in schema.get("required", []), f"{pointer}/{key}")
        if "properties" in node:
            yield from places(node, document.setdefault(key, dict(ELEMENTS.get(key, {}))), f"{pointer}/{key}")
        elif "properties" in node.get("items", {}):
            elements = document.setdefault(key, [])
            if not elements:
                elements.append(dict(ELEMENTS[key]))
            yield from places(node["items"], elements[0], f"{pointer}/{key}/0")


def document_and_places(daemon):
    document = shipped_config(daemon)
    for template in document.get("templates", []):
        template["enroll"] = []  # else a template would need the accounts that are taken away
    if "faults" in document:
        document["faults"] = [{"name": "delay"}]  # what ships has none
    return document, list(places(shipped_schema(daemon), document))


def pointers_of(error):
    """Where jsonschema finds fault: for a key too many or too few the key, not the object around it."""
    base = "".join(f"/{part}" for part in error.absolute_path)
    if error.validator == "required":
        return [f"{base}/{key}" for key in error.validator_value if key not in error.instance]
    if error.validator == "additionalProperties" and error.validator_value is False:
        return [f"{base}/{key}" for key in error.instance if key not in error.schema["properties"]]
    return [base]


class Schemas(unittest.TestCase):
    """Each document is judged twice: by jsonschema and by the daemon."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.validators = {}
        for daemon in DAEMONS:
            jsonschema.Draft7Validator.check_schema(shipped_schema(daemon))
            cls.validators[daemon] = jsonschema.Draft7Validator(shipped_schema(daemon))

    def refused_by_program(self, daemon, document, **environment):
        path = self.root / f"{daemon}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        done = run(lab_fixture.BIN / daemon, "--config", path, "--check-config", **environment)
        pointers = re.findall(rf"{re.escape(str(path))}: (/[^:]*): ", done.stderr)
        self.assertEqual(3 if pointers else 0, done.returncode, done.stderr)
        return pointers

    def judge(self, daemon, document, wrong, **environment):
        """Both find fault with the keys of `wrong`, or with something in them, and with nothing else."""
        errors = self.validators[daemon].iter_errors(document)
        by_schema = {pointer for error in errors for pointer in pointers_of(error)}
        by_program = self.refused_by_program(daemon, document, **environment)
        for who, found in (("the schema", by_schema), (daemon, by_program)):
            keys = {next((key for key in wrong if f"{pointer}/".startswith(f"{key}/")), pointer) for pointer in found}
            self.assertEqual(sorted(wrong), sorted(keys), f"{who} finds fault with {sorted(found)}")

    def test_shipped_and_lab_files(self):
        names = dict(LAB_CAPF_PORT="1", LAB_CES_PORT="2", LAB_CA_PORT="3", LAB_CA_HTTP_PORT="4", LAB_CA_HOST="ca.test",
                     LAB_CUCM_HOST="ces.test", LAB_DOMAIN="test", LAB_NETBIOS="T", LAB_ACCOUNT="ra", LAB_TEMPLATE="RA")
        tools, config = lab_fixture.SOURCE / "tools" / "lab", lab_fixture.SOURCE / "config"
        for daemon in DAEMONS:
            self.judge(daemon, shipped_config(daemon), [])
            made = self.root / "lab.json"
            done = run(sys.executable, tools / "make_config.py", config / f"{daemon}.json",
                       config / "lab" / f"{daemon}.json", made, **names)
            self.assertEqual(0, done.returncode, done.stderr)
            self.judge(daemon, make_config.load(made), [])

    def test_what_setup_writes(self):
        root = self.root / "setup"
        done = run(lab_fixture.SOURCE / "setup" / "opencapf-setup", "simulator", "--root", root, "--no-start")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        for daemon in DAEMONS:
            overlay = make_config.load(root / f"{daemon}.d" / "10-setup.json")
            self.judge(daemon, make_config.merge(shipped_config(daemon), overlay, ""), [])

    def test_values_at_the_edge(self):
        for daemon in DAEMONS:
            rounds = max(len(good_values(place.node)) for place in document_and_places(daemon)[1])
            for number in range(rounds):
                document, keys = document_and_places(daemon)
                for place in keys:
                    # Not every fault can show in every phase, nor every log-in at each type of CA: that is more than a
                    # schema can say.
                    depends = place.pointer in ("/faults/0/phase", "/ca/type", "/ca/auth", "/standby_cas/0/type",
                                                "/standby_cas/0/auth", "/est/crl/check")
                    if (values := good_values(place.node)) and not depends:
                        place.put(values[min(number, len(values) - 1)])
                self.judge(daemon, document, [])

    def test_wrong_types_ranges_and_choices(self):
        for daemon in DAEMONS:
            rounds = max(len(bad_values(place.node)) for place in document_and_places(daemon)[1])
            for number in range(rounds):
                document, keys = document_and_places(daemon)
                wrong = [place for place in keys if not place.group and number < len(bad_values(place.node))]
                self.assertNotEqual([], wrong)
                for place in wrong:
                    place.put(bad_values(place.node)[number])
                self.judge(daemon, document, [place.pointer for place in wrong])

    def test_groups_that_are_none(self):
        for daemon in DAEMONS:
            for number, group in enumerate(document_and_places(daemon)[1]):
                if group.group:
                    document, keys = document_and_places(daemon)
                    keys[number].put("x")
                    self.judge(daemon, document, [group.pointer])

    def test_unknown_keys(self):
        for daemon in DAEMONS:
            document, keys = document_and_places(daemon)
            for place in keys:
                place.parent["no_such_key"] = 1
            self.judge(daemon, document, {place.pointer.rpartition("/")[0] + "/no_such_key" for place in keys})

    def test_keys_left_out(self):
        for daemon in DAEMONS:
            document, keys = document_and_places(daemon)
            for place in keys:
                if not place.required and not place.secret:
                    place.parent.pop(place.key, None)
            self.judge(daemon, document, [])
            for number, needed in enumerate(document_and_places(daemon)[1]):
                if needed.required:
                    document, keys = document_and_places(daemon)
                    del keys[number].parent[needed.key]
                    self.judge(daemon, document, [needed.pointer])

    def test_secrets_from_elsewhere(self):
        for daemon in DAEMONS:
            document, keys = document_and_places(daemon)
            secrets = [place for place in keys if place.secret]
            self.assertNotEqual([], secrets)
            for place in secrets:
                place.parent.pop(place.key, None)
            self.judge(daemon, document, [], **{place.secret: "secret" for place in secrets})
            # Whether a secret is missing altogether only the program can know. The Online CA's is needed with that issuer
            # only, and AXL's when it is on.
            needed = {place.pointer for place in secrets} - {"/ca/parent_private_key", "/est/password_file",
                                                             "/est/client_key", "/axl/accounts", "/axl/private_key",
                                                             "/est/accounts_file"}
            self.assertEqual(needed, set(self.refused_by_program(daemon, document)))


class Descriptions(unittest.TestCase):
    def test_help_shows_every_option_and_exit_code(self):
        for program in PROGRAMS:
            described = json.loads(run(lab_fixture.BIN / program, "--describe").stdout)
            self.assertEqual(program, described["program"])
            commands = [((), described)]
            while commands:
                path, command = commands.pop()
                shown = run(lab_fixture.BIN / program, *path, "--help").stdout
                self.assertNotIn("--describe", shown)
                for option in command["options"]:
                    self.assertIn(option.get("names", [option.get("positional")])[-1], shown, path)
                for code in described["exit_codes"]:
                    self.assertIn(f"  {code['code']}  {code['meaning']}", shown, path)
                commands += [((*path, child["name"]), child) for child in command["subcommands"]]

    def test_secrets_are_those_of_the_configuration(self):
        described = json.loads(run(lab_fixture.BIN / "capfd", "--describe").stdout)
        self.assertEqual({"CAPFD_TLS_PRIVATE_KEY": "tls.private_key", "CAPFD_EST_PASSWORD": "est.password_file",
                          "CAPFD_EST_CLIENT_KEY": "est.client_key", "CAPFD_AXL_ACCOUNTS": "axl.accounts",
                          "CAPFD_AXL_PRIVATE_KEY": "axl.private_key"},
                         {secret["environment"]: secret["key"] for secret in described["secrets"]})


class Generated(unittest.TestCase):
    """tools/docs/generate.py finds what is not up to date, and puts it right."""

    def generate(self, root, *arguments):
        return run(sys.executable, "-B", lab_fixture.SOURCE / "tools/docs/generate.py", lab_fixture.BIN, "--root", root,
                   *arguments)

    def test_stale_missing_and_foreign_files_are_named(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for part in ("setup", "tools"):
                (root / part).symlink_to(lab_fixture.SOURCE / part)
            self.assertEqual(0, self.generate(root).returncode)
            self.assertEqual("", self.generate(root, "--check").stderr)
            (root / "docs/man/capfd.8").write_text("old", encoding="utf-8")
            (root / "completion/capfctl.bash").unlink()
            (root / "config/schema/former.schema.json").write_text("{}", encoding="utf-8")
            done = self.generate(root, "--check")
            self.assertEqual(1, done.returncode)
            for name in ("docs/man/capfd.8", "completion/capfctl.bash", "config/schema/former.schema.json"):
                self.assertIn(f"{name} is not what the programs say about themselves: run ./lab docs", done.stderr)
            self.assertEqual(3, len(done.stderr.splitlines()))
            self.generate(root)
            self.assertEqual("", self.generate(root, "--check").stderr)

    def test_man_pages_are_well_formed(self):
        pages = sorted((lab_fixture.SOURCE / "docs" / "man").iterdir())
        self.assertEqual(9, len(pages))
        for page in pages:
            done = run("mandoc", "-T", "lint", "-W", "style", page)
            self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))


if __name__ == "__main__":
    unittest.main()
