# SPDX-License-Identifier: Apache-2.0
"""A small EST server (RFC 7030) of Python and openssl: its clients are known by their TLS certificate, and by nothing
else. Answers one label only."""
import base64
import http.server
import ssl
import subprocess
import threading

LABEL = "phones"


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def make_pki(folder):
    """ca.{pem,key}, server.{pem,key} for localhost, and client.{pem,key} with their certificates from ca.pem."""
    folder.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=EST test CA", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
    (folder / "san").write_text("subjectAltName=DNS:localhost\n", encoding="ascii")
    for name in ("server", "client"):
        csr = openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", folder / f"{name}.key")
        openssl("x509", "-req", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "30",
                "-extfile", folder / "san", "-out", folder / f"{name}.pem", data=csr)
        (folder / f"{name}.key").chmod(0o600)


class EstServer:
    """`requests` collects "METHOD path subject-of-the-client authorization"; `pending` answers 202 so many times."""

    def __init__(self, pki):
        self.pki, self.requests, self.pending = pki, [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.note(self)
                self.answer(200, "application/pkcs7-mime", outer.bag(outer.pki / "ca.pem"))

            def do_POST(self):
                outer.note(self)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path not in (f"/.well-known/est/{LABEL}/simpleenroll", f"/.well-known/est/{LABEL}/simplereenroll"):
                    self.answer(404, "text/plain", b"no such label\n")
                elif outer.pending > 0:
                    outer.pending -= 1
                    self.answer(202, "text/plain", b"wait\n", retry="0")
                else:
                    self.answer(200, "application/pkcs7-mime; smime-type=certs-only", outer.enrol(body))

            def answer(self, status, kind, body, retry=None):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if retry is not None:
                    self.send_header("Retry-After", retry)
                self.end_headers()
                self.wfile.write(body)

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                outer.requests.append("failed")

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / "server.pem", pki / "server.key")
        context.load_verify_locations(pki / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def note(self, request):
        subject = dict(part[0] for part in request.connection.getpeercert()["subject"])
        self.requests.append(f"{request.command} {request.path} {subject['commonName']} "
                             f"{request.headers.get('Authorization', '-')}")

    def bag(self, certificate):
        der = openssl("crl2pkcs7", "-nocrl", "-certfile", certificate, "-outform", "DER")
        return base64.encodebytes(der)

    def enrol(self, body):
        csr = base64.b64decode(body)
        done = openssl("x509", "-req", "-inform", "DER", "-CA", self.pki / "ca.pem", "-CAkey", self.pki / "ca.key",
                       "-CAcreateserial", "-days", "20", data=csr)
        issued = self.pki / "issued.pem"
        issued.write_bytes(done)
        return self.bag(issued)

    def close(self):
        self.server.shutdown()
        self.thread.join(timeout=10)
        self.server.server_close()
