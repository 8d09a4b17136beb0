"""A receiver of Standard Webhooks for tests, written from the specification (standardwebhooks.com, 1.0.0).

  webhook_receiver.py PORT_FILE LEDGER SECRET
The path says what it does: /200 /204 /301 /400 /401 /404 /408 /410 /425 /429 /500 /503, /after (429 with Retry-After: 7), /after-date (the same as
a date), /long (200 and a megabyte), /slow, /reset.
Each request becomes a line of JSON in the ledger; `verified` says whether its signature holds."""
import base64
import email.utils
import hashlib
import hmac
import http.server
import json
import socket
import struct
import sys
import time

port_file, ledger, secret = sys.argv[1:]
key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()


def verified(headers, body):
    """Symmetric signatures, and a timestamp within five minutes."""
    identifier, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    expected = hmac.new(key, identifier.encode() + b"." + timestamp.encode() + b"." + body, hashlib.sha256).digest()
    signatures = [part.split(",", 1) for part in headers.get("webhook-signature", "").split(" ")]
    return any(version == "v1" and hmac.compare_digest(base64.b64decode(given), expected) for version, given in signatures)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        line = {"path": self.path, "headers": headers, "verified": verified(headers, body), "bytes": len(body),
                "sha256": hashlib.sha256(body).hexdigest()}
        with open(ledger, "a") as file:
            file.write(json.dumps(line) + "\n")
        if self.path == "/slow":
            time.sleep(3)
        if self.path == "/reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        code = {"/after": 429, "/after-date": 429, "/slow": 200, "/long": 200}.get(self.path) or int(self.path[1:])
        self.send_response(code)
        if self.path == "/after":
            self.send_header("Retry-After", "7")
        if self.path == "/after-date":
            self.send_header("Retry-After", email.utils.formatdate(time.time() + 100, usegmt=True))
        if code == 301:
            self.send_header("Location", "/200")
        answer = b"" if code == 204 else b"as you say" * (100_000 if self.path == "/long" else 1)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_port))
__import__("os").rename(port_file + ".new", port_file)
server.serve_forever()
