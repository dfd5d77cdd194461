# SPDX-License-Identifier: Apache-2.0
"""A CAPF client and a CAPF server that share no line with OpenCAPF: written from the protocol reference alone, with the
habits of the public ones (elements in another order, frames read whole, the old LSC kept, reason 7 for every refusal)."""
import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile

AUTH_REQUEST, AUTH_RESPONSE, KEY_REQUEST, KEY_RESPONSE = 1, 2, 3, 4
STORE_REQUEST, STORE_RESPONSE, FETCH_REQUEST, FETCH_RESPONSE = 9, 10, 11, 12
DELETE_REQUEST, DELETE_RESPONSE, END, IN_PROGRESS = 13, 14, 15, 17
REASON, CERTIFICATE_TYPE, CERTIFICATE, VERSION, PUBLIC_KEY, KEY_SIZE, PASSWORD, NAME, KEY_TYPE = 1, 3, 4, 7, 9, 10, 11, 13, 17


def element(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def elements(body):
    found = {}
    while body:
        tag, length = struct.unpack(">BH", body[:3])
        found[tag] = body[3:3 + length]
        body = body[3 + length:]
    return found


def wrapped(der):
    """The two layers around a certificate."""
    item = b"\x00\x01" + der
    return element(CERTIFICATE, struct.pack(">BH", 1, len(item)) + item)


def unwrapped(value):
    return value[5:]


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


class Connection:
    """Frames over one TLS connection."""

    def __init__(self, stream):
        self.stream = stream
        self.session = 0

    def read(self):
        head = self._exactly(8)
        magic, command, self.session, length = struct.unpack(">BBIH", head)
        assert magic == 0x55, head
        return command, elements(self._exactly(length))

    def send(self, command, body=b""):
        self.stream.sendall(struct.pack(">BBIH", 0x55, command, self.session, len(body)) + body)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.stream.recv(count - len(data))
            if not part:
                raise EOFError("the connection ended in a frame")
            data += part
        return data

    def close(self):
        self.stream.close()


class Client(Connection):
    """A version 2 phone, as Jabber: version first, no password, no progress. Steps are methods, so that a test can stop
    between any two."""

    def __init__(self, port, name, key=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the public clients look at the certificate later, or not at all
        super().__init__(context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20)))
        self.name = name
        self.key = key or openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.certificate = None

    def authenticate(self):
        command, _ = self.read()
        assert command == AUTH_REQUEST, command
        self.send(AUTH_RESPONSE, element(VERSION, b"\x02") + element(NAME, self.name.encode() + b"\0") +
                  element(REASON, b"\x01"))
        return self.read()

    def give_key(self):
        self.send(KEY_RESPONSE, element(PUBLIC_KEY, openssl("pkey", "-pubout", "-outform", "DER", data=self.key)))

    def run(self):
        """The whole session; the commands it met, and the last reason."""
        command, body = self.authenticate()
        met = [command]
        while command != END:
            if command == KEY_REQUEST:
                assert set(body) == {KEY_SIZE}, body  # a version 2 phone knows no other element
                self.give_key()
            elif command == STORE_REQUEST:
                assert body[CERTIFICATE_TYPE] == b"\x01"
                self.certificate = unwrapped(body[CERTIFICATE])
                self.send(STORE_RESPONSE, element(REASON, b"\x01"))
            elif command == FETCH_REQUEST:
                found = self.certificate
                self.send(FETCH_RESPONSE, element(REASON, b"\x01" if found else b"\x07") + (wrapped(found) if found else b""))
            elif command == DELETE_REQUEST:
                found, self.certificate = self.certificate, None
                self.send(DELETE_RESPONSE, element(REASON, b"\x01" if found else b"\x07"))
            else:
                raise AssertionError(f"command {command} is not one a public client knows")
            command, body = self.read()
            met.append(command)
        self.close()
        return met, body[REASON][0]


class Server:
    """A CAPF-signed server with the habits of the public one: version 3, AUTH_TYPE 0 in front, END_SESSION 1, 0 or 7."""

    def __init__(self, password=""):
        self.home = tempfile.TemporaryDirectory(prefix="ocapf-foreign-", dir="/tmp")
        self.dir = pathlib.Path(self.home.name)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.dir / "capf.key", "-out",
                self.trust, "-subj", "/O=Example/CN=CAPF-foreign", "-days", "30")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.trust, self.dir / "capf.key")
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.listener.settimeout(30)
        self.port = self.listener.getsockname()[1]
        self.password = password.encode()
        self.sessions = 0
        self.fetched = None
        self.spki = None
        self.kill = None

    @property
    def trust(self):
        return self.dir / "capf.pem"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.home.cleanup()

    def issue(self, spki):
        (self.dir / "spki.der").write_bytes(spki)
        (self.dir / "dummy.key").write_bytes(openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"))
        openssl("req", "-new", "-key", self.dir / "dummy.key", "-subj", f"/CN={self.name}", "-out", self.dir / "csr.pem")
        (self.dir / "pub.pem").write_bytes(openssl("pkey", "-pubin", "-inform", "DER", "-in", self.dir / "spki.der",
                                                   "-pubout"))
        return openssl("x509", "-req", "-in", self.dir / "csr.pem", "-CA", self.trust, "-CAkey", self.dir / "capf.key",
                       "-force_pubkey", self.dir / "pub.pem", "-days", "30", "-outform", "DER")

    def serve(self, operation):
        """One session; what the phone answered last. "install-killed" calls `self.kill` when it has the key, and
        "deliver" sends the certificate for that key in a later session."""
        stream, _ = self.listener.accept()
        connection = Connection(stream)
        self.sessions += 1
        connection.session = self.sessions
        connection.send(AUTH_REQUEST, element(VERSION, b"\x03") + element(8, b"\x00"))
        command, body = connection.read()
        assert command == AUTH_RESPONSE and connection.session == self.sessions
        self.name = body[NAME].rstrip(b"\0").decode()
        self.version = body[VERSION][0]
        reason = self._operate(connection, operation) if body.get(PASSWORD, b"").rstrip(b"\0") == self.password else 7
        if reason is not None:
            connection.send(END, element(REASON, bytes([reason])))
        connection.close()
        return reason

    def _operate(self, connection, operation):
        if operation == "delete":
            connection.send(DELETE_REQUEST)
            return 1 if connection.read()[1][REASON] == b"\x01" else 7
        if operation == "fetch":
            connection.send(FETCH_REQUEST)
            body = connection.read()[1]
            self.fetched = unwrapped(body[CERTIFICATE]) if body[REASON] == b"\x01" else None
            return 0
        if operation == "deliver":
            return self._store(connection, self.spki)
        kind = element(KEY_TYPE, b"\x00") if self.version >= 3 else b""  # older phones know no tag above 16
        connection.send(KEY_REQUEST, element(KEY_SIZE, struct.pack(">H", 2048)) + kind)
        command, body = connection.read()
        if command == IN_PROGRESS:
            command, body = connection.read()
        assert command == KEY_RESPONSE, command
        self.spki = body[PUBLIC_KEY]
        if operation == "install-killed":
            self.kill()
            return None
        return self._store(connection, self.spki)

    def _store(self, connection, spki):
        connection.send(STORE_REQUEST, element(CERTIFICATE_TYPE, b"\x01") + wrapped(self.issue(spki)))
        return 1 if connection.read()[1][REASON] == b"\x01" else 7
