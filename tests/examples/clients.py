"""Drives the real daemon and the simulator with examples/: three clients ask over TLS and follow the feed, while the daemon is
killed. Each must see each end of its own queries once, and nothing else.   Usage: clients.py BUILD [QUERIES] [KILLS]"""
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "examples"))
from postbackd import Postbackd, Problem, verify  # noqa: E402

SECRET = "whsec_c3ludGhldGljLXNlY3JldC1vZi1leGFtcGxlcw=="
CLIENTS = ("shop", "ledger", "risk")


def wait_for(text_of, pattern, process):
    for _ in range(600):
        found = re.search(pattern, text_of())
        if found:
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"no {pattern} in: {text_of()}")


class Daemon:
    def __init__(self, build, folder, simulator, port, hook):
        self.command = [build / "bin/postbackd", "--config", folder / "postbackd.toml"]
        self.log = folder / "log"
        secrets = {"access": "simulated-access-token", "id": "simulated-token-id", "secret": "0123456789abcdef", "signing": SECRET}
        for name, secret in {**secrets, **{name: f"token-of-{name}-0123456789" for name in CLIENTS}}.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(secret)
        clients = ""
        for name in CLIENTS:
            clients += f"""[[api.client]]
name = "{name}"
token = "file:{folder}/{name}"
scopes = ["submit", "register", "read"]
requests_per_second = 100000
"""
        (folder / "postbackd.toml").write_text(f"""[store]
path = "{folder}/store.sqlite3"
[listen]
address = "127.0.0.1"
port = {port}
public_url = "http://127.0.0.1:{port}"
[[route]]
path = "/postback"
postbacksecret = "file:{folder}/secret"
[queries]
deadline = "3s"
[platform]
base_url = "{simulator}"
access_token = "file:{folder}/access"
token_id = "file:{folder}/id"
rate = 100000.0
concurrency = 16
timeout = "5s"
retry = {{ first = "100ms", factor = 1.0, max = "100ms", attempts = 3 }}
[[handler]]
name = "hook"
kind = "http"
url = "http://127.0.0.1:{hook}/"
signing_secret = "file:{folder}/signing"
[api]
socket = "{folder}/api.sock"
port = {port + 1}
tls = {{ certificate = "{folder}/cert.pem", private_key = "{folder}/key.pem" }}
{clients}""")

    def start(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(self.command, stderr=log)
        wait_for(self.log.read_text, r"(event=started)", self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Hook(http.server.BaseHTTPRequestHandler):
    """The endpoint of an http handler, which verifies each request."""
    requests = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fields = {name.lower(): value for name, value in self.headers.items()}
        good = verify(SECRET, fields, body) and not verify(SECRET, fields, body + b" ")
        self.requests.append((good, fields, body))
        self.send_response(200 if good else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Application(threading.Thread):
    """Asks, and follows the feed until each of its queries has its end."""

    def __init__(self, name, folder, port, queries):
        super().__init__(daemon=True)
        self.name, self.queries = name, queries
        self.client = Postbackd(f"https://localhost:{port}", f"token-of-{name}-0123456789", folder / "cert.pem", patience=60)
        self.ids, self.ends, self.foreign, self.error = {}, {}, 0, None
        self.asker = threading.Thread(target=self.ask, daemon=True)

    def ask(self):
        for i in range(self.queries):
            refused = ",simulate{ack=-102}" if i % 50 == 7 else ""
            query = self.client.ask("people", "basic_data", f"doc{{{i}}}{refused}", f"{self.name}-{i}", metadata={"n": i, "of": self.name})
            self.ids[query["id"]] = i

    def run(self):
        try:
            self.asker.start()
            after, started = 0, time.monotonic()
            while len(self.ends) < self.queries and time.monotonic() - started < 240:
                for event in self.client.events(after):
                    after = event["seq"]
                    self.foreign += event["metadata"]["of"] != self.name
                    if event["event"] in ("result", "recovered", "late", "failed", "lost", "closed"):
                        self.ends.setdefault(event["id"], {})[event["seq"]] = event["event"]
                    if len(self.ends) >= self.queries:
                        break
            self.asker.join(60)
        except Exception as error:  # the main thread reports it
            self.error = error

    def check(self):
        if self.error:
            raise self.error
        assert not self.foreign, f"{self.name} saw {self.foreign} events of others"
        assert set(self.ends) == set(self.ids), f"{self.name}: {len(self.ids)} asked, {len(self.ends)} ended"
        several = {id: ends for id, ends in self.ends.items() if len(ends) != 1}
        assert not several, f"{self.name}: not one end: {several}"
        for id, ends in self.ends.items():  # a query that a kill kept from being sent is lost
            end = next(iter(ends.values()))
            assert end in ("lost", "failed" if self.ids[id] % 50 == 7 else "result", "recovered"), f"{self.ids[id]}: {end}"
        some = next(id for id, ends in self.ends.items() if "result" in ends.values())
        assert self.client.result(some)["QueryId"], some
        try:
            self.client.result(next(id for id, ends in self.ends.items() if "failed" in ends.values()))
            raise AssertionError("a failed query has a result")
        except Problem as problem:
            assert problem.status == 410, problem


def main():
    build, queries, kills = pathlib.Path(sys.argv[1]), int((sys.argv + [0, 0, 100])[2] or 100), int((sys.argv[3:] or [3])[0])
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out",
                        folder / "cert.pem"], check=True, capture_output=True)
        (folder / "key.pem").chmod(0o600)
        with open(folder / "simulator", "w") as output:
            simulator = subprocess.Popen([build / "bin/platform-simulator", "--port", "0"], stdout=output, stderr=output)
        stack.callback(lambda: (simulator.terminate(), simulator.wait()))
        url = wait_for((folder / "simulator").read_text, r"listening on (\S+)", simulator)
        hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        stack.callback(hook.shutdown)
        port = free_ports()
        daemon = Daemon(build, folder, url, port, hook.server_address[1])
        daemon.start()
        stack.callback(lambda: (daemon.process.send_signal(signal.SIGTERM), daemon.process.wait()))
        applications = [Application(name, folder, port + 1, queries) for name in CLIENTS]
        started = time.monotonic()
        for application in applications:
            application.start()
        for kill in range(kills):
            goal = queries * len(CLIENTS) * (kill + 1) / (kills + 2)
            while sum(len(one.ends) for one in applications) < goal and time.monotonic() - started < 600:
                time.sleep(0.02)
            daemon.kill()
            daemon.start()
        for application in applications:
            application.join(300)
            application.check()
        check_hooks()
        check_node(folder, port + 1)
        print(f"{queries * len(CLIENTS)} queries, {kills} kills, {time.monotonic() - started:.1f} s: each end once")


def check_hooks():
    assert Hook.requests and all(good for good, _, _ in Hook.requests), "an http handler's signature does not hold"
    assert all("postback-id" in fields and json.loads(fields["postback-metadata"])["of"] in CLIENTS for _, fields, _ in Hook.requests)


def check_node(folder, port):
    _, fields, body = Hook.requests[-1]
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": str(folder / "cert.pem")}
    given = json.dumps({"secret": SECRET, "fields": fields, "body": body.decode()})
    subprocess.run(["node", SOURCE / "tests/examples/node_client.mjs", f"https://localhost:{port}", f"token-of-{CLIENTS[0]}-0123456789"],
                   env=environment, input=given, text=True, check=True, timeout=60)


def free_ports():
    """Two ports, one after the other."""
    import socket
    for _ in range(100):
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError, OverflowError):
                two.bind(("127.0.0.1", one.getsockname()[1] + 1))
                return one.getsockname()[1]
    raise RuntimeError("no two ports are free")


if __name__ == "__main__":
    main()
