"""What bench/run measures. Each function yields rows of the table."""
import contextlib
import dataclasses
import http.client
import random
import socket
import sqlite3
import statistics
import time

import fill_store
import load
import servers
from servers import Postbackd

MOST_PER_SECOND = 60_000  # more than any store of one file takes; so many queries are registered for each second of load


@dataclasses.dataclass
class Row:
    what: str
    ours: str
    other: str
    ratio: str
    spread: str = ""
    least: str = ""
    aim: str = ""


def compare(what, ours, other, other_name, least="", aim="", unit="{:,.0f}/s"):
    """A row of the medians of figures that were measured in turns."""
    ratios = [a / b for a, b in zip(ours, other)]
    return Row(what, unit.format(statistics.median(ours)), f"{other_name}: {unit.format(statistics.median(other))}",
               f"{statistics.median(ours) / statistics.median(other):.2f}", f"{min(ratios):.2f}–{max(ratios):.2f}", least, aim)


def say(name, figures):
    print(f"  {name}: {figures.rate:,.0f}/s, p50 {figures.p50} ms, p99 {figures.p99} ms, worst {figures.worst} ms", flush=True)
    return figures


class Bench:
    def __init__(self, binaries, folder, rounds, seconds, filled, rows):
        self.binaries, self.folder, self.rounds, self.seconds, self.rows = binaries, folder, rounds, seconds, rows
        self.filled_store = filled
        self.number = random.randrange(65_536)

    def next_round(self):
        """A part of QueryIds; the filled store has those of earlier runs."""
        self.number = (self.number + 1) % 65_536
        return self.number

    @contextlib.contextmanager
    def empty_store(self, **options):
        with servers.folder_in(self.folder) as folder:
            yield Postbackd(self.binaries, folder, **options).create()

    def bare(self, *arguments, **settings):
        with servers.bare(self.binaries, *arguments) as port:
            return say("bare " + " ".join(map(str, arguments)), load.post(port, self.seconds, **settings))

    def kept(self, daemon, name, order="random", registered=MOST_PER_SECOND, **settings):
        """Registers, posts, and checks that each answer 200 is a row. Returns figures with `registered` a second, `cpu` µs and
        `written` bytes a postback."""
        number = self.next_round()
        with daemon.start() as port:
            count = registered * self.seconds
            ids = load.query_ids(number, 1, count, order)
            rate = load.register(daemon.store, ids)
            load.wait_for_checkpoint(daemon.store)
            before = daemon.value("SELECT coalesce(sum(results + extras + unmatched), 0) FROM v_stats")
            written, cpu = daemon.status("wchar"), daemon.cpu_seconds()
            figures = load.post(port, self.seconds, round=number, order=order, **settings)
            kept = daemon.value("SELECT coalesce(sum(results + extras + unmatched), 0) FROM v_stats") - before
            figures.registered = rate
            figures.cpu = (daemon.cpu_seconds() - cpu) / kept * 1e6
            figures.written = (daemon.status("wchar") - written) / kept
            if kept < figures.requests or (settings.get("kind") != "stranger" and kept > count):
                raise RuntimeError(f"{figures.requests} answers, {kept} rows, {count} registered")
        print(f"    registered {rate:,.0f}/s, {figures.cpu:.1f} µs and {figures.written:,.0f} bytes written a postback")
        return say(name, figures)

    def kept_in_empty_store(self, name, **settings):
        with self.empty_store() as daemon:
            return self.kept(daemon, name, **settings)


def receive(bench):
    bare, scattered, sequential = [], [], []
    for _ in range(bench.rounds):
        bare.append(bench.bare())
        scattered.append(bench.kept_in_empty_store("random"))
        sequential.append(bench.kept_in_empty_store("sequential", order="sequential"))
    rates = [[figures.rate for figures in side] for side in (bare, scattered, sequential)]
    yield compare("kept, matched, random QueryIds", rates[1], rates[0], "bare Beast", "0.28", "0.40")
    yield compare("kept, matched, sequential QueryIds", rates[2], rates[0], "bare Beast", "0.40", "0.50")
    written = statistics.median(figures.written for figures in scattered)
    yield Row("bytes written for a kept postback, WAL and database", f"{written:,.0f}", "body: 508", f"{written / 508:.1f}", "",
              "10,000 B", "")


def growth(bench):
    empty, full = [], []
    filled = bench.filled_store()
    for _ in range(bench.rounds):
        empty.append(bench.kept_in_empty_store("empty"))
        full.append(bench.kept(filled, "filled"))
        with bench.empty_store() as daemon:
            empty[-1].strangers = bench.kept(daemon, "strangers, empty", kind="stranger", registered=0).rate
        full[-1].strangers = bench.kept(filled, "strangers, filled", kind="stranger", registered=0).rate
        fill_store.remove_strangers(filled.store, load.STRANGER)  # each round meets the same store
    store = f"store of {bench.rows:,} postbacks of 30 days"
    for what, field, least, aim in (("kept, matched", "rate", "0.9", "1"), ("kept, strangers", "strangers", "0.8", "1"),
                                    ("registered by another program, 1,000 a transaction", "registered", "0.7", "0.9")):
        yield compare(f"{what}; {store}", [getattr(figures, field) for figures in full],
                      [getattr(figures, field) for figures in empty], "empty", least, aim)
    worst = [figures.worst for figures in full]
    yield Row(f"worst answer; {store}", f"{statistics.median(worst):.1f} ms", "p99: "
              f"{statistics.median(figures.p99 for figures in full):.1f} ms", f"{statistics.median(worst):.1f} ms",
              f"{min(worst):.1f}–{max(worst):.1f} ms", "20 ms", "10 ms")


def closing(bench):
    bare, ours = [], []
    for _ in range(bench.rounds):
        bare.append(bench.bare("--close", close=1).rate)
        ours.append(bench.kept_in_empty_store("closing", registered=40_000, close=1).rate)
    yield compare("kept, each on a new connection", ours, bare, "bare Beast that closes", "0.68", "0.8")


def tls(bench):
    certificate = servers.make_certificate(bench.folder)
    nginx, ours = [], []
    for _ in range(bench.rounds):
        with servers.nginx(bench.folder, certificate) as port:
            nginx.append(say("nginx", load.post(port, bench.seconds, tls=True, close=1)).rate)
        with bench.empty_store(tls=certificate) as daemon:
            ours.append(bench.kept(daemon, "TLS", registered=5_000, tls=True, close=1).rate)
    yield compare("kept, each on a new TLS connection (P-256)", ours, nginx, "nginx, nothing kept", "0.95", "1")


def lonely(bench):
    bare, ours = [], []
    for _ in range(bench.rounds):
        bare.append(bench.bare("--sync", bench.folder / "synced", connections=1).p50 * 1000)
        (bench.folder / "synced").unlink()
        # So many that the WAL has its full length, as after the first hours of a store: one that grows has longer syncs.
        ours.append(bench.kept_in_empty_store("lonely", registered=30_000, connections=1).p50 * 1000)
    yield compare("lonely postback, median", ours, bare, "bare Beast, append and fdatasync", "≤ 1.35", "≤ 1.15", "{:,.0f} µs")


def peers(bench):
    ours, hooks, python = [], [], []
    for _ in range(bench.rounds):
        with servers.folder_in(bench.folder) as folder:
            with servers.webhook(folder) as port:
                hooks.append(say("webhook", load.post(port, bench.seconds, path="/hooks/postback")).rate)
            with servers.fastapi(folder) as port:
                python.append(say("FastAPI", load.post(port, bench.seconds)).rate)
        ours.append(bench.kept_in_empty_store("postbackd").rate)
    yield compare("kept, of adnanh/webhook", ours, hooks, "webhook, nothing kept", "3", "4")
    yield compare("kept, of FastAPI on uvicorn", ours, python, "SQLite, WAL, FULL", "12", "20")


def retention(bench):
    """Deletes history while postbacks come at half the speed."""
    deleted, received = [], []
    full = bench.kept_in_empty_store("full speed").rate
    pause = max(1, round(2 * 64 / full * 1000 - 1.5))  # ms between an answer and the next request
    for _ in range(bench.rounds):
        with bench.empty_store(configuration='[keep]\npostbacks = "30d"') as daemon:
            fill_store.fill(daemon.store, 100_000 * bench.seconds, 60, 31)
            with daemon.start() as port:
                figures = say("receiving", load.post(port, bench.seconds, kind="stranger", pause_ms=pause))
                left = daemon.value("SELECT count(*) FROM v_postbacks WHERE received_at < date('now', '-31 days')")
        deleted.append((100_000 * bench.seconds - left) / bench.seconds)
        received.append(figures.rate)
        print(f"    deleted {deleted[-1]:,.0f}/s")
    yield Row("retention while receiving", f"{statistics.median(deleted):,.0f} rows/s",
              f"received meanwhile: {statistics.median(received):,.0f}/s, alone {full:,.0f}/s", f"{statistics.median(deleted):,.0f}",
              f"{min(deleted):,.0f}–{max(deleted):,.0f}", "10,000", "")


# Rows of 40 days ago, :rows of them; what of them is left.
OLD = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
THEN = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-40 days')"
AGES = {
    "queries": (["INSERT INTO queries (query_id, state, created_at) SELECT lower(hex(randomblob(16))), 'failed', " + THEN + " FROM n",
                 "INSERT INTO events (kind, query_row, created_at) SELECT 'failed', i, " + THEN + " FROM n"], "queries WHERE state = 'failed'"),
    "deliveries": (["INSERT INTO deliveries (event_id, handler, state, attempts, created_at, done_at) SELECT i, 'crm', 'done', 1, " + THEN + ", "
                    + THEN + " FROM n", "INSERT INTO attempts SELECT i, 1, " + THEN + ", " + THEN + ", 'done', NULL FROM n"], "deliveries"),
    "objects": (["INSERT INTO queue_objects (id, client, action, created_at, state, request) SELECT lower(hex(randomblob(16))), 'app',"
                 " 'ticket-create', " + THEN + ", 'completed', '{}' FROM n"], "queue_objects"),
    "app_events": (["INSERT INTO app_events (user_id, event_name, event_date, event_at, app_name, client, created_at) SELECT 'device-' || i,"
                    " 'purchase', " + THEN + ", " + THEN + ", 'App', 'app', " + THEN + " FROM n"], "app_events"),
    "bodies": (None, "v_postbacks WHERE removed_at IS NULL AND received_at < date('now', '-31 days')"),
}


def ages(bench):
    """Deletes a million rows of each kind that has an age of its own, while postbacks come at half the speed."""
    rows = 1_000_000
    full = bench.kept_in_empty_store("full speed").rate
    pause = max(1, round(2 * 64 / full * 1000 - 1.5))
    for kind, (inserts, left) in AGES.items():
        with bench.empty_store(configuration=f'[keep]\n{kind} = "30d"') as daemon:
            if inserts:
                with contextlib.closing(sqlite3.connect(daemon.store)) as store, store:
                    for insert in inserts:
                        store.execute(OLD + insert, {"rows": rows})
            else:
                fill_store.fill(daemon.store, rows, 60, 31)
            with daemon.start() as port:
                count = f"SELECT count(*) FROM {left}"
                worst = say(f"receiving, {kind}", load.post(port, 3 * bench.seconds, kind="stranger", pause_ms=pause))
                rate = (rows - daemon.value(count)) / 3 / bench.seconds
        yield Row(f"retention of {kind} while receiving, of a million", f"{rate:,.0f} rows/s",
                  f"received meanwhile: {worst.rate:,.0f}/s, alone {full:,.0f}/s", f"{rate:,.0f}", "", "1,000", "")


DOWN = '[[handler]]\nname = "down"\nkind = "http"\nurl = "http://127.0.0.1:1/"\n'
HANGING = "".join(f'[[handler]]\nname = "hangs-{i}"\nkind = "exec"\ncommand = ["/bin/sleep", "300"]\ntimeout = "300s"\n' for i in range(4))


def handlers(bench):
    none, down, hanging = [], [], []
    for _ in range(bench.rounds):
        none.append(bench.kept_in_empty_store("no handler").rate)
        for figures, configuration in ((down, DOWN), (hanging, HANGING)):
            with bench.empty_store(configuration=configuration) as daemon:
                figures.append(bench.kept(daemon, configuration.splitlines()[1]).rate)
    yield compare("kept, with a handler that is down", down, none, "without handlers")
    yield compare("kept, with four handlers that hang", hanging, none, "without handlers")


def followers(bench):
    """200 programs follow the feed meanwhile: applications that have no part in what comes."""
    alone, followed = [], []
    for _ in range(bench.rounds):
        alone.append(bench.kept_in_empty_store("alone").rate)
        with bench.empty_store(api=True) as daemon:
            daemon.follow(200)
            followed.append(bench.kept(daemon, "followed").rate)
    yield compare("kept, while 200 programs follow the feed", followed, alone, "alone", "1")


def waiting(bench):
    """2,000 requests wait for the ends of as many queries; how long after the 200 of its result does each hear?"""
    count, heard = 2_000, []
    with bench.empty_store(api=True) as daemon, daemon.start() as port:
        with contextlib.closing(sqlite3.connect(daemon.store)) as database, database:
            database.executemany("INSERT INTO queries (query_id, client) VALUES (?, 'follower')", ((f"w-{i}",) for i in range(count)))
        before = daemon.status("VmRSS")
        with contextlib.ExitStack() as streams:
            requests = [streams.enter_context(socket.create_connection(("127.0.0.1", daemon.api))) for _ in range(count)]
            for i, request in enumerate(requests):
                request.sendall(f"GET /v1/queries/w-{i}/result?wait=60 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer bench-secret-0123456789\r\n\r\n".encode())
            time.sleep(2)
            memory, busy = daemon.status("VmRSS") - before, daemon.cpu_seconds()
            time.sleep(5)
            busy = daemon.cpu_seconds() - busy
            sender = streams.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)))
            for i, request in enumerate(requests):
                sender.request("POST", "/postback", f'{{"QueryId":"w-{i}","Result":[1]}}', {"Postbacksecret": "bench-secret-0123456789"})
                if sender.getresponse().read()[:10] != b'{"receipt"':
                    raise RuntimeError("not kept")
                kept = time.perf_counter()
                if b"200 OK" not in request.recv(4096):
                    raise RuntimeError("no result")
                heard.append(1000 * (time.perf_counter() - kept))
    heard.sort()
    yield Row(f"{count:,} waiting requests: from the 200 of a result to its waiter", f"{statistics.median(heard):.2f} ms",
              f"p99: {heard[len(heard) * 99 // 100]:.2f} ms, worst {heard[-1]:.2f} ms", f"{heard[-1]:.2f} ms", "", "≤ 10 ms", "")
    yield Row(f"{count:,} waiting requests: memory of each; CPU of all", f"{memory / count:.1f} KiB", f"{busy / 5:.1%} of a core",
              f"{memory / count:.1f} KiB")


ALL = {function.__name__: function for function in (receive, growth, closing, tls, lonely, peers, retention, ages, handlers, followers, waiting)}
