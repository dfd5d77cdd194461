# SPDX-License-Identifier: Apache-2.0
"""AXL as a script from outside speaks it: HTTPS, Basic, SOAP 1.1; the renewal loop of the published script."""
import base64
import http.client
import json
import re
import ssl
import time
import unittest
import xml.etree.ElementTree as xml

import lab_fixture
from lab_fixture import BIN

PHONES = ("SEP0AF100000001", "SEP0AF100000002")
ENVELOPE = ('<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:ns="http://www.cisco.com/AXL/API/14.0"><soapenv:Header/><soapenv:Body>{}</soapenv:Body>'
            '</soapenv:Envelope>')


def local(element):
    return element.tag.rpartition("}")[2]


class Script:
    """One connection, kept alive, as requests.Session has it."""

    def __init__(self, port, trust, user="alice", password="sesame"):
        context = ssl.create_default_context(cafile=trust)
        context.check_hostname = False
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
        self.headers = {"Content-Type": "text/xml"}
        if user is not None:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["Authorization"] = "Basic " + token

    def post(self, body, path="/axl/", method="POST"):
        self.connection.request(method, path, body.encode(), self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def call(self, operation, content):
        """The elements of <return>, or the code and text of the fault."""
        body = ENVELOPE.format(f"<ns:{operation}>{content}</ns:{operation}>")
        status, _, text = self.post(body)
        content = xml.fromstring(text)[0][0]
        if status == 200:
            assert local(content) == operation + "Response", text
            return content[0]
        return int(content.find(".//axlcode").text), content.find("faultstring").text


class Axl(lab_fixture.LabCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lab = cls.lab
        line = lab.run(BIN / "capfctl", "axl", "hash", "alice", input="sesame\n").stdout
        lab.secret_file("axl-accounts", line.strip())
        (cls.port,) = lab_fixture.free_ports(1)
        (lab.dir / "etc" / "capfd.d").mkdir(exist_ok=True)
        (lab.dir / "etc" / "capfd.d" / "axl.json").write_text(json.dumps({"axl": {
            "enabled": True, "listen": {"port": cls.port}, "accounts": "../secrets/axl-accounts"}}), encoding="utf-8")
        lab.kill("capfd")
        lab.up()
        lab.enrol(PHONES[0])
        lab.add(PHONES[1])

    def script(self, **options):
        made = Script(self.port, self.lab.dir / "pki" / "capf.pem", **options)
        self.addCleanup(made.connection.close)
        return made

    def test_a_renewal_script_arms_what_expires(self):
        script = self.script()
        rows = script.call("executeSQLQuery", "<sql>select name, lscvaliduntil, pkid from device "
                                              "where lscvaliduntil &gt; 0</sql>")
        found = [{local(cell): cell.text for cell in row} for row in rows]
        self.assertEqual([PHONES[0]], [row["name"] for row in found])
        self.assertGreater(int(found[0]["lscvaliduntil"]), time.time())
        before = self.serial(PHONES[0])
        finish = time.strftime("%Y:%m:%d:%H:%M", time.localtime(time.time() + 86400))
        updated = script.call("executeSQLUpdate",
                              "<sql>update device set tkcertificateoperation=2, tkcertificatestatus=2, "
                              f"upgradefinishtime='{finish}' where pkid='{found[0]['pkid']}'</sql>")
        self.assertEqual("1", updated.find("rowsUpdated").text)
        self.assertEqual((2, 2, finish), self.state(PHONES[0]))
        applied = script.call("applyPhone", f"<name>{PHONES[0]}</name>")
        self.assertEqual("{" + found[0]["pkid"].upper() + "}", applied.text)
        self.lab.phone(PHONES[0])
        self.assertEqual((1, 3), self.state(PHONES[0])[:2])
        self.assertNotEqual(before, self.serial(PHONES[0]))

    def state(self, name):
        device = self.lab.device(name)
        return device["operation"], device["status"], device["finish_by"]

    def serial(self, name):
        return self.lab.device(name)["lsc"]["serial"]

    def test_list_get_and_update(self):
        script = self.script()
        listed = script.call("listPhone", "<searchCriteria><name>sep0af1%</name></searchCriteria>"
                                          "<returnedTags><name/><certificateStatus/></returnedTags>")
        self.assertEqual(list(PHONES), [phone.find("name").text for phone in listed])
        self.assertEqual(["name", "certificateStatus"], [field.tag for field in listed[0]])
        uuid = listed[1].get("uuid")
        self.assertRegex(uuid, r"^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$")
        script.call("updatePhone", f"<uuid>{uuid}</uuid><certificateOperation>Install/Upgrade</certificateOperation>"
                                   "<authenticationMode>By Authentication String</authenticationMode>"
                                   "<authenticationString>47110815</authenticationString><keySize>3072</keySize>")
        phone = script.call("getPhone", f"<name>{PHONES[1]}</name>")[0]
        self.assertEqual(uuid, phone.get("uuid"))
        self.assertEqual({"certificateOperation": "Install/Upgrade", "certificateStatus": "Operation Pending",
                          "authenticationMode": "By Authentication String", "keySize": "3072",
                          "authenticationString": None},
                         {field.tag: field.text for field in phone if field.tag in (
                             "certificateOperation", "certificateStatus", "authenticationMode", "keySize",
                             "authenticationString")})
        self.lab.phone(PHONES[1], string="47110815")
        self.assertEqual((1, 3), self.state(PHONES[1])[:2])

    def test_faults_say_what_is_wrong(self):
        script = self.script()
        for operation, content, code, text in (
                ("getPhone", "<name>SEP9</name>", 5007, "The specified SEP9 was not found"),
                ("getPhone", "", 5003, "name or uuid is missing"),
                ("updatePhone", f"<name>{PHONES[0]}</name><description>x</description>", 5003, "description"),
                ("executeSQLQuery", "<sql>select * from enduser</sql>", -201, "A syntax error has occurred"),
                ("executeSQLQuery", "<sql>select authenticationstring from device</sql>", -201, "column"),
                ("addPhone", "", -1, "does not know addPhone")):
            found, message = script.call(operation, content)
            self.assertEqual(code, found, message)
            self.assertIn(text, message)

    def test_only_users_of_the_accounts_file_get_in(self):
        for options in ({"user": None}, {"password": "Sesame"}, {"user": "bob"}):
            status, headers, text = self.script(**options).post(ENVELOPE.format("<ns:getPhone/>"))
            self.assertEqual(401, status)
            self.assertTrue(headers["WWW-Authenticate"].startswith("Basic realm="))
            self.assertNotIn("Envelope", text)

    def test_hostile_requests(self):
        script = self.script()
        bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + ENVELOPE.format("<ns:getPhone>&b;</ns:getPhone>"
                                                                                    ).partition("?>")[2]
        status, _, text = script.post(bomb)
        self.assertEqual(500, status)
        self.assertIn("document type is not allowed", text)
        self.assertEqual(404, script.post("", path="/")[0])
        self.assertEqual(405, script.post("", method="GET")[0])
        self.assertEqual(413, script.post(ENVELOPE.format(" " * 100_000))[0])

    def test_hostile_xml_gets_a_fault_and_the_server_lives(self):
        script = self.script()
        deep = "<a>" * 9000
        for body in ("", "x", "<a/>", "\0", ENVELOPE.format(""), ENVELOPE.format("<ns:getPhone>" + deep),
                     ENVELOPE.format(f"<ns:getPhone><name>{deep}</name></ns:getPhone>"),
                     ENVELOPE.format("<ns:getPhone><name>&nobody;</name></ns:getPhone>"),
                     ENVELOPE.format("<ns:getPhone><name>&#0;&#xFFFFFFFF;</name></ns:getPhone>"),
                     ENVELOPE.format("<ns:getPhone/><ns:getPhone/>"), ENVELOPE.format("<getPhone><name>S</name></getPhone>"),
                     '<?xml version="1.0" encoding="UTF-7"?>' + ENVELOPE.partition("?>")[2].format("<ns:getPhone/>")):
            status, _, text = script.post(body)
            self.assertEqual(500, status, body[:80])
            self.assertIn(int(xml.fromstring(text).find(".//axlcode").text), (5003, 5007), text)
        code, message = script.call("getPhone", "<name>&lt;script&gt;&amp;&#13;&#10;x</name>")
        self.assertEqual(5007, code)
        self.assertIn("<script>&", message)
        self.assertNotIn("\n", message)

    def test_new_accounts_count_after_a_reload(self):
        lab = self.lab
        lines = (lab.dir / "secrets" / "axl-accounts").read_text(encoding="utf-8")
        line = lab.run(BIN / "capfctl", "axl", "hash", "carol", input="simsim\n").stdout
        before = self.script(user="carol", password="simsim")
        self.assertEqual(401, before.post(ENVELOPE.format("<ns:getPhone/>"))[0])
        lab.secret_file("axl-accounts", lines + line.strip())
        lab.capfctl("daemon", "reload", "capfd")
        self.assertEqual(500, before.post(ENVELOPE.format("<ns:getPhone/>"))[0])
        lab.secret_file("axl-accounts", lines + "carol:secret")
        self.assertNotEqual(0, lab.capfctl("daemon", "reload", "capfd", check=False).returncode)
        self.assertEqual(500, self.script().post(ENVELOPE.format("<ns:getPhone/>"))[0])
        lab.secret_file("axl-accounts", lines.strip())
        lab.capfctl("daemon", "reload", "capfd")
        self.assertEqual(401, before.post(ENVELOPE.format("<ns:getPhone/>"))[0], "an open connection proves itself anew")

    def test_nothing_secret_is_logged(self):
        log = (self.lab.dir / "log" / "capfd.stderr").read_text(encoding="utf-8")
        self.assertIsNone(re.search("sesame|47110815", log))


if __name__ == "__main__":
    unittest.main()
