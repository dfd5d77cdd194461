# SPDX-License-Identifier: Apache-2.0
"""What Wireshark makes of CAPF with tools/wireshark/capf.lua: recorded frames, broken ones, and a live session whose
secrets the programs wrote. Skipped without tshark; the live part needs tcpdump and root as well."""
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

import lab_fixture

SCRIPT = lab_fixture.SOURCE / "tools" / "wireshark" / "capf.lua"
VECTORS = lab_fixture.SOURCE / "tests" / "data" / "capf"
PLAIN_PORT = 3805  # frames without TLS, as Decode As would show them
PHONE = "SEP020000000001"
needs_tshark = unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
may_capture = unittest.skipUnless(shutil.which("tcpdump") and os.geteuid() == 0, "capturing needs tcpdump and root")


def tshark(capture, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", str(capture), "-X", f"lua_script:{SCRIPT}", *map(str, arguments)],
                          capture_output=True, text=True, timeout=60, check=True)
    for stream in (done.stdout, done.stderr):
        if "Lua Error" in stream or "lua:" in stream:
            raise AssertionError(f"the dissector failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def write_capture(path, segments):
    """A capture of raw IP packets; each segment is (whether the server sent it, its bytes)."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    sequence = {True: 1, False: 1}
    for number, (server, data) in enumerate(segments):
        ports = (PLAIN_PORT, 40000) if server else (40000, PLAIN_PORT)
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence[server], sequence[not server], 0x50, 0x18, 65535, 0, 0) + data
        sequence[server] += len(data)
        addresses = (b"\x7f\0\0\1", b"\x7f\0\0\2") if server else (b"\x7f\0\0\2", b"\x7f\0\0\1")
        packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), number + 1, 0, 64, 6, 0, *addresses) + tcp
        out += struct.pack("<IIII", number, 0, len(packet), len(packet)) + packet
    path.write_bytes(out)


def vector(name):
    """A recorded frame and whether the server sent it."""
    text = (VECTORS / name).read_text(encoding="ascii")
    return "server to phone" in text, bytes.fromhex("".join(line for line in text.splitlines() if line[:1] != "#"))


class Recorded(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ocapf-wireshark-")
        self.addCleanup(folder.cleanup)
        self.capture = pathlib.Path(folder.name) / "capture.pcap"

    def decode(self, segments, *arguments):
        write_capture(self.capture, segments)
        return tshark(self.capture, "-d", f"tcp.port=={PLAIN_PORT},capf", *arguments)

    def summaries(self, segments):
        return self.decode(segments, "-T", "fields", "-e", "_ws.col.Info").splitlines()

    def trees(self, frames):
        """What is shown for each frame, given in hexadecimal."""
        shown = self.decode([(True, bytes.fromhex(frame.replace(" ", ""))) for frame in frames], "-V", "-O", "capf")
        return re.split(r"(?m)^Frame \d+: ", shown)[1:]

    @needs_tshark
    def test_a_recorded_installation(self):
        self.assertEqual(["AUTH_REQUEST", "AUTH_RESPONSE (success, SEP0123456789AC)", "KEY_GENERATE_REQUEST",
                          "REQUEST_IN_PROGRESS", "KEY_GENERATE_RESPONSE (EC P-256, 256 bits)",
                          "STORE_CERTIFICATE_REQUEST", "STORE_CERTIFICATE_RESPONSE (success)", "END_SESSION (success)"],
                         self.summaries([vector(f"v2.{number}.hex") for number in range(1, 9)]))

    @needs_tshark
    def test_key_and_certificate_go_to_their_dissectors(self):
        shown = self.decode([vector("v2.5.hex"), vector("v2.6.hex")], "-V")
        self.assertRegex(shown, r"Algorithm: EC P-256\n\s+Key size in bits: 256")
        self.assertIn("OID: 1.2.840.10045.3.1.7", shown)
        self.assertRegex(shown, r"(?s)subject: rdnSequence.*id-at-commonName=SEP0123456789AC")
        self.assertIn("algorithm (sha256WithRSAEncryption)", shown.replace("signature (", "algorithm ("))

    @needs_tshark
    def test_proof_by_an_existing_certificate(self):
        shown = self.decode([vector("v10.hex")], "-V", "-O", "capf")
        self.assertRegex(shown, r"SHA2_SIGNED_DATA \(20\), \d+ bytes")
        self.assertIn("Digest: SHA-512 (3)", shown)
        self.assertRegex(shown, r"SIGNED_DATA \(6\), \d+ bytes")
        self.assertNotIn("Malformed", shown)

    @needs_tshark
    def test_frames_split_over_segments_and_many_in_one(self):
        server, frame = vector("v2.6.hex")
        pieces = [(server, frame[at:at + 100]) for at in range(0, len(frame), 100)]
        infos = self.summaries([(server, frame[:3]), (server, frame[3:20]), (server, frame[20:])] + pieces)
        self.assertEqual(2, sum(info == "STORE_CERTIFICATE_REQUEST" for info in infos))
        phone = [vector("v2.4.hex"), vector("v2.5.hex")]
        self.assertEqual(["REQUEST_IN_PROGRESS; KEY_GENERATE_RESPONSE (EC P-256, 256 bits)"],
                         self.summaries([(False, b"".join(frame for _, frame in phone))]))

    @needs_tshark
    def test_malformed_frames_are_marked(self):
        rows = [
            ("55 02 00000042 0008 0d 0003 414243 07 00", "Bytes that are no element stand at the end"),
            ("55 02 00000042 0006 0d 0003 414243", "The text does not end with NUL"),
            ("55 01 00000042 0004 07 ffff 01", "The length goes beyond what is there"),
            ("55 01 00000042 0005 07 0002 0303", "This element has another length"),
            ("55 01 00000042 0003 07 0000", "This element has another length"),
            ("55 04 00000042 0007 09 0004 deadbeef", "This is no SubjectPublicKeyInfo"),
            ("55 04 00000042 0005 09 0002 3000", "This is no SubjectPublicKeyInfo"),
            ("55 63 00000042 0004 63 0001 00", "Unknown command"),
            ("55 0f 00000042 0004 63 0001 00", "Unknown element"),
            ("55 09 00000042 0008 04 0005 01 00ff 0001", "The length goes beyond what is there"),
            ("55 09 00000042 0008 04 0005 01 0002 0001", "This element has another length"),
            ("55 0f 00000042 0008 01 0001 01 01 0001 09", "The element is repeated"),
            ("474554202f20485454502f312e310d0a", "This is no CAPF frame"),
            ("55 0f 00000042 0004 01 0001 09", "Severity level: Note"),
            ("55 0f 00000042 0004 01 0001 01", "Reason: success (1)"),
        ]
        shown = self.trees([frame for frame, _ in rows])
        self.assertEqual(len(rows), len(shown))
        for (frame, mark), tree in zip(rows, shown):
            with self.subTest(frame):
                self.assertIn(mark, tree)
        self.assertNotIn("Expert", shown[-1])

    @needs_tshark
    def test_no_cut_or_flipped_byte_breaks_it(self):
        server, frame = vector("v2.5.hex")
        _, stored = vector("v2.6.hex")
        segments = []
        for at in range(8, len(frame)):
            body = frame[8:at]
            segments.append((server, frame[:6] + struct.pack(">H", len(body)) + body))
            segments.append((server, frame[:at] + bytes([frame[at] ^ 0xFF]) + frame[at + 1:]))
        for at in range(8, 300):
            segments.append((True, stored[:at] + bytes([stored[at] ^ 0xFF]) + stored[at + 1:]))
        self.assertEqual(len(segments), len(self.summaries(segments)))


class Session(lab_fixture.LabCase):
    """One phone against a lab whose daemons and phone write their secrets, seen from outside."""

    @classmethod
    @needs_tshark
    @may_capture
    def setUpClass(cls):
        super().setUpClass()
        lab = cls.lab
        cls.surprise = lab.dir / "surprise.log"
        lab.environment["SSLKEYLOGFILE"] = str(cls.surprise)
        for daemon in ("capfd", "cesd", "ca-simd"):
            folder = lab.dir / "etc" / f"{daemon}.d"
            folder.mkdir(exist_ok=True)
            if daemon != "ca-simd":
                (folder / "50-keys.json").write_text(json.dumps({"tls": {"lab_tls_key_log": f"../log/{daemon}.keys"}}),
                                                     encoding="utf-8")
            lab.kill(daemon, signal.SIGTERM)
        lab.up()
        lab.add(PHONE)
        lab.arm(PHONE)
        cls.capture = lab.dir / "capture.pcap"
        ports = f"port {lab.capf_port} or port {lab.ces_port} or port {lab.ca_port}"
        # By default the kernel keeps eight packets for tcpdump in this mode, and a busy machine drops the ninth.
        room = ["-B", "65536", "-s", "66000"]
        with subprocess.Popen(["tcpdump", "-i", "lo", "-U", "--immediate-mode", *room, "-Z", "root", "-w", cls.capture,
                               ports], stderr=subprocess.PIPE, text=True) as watcher:
            try:
                for line in watcher.stderr:
                    if "listening on" in line:
                        break
                (lab.dir / "phones" / PHONE).mkdir(parents=True, exist_ok=True)
                lab.run(*lab.phone_command(PHONE), "--tls-key-log", lab.dir / "phone.keys")
                lab_fixture.wait_until(lambda: "END_SESSION" in cls.decode("log/capfd.keys"), "END_SESSION in the capture")
            finally:
                watcher.send_signal(signal.SIGINT)

    @classmethod
    def decode(cls, keys, *arguments):
        lab = cls.lab
        options = ["-o", f"tls.keylog_file:{lab.dir / keys}", "-o", f"capf.ports:{lab.capf_port}"]
        for port in (lab.ces_port, lab.ca_port):
            options += ["-d", f"tcp.port=={port},tls", "-d", f"tls.port=={port},http"]
        return tshark(cls.capture, *options, *arguments)

    def commands(self, keys):
        # A command in the packet list, in the order of the session.
        return re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", self.decode(keys, "-Y", "capf", "-T", "fields", "-e", "_ws.col.Info"))

    def test_the_phones_session(self):
        expected = ["AUTH_REQUEST", "AUTH_RESPONSE", "KEY_GENERATE_REQUEST", "REQUEST_IN_PROGRESS", "KEY_GENERATE_RESPONSE",
                    "SIGN_CERTIFICATE_REQUEST", "SIGN_CERTIFICATE_RESPONSE", "STORE_CERTIFICATE_REQUEST",
                    "STORE_CERTIFICATE_RESPONSE", "END_SESSION"]
        for keys in ("log/capfd.keys", "phone.keys"):
            with self.subTest(keys):
                self.assertEqual(expected, self.commands(keys))
        shown = self.decode("phone.keys", "-Y", "capf", "-V", "-O", "capf,x509af")
        self.assertIn(f"Device name: {PHONE}", shown)
        self.assertIn("Algorithm: RSA", shown)
        self.assertIn("Key size in bits: 2048", shown)
        self.assertRegex(shown, rf"(?s)subject: rdnSequence.*id-at-commonName=CP-8865-{PHONE}")
        self.assertNotIn("Malformed", shown)

    def test_nothing_is_readable_without_the_secrets(self):
        (self.lab.dir / "empty.keys").touch()
        self.assertEqual([], self.commands("empty.keys"))

    def test_outgoing_connections_are_in_the_log_of_their_client(self):
        requests = ("-Y", "http.request", "-T", "fields", "-e", "http.request.uri")
        self.assertIn("/.well-known/est/simpleenroll", self.decode("log/capfd.keys", *requests))
        self.assertIn("/certsrv/certfnsh.asp", self.decode("log/cesd.keys", *requests))
        self.assertNotIn("/certsrv/certfnsh.asp", self.decode("log/capfd.keys", *requests))

    def test_the_files_are_private_and_the_daemon_says_that_it_writes(self):
        for keys in ("log/capfd.keys", "log/cesd.keys", "phone.keys"):
            self.assertEqual(0o600, (self.lab.dir / keys).stat().st_mode & 0o777, keys)
        for daemon in ("capfd", "cesd"):
            self.assertRegex((self.lab.dir / "log" / f"{daemon}.stderr").read_text(encoding="utf-8"),
                             rf"warning: LAB ONLY: the secrets of all TLS connections are written to .*/{daemon}.keys")
        self.assertNotIn("LAB ONLY", (self.lab.dir / "log" / "ca-simd.stderr").read_text(encoding="utf-8"))

    def test_the_environment_switches_nothing_on(self):
        """libcurl opens the file of SSLKEYLOGFILE by itself; no secret may get there."""
        if self.surprise.exists():
            self.assertEqual("", self.surprise.read_text(encoding="ascii"))

    def test_a_file_that_others_may_read_is_refused(self):
        loose = self.lab.dir / "loose.keys"
        loose.touch(mode=0o644)
        loose.chmod(0o644)
        done = self.lab.run(*self.lab.phone_command(PHONE), "--tls-key-log", loose, check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("that nobody else may touch", done.stderr)


if __name__ == "__main__":
    unittest.main()
