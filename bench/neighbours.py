"""One client of the API does its worst; what does another one feel, and the receiver?"""
import contextlib
import http.client
import multiprocessing
import socket
import sqlite3
import statistics
import threading
import time

import load
from measurements import Row, say
from servers import Postbackd, free_port

CONFIGURATION = """
[api]
port = {port}
[[api.client]]
name = "worst"
token = "file:{folder}/worst"
scopes = ["read", "register", "operate"]
[[api.client]]
name = "other"
token = "file:{folder}/other"
scopes = ["read", "register"]
requests_per_second = 1000
"""
TOKENS = {"worst": "worst-0123456789-abcdefghijk", "other": "other-0123456789-abcdefghijk"}
PER_SECOND = 2_000  # postbacks, at a steady pace
LARGE = 100 << 20
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {queries})
INSERT INTO queries (query_id, client, label, metadata)
SELECT 'w-' || i, 'worst', 'label ' || i, iif(i > {queries} - 1000, json_object('m', printf('%.*c', 4000, 'x')), NULL) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {events})
INSERT INTO queries (query_id, client, state, closed_at) SELECT 'o-' || i, 'other', 'closed', '2026-01-01T00:00:00.000Z' FROM n;
INSERT INTO events (kind, query_row, created_at) SELECT 'closed', id, created_at FROM queries WHERE client = 'other';
INSERT INTO queries (query_id, client) VALUES ('large', 'worst'), ('mine', 'other');
"""


def request(target, token, fields=""):
    return f"GET {target} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKENS[token]}\r\n{fields}\r\n".encode()


class Attack:
    """Each method does one thing, with a connection of its own, until its answer is a refusal or the patience is over."""

    def __init__(self, port):
        self.port, self.end = port, threading.Event()

    def open(self, target, fields=""):
        connection = socket.create_connection(("127.0.0.1", self.port), 10)
        connection.sendall(request(target, "worst", fields))
        return connection

    def gzip(self):
        with self.open("/v1/queries/large/result", "Accept-Encoding: gzip\r\n") as connection:
            connection.recv(65_536)  # and leaves

    def scan(self):
        with self.open("/v1/queries?api=nothing") as connection:
            connection.recv(4_096)

    def page(self):
        with self.open("/v1/queries?limit=1000") as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            self.end.wait(3)

    def slow(self):
        with self.open("/v1/queries/large/result") as connection:
            while not self.end.wait(0.2) and connection.recv(512):
                pass

    def feed(self):
        with self.open("/v1/events?after=0") as connection:
            connection.recv(65_536)

    def repeat(self, one):
        while not self.end.is_set():
            with contextlib.suppress(OSError):
                one()
            self.end.wait(0.05)


def attack(port, stop):
    self = Attack(port)
    kinds = [self.gzip] * 12 + [self.scan] * 10 + [self.page] * 60 + [self.slow] * 100 + [self.feed] * 20
    threads = [threading.Thread(target=self.repeat, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    stop.wait()
    self.end.set()
    for thread in threads:
        thread.join()


def ask(port, seconds):
    """How long a GET of a query takes, in ms."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", "/v1/queries/mine", headers={"Authorization": "Bearer " + TOKENS["other"]})
            answer = connection.getresponse()
            answer.read()
        if answer.status != 200:
            raise RuntimeError(f"another client's answer is {answer.status}")
        times.append(1000 * (time.perf_counter() - start))
        time.sleep(0.02)
    return times


def measure(bench, daemon, port, name):
    number, seconds = bench.next_round(), 2 * bench.seconds
    load.register(daemon.store, load.query_ids(number, 1, 4 * PER_SECOND * seconds))
    load.wait_for_checkpoint(daemon.store)
    times = []
    asking = threading.Thread(target=lambda: times.extend(ask(daemon.api, seconds)))
    asking.start()
    figures = say(name, load.post(port, seconds, round=number, pause_ms=round(64_000 / PER_SECOND)))
    asking.join()
    print(f"    the other client: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms of {len(times)}; "
          f"resident {daemon.status('VmRSS') // 1024} MiB", flush=True)
    return figures, times


def neighbours(bench):
    api = free_port()
    with bench.empty_store() as plain:
        folder = plain.store.parent
        for name, token in TOKENS.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(token)
        daemon = Postbackd(bench.binaries, folder, configuration=CONFIGURATION.format(port=api, folder=folder))
        daemon.api = api
        with contextlib.closing(sqlite3.connect(daemon.store)) as database:
            database.executescript("BEGIN;" + FILL.format(queries=200_000, events=300_000) + "COMMIT;")
        alone, beside, stop = [], [], multiprocessing.Event()
        with daemon.start() as port:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as sender:
                sender.request("POST", "/postback", b'{"QueryId":"large","Result":["' + b"x" * LARGE + b'"]}', {"Postbacksecret": "bench-secret-0123456789"})
                assert sender.getresponse().read()[:10] == b'{"receipt"'
            for _ in range(bench.rounds):
                alone.append(measure(bench, daemon, port, "alone"))
                attacker = multiprocessing.Process(target=attack, args=(api, stop))
                attacker.start()
                try:
                    time.sleep(1)
                    beside.append(measure(bench, daemon, port, "beside one that does its worst"))
                finally:
                    stop.set()
                    attacker.join()
                    stop.clear()
            peak = daemon.status("VmHWM") // 1024
    times = [one for _, times in beside for one in times]
    quiet = [one for _, times in alone for one in times]
    receiver = [statistics.median(figures.worst for figures, _ in side) for side in (beside, alone)]
    ratios = [b[0].worst / a[0].worst for a, b in zip(alone, beside)]
    yield Row("one client does its worst: a GET of another one, median", f"{statistics.median(times):.1f} ms",
              f"alone: {statistics.median(quiet):.1f} ms", f"{statistics.median(times) / statistics.median(quiet):.2f}", "", "", "≤ 20 ms")
    yield Row("one client does its worst: a GET of another one, worst", f"{max(times):.1f} ms", f"alone: {max(quiet):.1f} ms",
              f"{max(times) / max(quiet):.2f}", "", "", "≤ 250 ms")
    yield Row("one client does its worst: the receiver's worst answer", f"{receiver[0]:.1f} ms", f"alone: {receiver[1]:.1f} ms",
              f"{receiver[0] / receiver[1]:.2f}", f"{min(ratios):.2f}–{max(ratios):.2f}", "≤ 2", "1")
    yield Row("one client does its worst: memory at most", f"{peak} MiB", "", "", "", "", "≤ 128 MiB")
