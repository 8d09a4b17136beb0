"""The programs of a drill: two daemons that share a store, senders, another program that uses the file, postbackctl."""
import hashlib
import http.client
import json
import os
import pathlib
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time

SECRET = "0123456789abcdef0123456789abcdef"
HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Scene:
    """Programs on one store in a folder of its own; `shim` records what they do to its files."""

    def __init__(self, build, folder, shim):
        self.bin, self.folder, self.shim = build / "bin", folder, shim
        self.state = folder / "state"
        self.state.mkdir()
        self.store, self.log = self.state / "postbacks.sqlite3", folder / "record"
        self.port = free_port()
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(SECRET)
        self.processes = {}
        self.lock = threading.Lock()
        self.acknowledged = {}  # receipt: (position in the record, SHA-256 of the body)
        self.registered = {}  # QueryId: position
        self.answers = {}

    def configuration(self, name, roles):
        file = self.folder / f"{name}.toml"
        file.write_text(f"""[store]
path = "{self.store}"
[process]
roles = {json.dumps(roles)}
[listen]
address = "127.0.0.1"
port = {self.port}
[admin]
socket = "{self.folder}/{name}.sock"
[[route]]
path = "/postback"
postbacksecret = ["file:{self.folder}/secret"]
[[handler]]
name = "lines"
kind = "file"
path = "{self.state}/out.jsonl"
""")
        return file

    def environment(self, fault=None):
        variables = dict(os.environ, LD_PRELOAD=str(self.shim), DRILL_DIR=f"{self.state}", DRILL_LOG=str(self.log))
        if fault:
            variables |= {"DRILL_FAULT": fault, "DRILL_HITS": str(self.folder / "hits")}
        return variables

    def hits(self):
        file = self.folder / "hits"
        return file.stat().st_size if file.exists() else 0

    def start(self, name, roles, fault=None, patience=60):
        """Returns once it is ready or has ended, or nothing in time."""
        output = (self.folder / f"{name}.log").open("a")
        process = subprocess.Popen([self.bin / "postbackd", "--config", self.configuration(name, roles)], stderr=output, env=self.environment(fault))
        self.processes[name] = process
        end = time.monotonic() + patience
        while process.poll() is None and not self.is_ready(name):
            if time.monotonic() > end:
                return None
            time.sleep(0.005)
        return process

    def said(self, name):
        return (self.folder / f"{name}.log").read_text()[-2000:]

    def is_ready(self, name):
        try:
            connection = http.client.HTTPConnection("localhost", timeout=5)
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(f"{self.folder}/{name}.sock")
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def end(self, name, signal):
        process = self.processes.pop(name, None)
        if process:
            process.send_signal(signal)
            return process.wait(60)

    def ctl(self, *arguments):
        return subprocess.run([self.bin / "postbackctl", "--config", self.configuration("ctl", ["keep"]), *map(str, arguments)], capture_output=True, text=True,
                              env=self.environment(), timeout=120)

    def position(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def post(self, connection, body):
        """Returns the status; notes a receipt."""
        connection.request("POST", "/postback", body, {"Postbacksecret": SECRET})
        answer = connection.getresponse()
        text = answer.read()
        with self.lock:
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
            if answer.status == 200:
                self.acknowledged[int(json.loads(text)["receipt"])] = (self.position(), hashlib.sha256(body).digest())
        return answer.status

    def send(self, stop, number, sizes):
        """Posts until `stop`; goes on after kills."""
        chance = random.Random(number)
        connection, count = None, 0
        while not stop.is_set():
            count += 1
            query_id = f"q-{number}-{count}-{chance.getrandbits(64):x}"
            body = json.dumps({"QueryId": query_id, "Result": [{"More": "x" * chance.choice(sizes)}]}).encode()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                self.post(connection, body)
            except (OSError, http.client.HTTPException, ValueError):
                connection = None
                time.sleep(0.01)

    def use_the_file(self, stop, number):
        """Another program: registers in transactions of all sizes, holds snapshots, empties the WAL."""
        script = "import sys; sys.path.insert(0, sys.argv[1]); import scene; scene.other_program(*sys.argv[2:])"
        said = self.folder / f"other-{number}"
        with said.open("w") as output:
            process = subprocess.Popen([sys.executable, "-c", script, str(HERE), str(self.store), str(self.log), str(number)], stdout=output,
                                       stderr=output, env=self.environment())
            stop.wait()
            process.terminate()
            process.wait()
        for line in said.read_text().splitlines():
            if line.startswith("registered "):
                _, query_id, position = line.split()
                self.registered[query_id] = int(position)
        return said.read_text()


def other_program(path, log, number):
    chance = random.Random(f"other-{number}")
    store = sqlite3.connect(path, isolation_level=None, timeout=30)
    store.execute("PRAGMA wal_autocheckpoint = 0")
    for count in range(1_000_000):
        kind = chance.choice(("few", "few", "few", "many", "snapshot", "truncate", "passive"))
        try:
            if kind in ("few", "many"):
                store.execute("BEGIN IMMEDIATE")
                query_id = ""
                for row in range(2 if kind == "few" else 2_000):
                    query_id = f"o-{number}-{count}-{row}-{chance.getrandbits(48):x}"
                    store.execute("INSERT INTO queries (query_id, label) VALUES (?, ?)", (query_id, "y" * 50))
                store.execute("COMMIT")
                print("registered", query_id, os.stat(log).st_size, flush=True)
            elif kind == "snapshot":
                store.execute("BEGIN")
                store.execute("SELECT count(*) FROM queries").fetchone()
                time.sleep(chance.random() / 2)
                store.execute("ROLLBACK")
            else:
                store.execute("PRAGMA wal_checkpoint(%s)" % kind).fetchone()
                print("checkpoint", kind, flush=True)
        except sqlite3.OperationalError as problem:
            if store.in_transaction:
                store.execute("ROLLBACK")
            print("problem", problem, flush=True)
        time.sleep(chance.random() / 20)
