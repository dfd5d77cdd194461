# SPDX-License-Identifier: Apache-2.0
"""The dissector names commands, elements and codes as the programs do."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LUA = (ROOT / "tools" / "wireshark" / "capf.lua").read_text(encoding="utf-8")
CODES = (ROOT / "include" / "opencapf" / "capf_protocol" / "codes.hpp").read_text(encoding="utf-8")


def of_lua(table):
    body = re.search(rf"^local {table} = {{(.*?)}}$", LUA, re.DOTALL | re.MULTILINE).group(1)
    return {int(number): name for number, name in re.findall(r'\[(\d+)\] = "([^"]+)"', body)}


def of_header(enumeration):
    body = re.search(rf"enum class {enumeration} : std::uint8_t {{(.*?)}};", CODES, re.DOTALL).group(1)
    return {int(number): name for name, number in re.findall(r"(\w+) = (\d+)", body)}


class Names(unittest.TestCase):
    def test_commands_and_elements(self):
        self.assertEqual({n: name.upper() for n, name in of_header("Command").items()}, of_lua("commands"))
        invented = {14: "REQUEST_INFO"}
        self.assertEqual({n: name.upper() for n, name in of_header("Tag").items()} | invented, of_lua("tags"))

    def test_codes(self):
        for enumeration, table in [("KeyType", "key_types"), ("Curve", "curves"), ("HashCode", "hashes"),
                                   ("CertificateType", "certificate_types"), ("Reason", "reasons")]:
            with self.subTest(table):
                def plain(name):
                    return re.sub(r"[^a-z0-9]", "", name.lower())
                self.assertEqual({n: plain(name) for n, name in of_header(enumeration).items()},
                                 {n: plain(name) for n, name in of_lua(table).items()})


if __name__ == "__main__":
    unittest.main()
