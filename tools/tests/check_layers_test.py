# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import check_layers


class CheckLayers(unittest.TestCase):
    def check(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / name.replace("__", "/").replace("_hpp", ".hpp").replace("_cpp", ".cpp")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return check_layers.check(root)[1]

    def test_downwards_is_fine(self):
        self.assertEqual([], self.check(include__opencapf__base__a_hpp="#include <string>\n",
                                        include__opencapf__net__b_hpp='#include "opencapf/base/a.hpp"\n',
                                        src__ces__c_cpp='#include "opencapf/net/b.hpp"\n#include "d.hpp"\n',
                                        src__ces__d_hpp="\n"))

    def test_upwards_is_named_with_its_line(self):
        problems = self.check(include__opencapf__base__a_hpp='\n#include "opencapf/net/b.hpp"\n',
                              include__opencapf__net__b_hpp="\n")
        self.assertEqual(["include/opencapf/base/a.hpp:2: base must not include net (opencapf/net/b.hpp)"], problems)

    def test_daemons_never_meet(self):
        problems = self.check(src__capf__a_cpp='#include "ces/b.hpp"\n', src__ces__b_hpp="\n")
        self.assertEqual(["src/capf/a.cpp:1: capf must not include ces (ces/b.hpp)"], problems)

    def test_protocol_knows_no_sockets(self):
        problems = self.check(src__capf_protocol__a_cpp='#include "opencapf/net/b.hpp"\n',
                              include__opencapf__net__b_hpp="\n")
        self.assertEqual(1, len(problems))

    def test_firewall(self):
        self.assertEqual([], self.check(src__common__net__a_cpp="#include <boost/beast/http.hpp>\n"))
        self.assertEqual(1, len(self.check(src__ces__a_cpp="#include <boost/asio/ssl.hpp>\n")))

    def test_cycle(self):
        problems = self.check(src__ces__a_hpp='#include "b.hpp"\n', src__ces__b_hpp='#include "a.hpp"\n')
        self.assertEqual(["include cycle: src/ces/a.hpp -> src/ces/b.hpp -> src/ces/a.hpp"], problems)

    def test_unknown_folder(self):
        self.assertEqual(1, len(self.check(src__strange__a_cpp="\n")))


if __name__ == "__main__":
    unittest.main()
