"""Several receivers on one PostgreSQL, server included, against one with its file. The server is that of examples/three-receivers."""
import contextlib
import http.client
import importlib.machinery
import importlib.util
import pathlib
import shutil
import socket
import statistics
import subprocess
import threading
import time

import load
import servers
from measurements import Row, compare, say

PER_SECOND = 25_000  # more than a database takes
HERE = pathlib.Path(__file__).resolve().parent


def example():
    loader = importlib.machinery.SourceFileLoader("three_receivers", str(HERE.parent / "examples/three-receivers"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@contextlib.contextmanager
def database(folder):
    server = example().Server(folder)
    try:
        yield server
    finally:
        server.kill()


class Receiver(servers.Postbackd):
    """Its store is the server's; the folder has the rest."""

    def __init__(self, binaries, folder, server, first=None, **options):
        super().__init__(binaries, folder, **options)
        file = folder / "postbackd.toml"
        file.write_text(file.read_text().replace(f'path = "{self.store}"', f'url = "{server.url}"'))
        self.command = ["env", f"STATE_DIRECTORY={folder}", *self.command]
        if first:
            shutil.copy2(first / "query_key", folder)


def register(server, number, count):
    ids = "".join(f"{i[0]}\n" for i in load.query_ids(number, 1, count))
    server.psql("COPY postbackd.queries (query_id) FROM STDIN", stdin=ids)


def post_to_all(ports, bench, numbers):
    """So many receivers at once, each with its own clients. Returns what they kept a second together."""
    figures = [None] * len(ports)

    def post(place):
        figures[place] = load.post(ports[place], bench.seconds, round=numbers[place])
    threads = [threading.Thread(target=post, args=(place,)) for place in range(len(ports))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(f.rate for f in figures)


def fill(bench, server, folder):
    """Moves a copy of the filled store into the database."""
    source = servers.Postbackd(bench.binaries, folder / "from")
    shutil.copy2(bench.filled_store().store, source.store)
    begin = time.monotonic()
    said = subprocess.run([bench.binaries / "postbackctl", "--config", source.store.with_name("postbackd.toml"), "store", "move", "--to", server.url],
                          check=True, capture_output=True, text=True).stdout
    print(f"  moved in {time.monotonic() - begin:.0f} s: {said.splitlines()[0].split(';')[1]}", flush=True)


def kept(bench, receivers, filled=False):
    with servers.folder_in(bench.folder) as folder:
        folder.chmod(0o755)
        with database(folder) as server, contextlib.ExitStack() as stack:
            if filled:
                fill(bench, server, folder)
            ports = []
            for place in range(receivers):
                receiver = Receiver(bench.binaries, folder / str(place), server, folder / "0" if place else None)
                ports.append(stack.enter_context(receiver.start()))
            numbers = [bench.next_round() for _ in ports]
            for number in numbers:
                register(server, number, PER_SECOND * bench.seconds // receivers)
            rate = post_to_all(ports, bench, numbers)
            print(f"  {receivers} on PostgreSQL{', filled' if filled else ''}: {rate:,.0f}/s", flush=True)
            return rate


def python(bench):
    with servers.folder_in(bench.folder) as folder:
        folder.chmod(0o755)
        with database(folder) as server, servers.fastapi(folder, server.url.replace("postgresql:///", "postgresql://postbackd@/")) as port:
            return say("FastAPI, asyncpg", load.post(port, bench.seconds)).rate


def heard(bench, count=200):
    """How long after a 200 of one receiver a follower of another one has its event, in ms."""
    with servers.folder_in(bench.folder) as folder:
        folder.chmod(0o755)
        with database(folder) as server, Receiver(bench.binaries, folder / "0", server).start() as port:
            other = Receiver(bench.binaries, folder / "1", server, folder / "0", api=True)
            with other.start():
                stream = socket.create_connection(("127.0.0.1", other.api))
                stream.sendall(b"GET /v1/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer bench-secret-0123456789\r\n"
                               b"Accept: text/event-stream\r\n\r\n")
                register(server, 0, count)
                client = http.client.HTTPConnection("127.0.0.1", port)
                reader = stream.makefile("rb")
                times = []
                for (query_id,) in load.query_ids(0, 1, count):
                    client.request("POST", "/postback", f'{{"QueryId":"{query_id}","Result":[]}}', {"Postbacksecret": "bench-secret-0123456789"})
                    client.getresponse().read()
                    begin = time.monotonic()
                    while query_id.encode() not in reader.readline():
                        pass
                    times.append((time.monotonic() - begin) * 1e3)
                    time.sleep(0.02)
                return times


def lonely(bench, count=300):
    """The median of a lonely postback and of one INSERT with its commit by pgbench, a bare client of libpq, in µs."""
    with servers.folder_in(bench.folder) as folder:
        folder.chmod(0o755)
        with database(folder) as server, Receiver(bench.binaries, folder / "0", server).start() as port:
            register(server, 0, count)
            client = http.client.HTTPConnection("127.0.0.1", port)
            ours = []
            for (query_id,) in load.query_ids(0, 1, count):
                begin = time.monotonic()
                client.request("POST", "/postback", f'{{"QueryId":"{query_id}","Result":["{"x" * 440}"]}}',
                               {"Postbacksecret": "bench-secret-0123456789"})
                client.getresponse().read()
                ours.append((time.monotonic() - begin) * 1e6)
            server.psql("CREATE TABLE bare (id bigserial PRIMARY KEY, body bytea)")
            script = server.folder / "insert.sql"
            script.write_text("INSERT INTO bare (body) VALUES (decode(repeat('61', 508), 'hex'));\n")
            script.chmod(0o644)
            log = server.folder / "bench"
            server.run("pgbench", "-h", server.folder, "-U", "postbackd", "-n", "-M", "prepared", "-c", "1", "-t", str(count), "-l",
                       f"--log-prefix={log}", "-f", script, "postbackd")
            bare = [int(line.split()[2]) for file in server.folder.glob("bench.*") for line in file.read_text().splitlines()]
            return statistics.median(ours), statistics.median(bare)


def shared(bench):
    one, three, file, peer, full = [], [], [], [], []
    for _ in range(bench.rounds):
        with bench.empty_store() as daemon:
            file.append(bench.kept(daemon, "SQLite").rate)
        one.append(kept(bench, 1))
        three.append(kept(bench, 3))
        peer.append(python(bench))
        full.append(kept(bench, 1, filled=True))
    yield compare("kept on PostgreSQL, random QueryIds", one, file, "SQLite", "0.35", "0.5")
    yield compare("three receivers on one database", three, one, "one receiver", "0.9", "1.2")
    yield compare("kept on PostgreSQL, of FastAPI with asyncpg", one, peer, "one INSERT and commit a request", "4", "8")
    yield compare(f"kept on PostgreSQL with {bench.rows:,} rows of 30 days", full, one, "empty", "0.85", "1")
    pairs = [lonely(bench) for _ in range(bench.rounds)]
    yield compare("lonely postback on PostgreSQL, median", [a for a, _ in pairs], [b for _, b in pairs], "one INSERT by pgbench",
                  "≤ 1.6", "≤ 1.3", "{:,.0f} µs")
    times = heard(bench)
    yield Row("a follower of another receiver hears of a result, median", f"{statistics.median(times):.1f} ms",
              f"worst: {max(times):.1f} ms", "", "", "≤ 50 ms", "≤ 15 ms")
