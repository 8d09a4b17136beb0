"""Drives the real daemon and the simulator with examples/: three clients ask over TLS and follow the feed, while the daemon and the
followers are killed. Each must see each end of its own queries once, and nothing else. Three receivers get all results. (day.py does
what may happen besides.)
Usage: clients.py BUILD [QUERIES of each client] [KILLS]"""
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "examples"))
from postbackd import Postbackd, Problem, verify  # noqa: E402

SECRET = "whsec_c3ludGhldGljLXNlY3JldC1vZi1leGFtcGxlcw=="
CLIENTS = ("shop", "ledger", "risk")
ENDS = ("result", "recovered", "late", "failed", "lost", "closed")


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
    """With an API for CLIENTS on the next port."""

    def __init__(self, build, folder, simulator, port, hooks, tls=True):
        self.command = [build / "bin/postbackd", "--config", folder / "postbackd.toml"]
        self.log = folder / "log"
        secrets = {"access": "simulated-access-token", "id": "simulated-token-id", "secret": "0123456789abcdef", "signing": SECRET}
        for name, secret in {**secrets, **{name: f"token-of-{name}-0123456789" for name in CLIENTS}}.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(secret)
        handlers = "".join(f"""[[handler]]
name = "{name}"
kind = "http"
url = "{url}"
signing_secret = "file:{folder}/signing"
""" for name, url in hooks.items())
        certificate = f'tls = {{ certificate = "{folder}/cert.pem", private_key = "{folder}/key.pem" }}\n' if tls else ""
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
{handlers}[api]
socket = "{folder}/api.sock"
port = {port + 1}
{certificate}{clients}""")

    def start(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(self.command, stderr=log)
        wait_for(self.log.read_text, r"(event=started)", self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def tool(self, *arguments):
        subprocess.run([self.command[0].parent / "postbackctl", "--config", self.command[2], *arguments], check=True,
                       capture_output=True, timeout=120)


class Hook(http.server.BaseHTTPRequestHandler):
    """The endpoint of an http handler, which verifies each request."""
    requests = []

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the daemon was killed in the middle
            self.close_connection = True
            return
        fields = {name.lower(): value for name, value in self.headers.items()}
        good = verify(SECRET, fields, body) and not verify(SECRET, fields, body + b" ")
        self.requests.append((good, fields, body))
        self.send_response(200 if good else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Application:
    """Asks in a thread; a process of its own follows the feed."""

    def __init__(self, name, folder, port, queries):
        self.name, self.queries, self.file = name, queries, folder / f"{name}.ndjson"
        url, token = f"https://localhost:{port}", f"token-of-{name}-0123456789"
        self.client = Postbackd(url, token, folder / "cert.pem", patience=60)
        self.command = [sys.executable, SOURCE / "tests/examples/follower.py", url, token, folder / "cert.pem", self.file]
        self.ids, self.error = {}, None
        self.asker = threading.Thread(target=self.ask, daemon=True)

    def start(self):
        self.follow()
        self.asker.start()

    def follow(self):
        self.follower = subprocess.Popen(self.command)

    def kill(self):
        self.follower.kill()
        self.follower.wait()

    def ask(self):
        try:
            for i in range(self.queries):
                refused = ",simulate{ack=-102}" if i % 50 == 7 else ""
                query = self.client.ask("people", "basic_data", f"doc{{{i}}}{refused}", f"{self.name}-{i}", metadata={"n": i, "of": self.name})
                self.ids[query["id"]] = i
        except Exception as error:  # the main thread reports it
            self.error = error

    def events(self):
        text = self.file.read_text() if self.file.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def ends(self):
        """Returns the kinds of the ends by id and seq."""
        ends = {}
        for event in self.events():
            assert event["metadata"]["of"] == self.name, f"{self.name} saw an event of another: {event}"
            if event["event"] in ENDS:
                ends.setdefault(event["id"], {})[event["seq"]] = event["event"]
        return ends

    def check(self, patience):
        self.asker.join(patience)
        end = time.monotonic() + patience
        while len(self.ends()) < self.queries and time.monotonic() < end and not self.error:
            time.sleep(0.2)
        self.kill()
        if self.error:
            raise self.error
        ends = self.ends()
        assert set(ends) == set(self.ids), f"{self.name}: {len(self.ids)} asked, {len(ends)} ended"
        several = {id: each for id, each in ends.items() if len(each) != 1}
        assert not several, f"{self.name}: not one end: {several}"
        for id, each in ends.items():  # a query that a kill kept from being sent is lost
            end = next(iter(each.values()))
            assert end in ("lost", "failed" if self.ids[id] % 50 == 7 else "result", "recovered"), f"{self.ids[id]}: {end}"
        some = next(id for id, each in ends.items() if "result" in each.values())
        assert self.client.result(some)["QueryId"], some
        try:
            self.client.result(next(id for id, each in ends.items() if "failed" in each.values()))
            raise AssertionError("a failed query has a result")
        except Problem as problem:
            assert problem.status == 410, problem


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out",
                    folder / "cert.pem"], check=True, capture_output=True)
    (folder / "key.pem").chmod(0o600)


def start_receivers(stack, folder):
    """Starts the receivers of examples/; returns their URLs by the names of their handlers."""
    ports = {"fastapi": free_port(), "express": free_port()}
    environment = {**os.environ, "SIGNING_SECRET": SECRET, "NODE_PATH": "/usr/share/nodejs"}
    commands = {"fastapi": ["/usr/bin/python3", "-m", "uvicorn", "fastapi_receiver:app", "--port", str(ports["fastapi"]), "--no-access-log"],
                "express": ["node", "express_receiver.mjs"]}
    for name, command in commands.items():
        with open(folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(command, cwd=SOURCE / "examples", stdout=log, stderr=log,
                                       env={**environment, "PORT": str(ports[name]), "PYTHONDONTWRITEBYTECODE": "1"})
        stack.callback(lambda process=process: (process.kill(), process.wait()))
        wait_for((folder / f"{name}.log").read_text, r"(listening on|running on)", process)
    return {name: f"http://127.0.0.1:{port}/hook" for name, port in ports.items()}


def check_receivers(folder, urls):
    """Each has taken all deliveries, and takes nothing from strangers."""
    store = sqlite3.connect(f"file:{folder}/store.sqlite3?mode=ro", uri=True)
    count = "SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'dead'), count(*) FROM v_deliveries WHERE handler = ?"
    for name, url in urls.items():
        for _ in range(600):
            done, dead, all = store.execute(count, [name]).fetchone()
            if done == all:
                break
            time.sleep(0.1)
        assert done == all > 0 and dead == 0, f"{name}: {done} done, {dead} dead of {all}"
        fields = {"webhook-id": "x", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA", "Content-Type": "application/json"}
        try:
            urllib.request.urlopen(urllib.request.Request(url, b"{}", fields), timeout=10)
            raise AssertionError(f"{name} takes a forged request")
        except urllib.error.HTTPError as error:
            assert error.code == 403, f"{name}: {error.code}"


def main():
    build, queries, kills = pathlib.Path(sys.argv[1]), int((sys.argv + [0, 0, 100])[2] or 100), int((sys.argv[3:] or [3])[0])
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        make_certificate(folder)
        with open(folder / "simulator", "w") as output:
            simulator = subprocess.Popen([build / "bin/platform-simulator", "--port", "0"], stdout=output, stderr=output)
        stack.callback(lambda: (simulator.terminate(), simulator.wait()))
        url = wait_for((folder / "simulator").read_text, r"listening on (\S+)", simulator)
        hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        stack.callback(hook.shutdown)
        receivers = start_receivers(stack, folder)
        port = free_ports()
        daemon = Daemon(build, folder, url, port, {"hook": f"http://127.0.0.1:{hook.server_address[1]}/", **receivers})
        daemon.start()
        stack.callback(lambda: (daemon.process.send_signal(signal.SIGTERM), daemon.process.wait()))
        applications = [Application(name, folder, port + 1, queries) for name in CLIENTS]
        started = time.monotonic()
        for application in applications:
            application.start()
            stack.callback(application.kill)
        for kill in range(kills):
            goal = queries * len(CLIENTS) * (kill + 1) / (kills + 2)
            while sum(len(one.ends()) for one in applications) < goal and time.monotonic() - started < 600:
                time.sleep(0.1)
            for one in (daemon, *applications):
                one.kill()
            daemon.start()
            for one in applications:
                one.follow()
        for application in applications:
            application.check(300)
        print(f"{queries * len(CLIENTS)} queries, {kills} kills, {time.monotonic() - started:.1f} s: each end once")
        check_hooks()
        check_receivers(folder, receivers)
        check_others(folder, port + 1)


def check_hooks():
    assert Hook.requests and all(good for good, _, _ in Hook.requests), "an http handler's signature does not hold"
    assert all("postback-id" in fields and json.loads(fields["postback-metadata"])["of"] in CLIENTS for _, fields, _ in Hook.requests)


def check_others(folder, port):
    """The clients in other languages."""
    _, fields, body = Hook.requests[-1]
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": str(folder / "cert.pem")}
    given = json.dumps({"secret": SECRET, "fields": fields, "body": body.decode()})
    arguments = [f"https://localhost:{port}", f"token-of-{CLIENTS[0]}-0123456789", folder / "cert.pem"]
    for client in (["node", SOURCE / "tests/examples/node_client.mjs"], ["php", SOURCE / "tests/examples/php_client.php"]):
        subprocess.run([*client, *arguments], env=environment, input=given, text=True, check=True, timeout=60)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def free_ports():
    """Two ports, one after the other."""
    for _ in range(100):
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError, OverflowError):
                two.bind(("127.0.0.1", one.getsockname()[1] + 1))
                return one.getsockname()[1]
    raise RuntimeError("no two ports are free")


if __name__ == "__main__":
    main()
