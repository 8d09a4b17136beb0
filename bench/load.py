"""The load of bench/run: wrk's postbacks and another program's registrations."""
import contextlib
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import time

STRANGER = "5000"  # the third part of the QueryIds of strangers in load.lua
HERE = pathlib.Path(__file__).resolve().parent


class Figures:
    """What wrk measured: `rate` a second; p50, p99 and worst in ms."""

    def __init__(self, line):
        numbers = re.fullmatch(r"RATE (\S+) P50 (\S+) P99 (\S+) MAX (\S+) REQUESTS (\d+) ERRORS (\d+)", line)
        self.rate, self.p50, self.p99, self.worst = map(float, numbers.groups()[:4])
        self.requests, self.errors = int(numbers[5]), int(numbers[6])


def post(port, seconds, connections=64, tls=False, **settings):
    """Sends postbacks for so many seconds; `settings` become BENCH_… for load.lua."""
    environment = dict(os.environ, **{"BENCH_" + name.upper(): str(value) for name, value in settings.items()})
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    # --timeout: a stall of the machine is the maximum, not an error
    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", HERE / "load.lua", url],
                            env=environment, check=True, capture_output=True, text=True).stdout
    figures = Figures(re.search(r"^RATE .*$", output, re.M)[0])
    if figures.errors:
        raise RuntimeError(f"{figures.errors} of {figures.requests} answers were errors or not 200")
    return figures


def query_ids(bench_round, first, count, order="random"):
    """The QueryIds of load.lua."""
    scatter = 0 if order == "sequential" else 2654435769
    return [(f"{i * scatter % 4294967296:08x}-{bench_round:04x}-4000-8000-{i:012d}",) for i in range(first, first + count)]


def register(store, ids, batch=1000):
    """Registers these QueryIds as another program does, so many in a transaction. Returns how many a second."""
    with contextlib.closing(sqlite3.connect(store, timeout=60, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA wal_autocheckpoint = 0")  # as docs/schema.md asks: the daemon makes the checkpoints
        start = time.monotonic()
        for first in range(0, len(ids), batch):
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO queries (query_id) VALUES (?)", ids[first:first + batch])
            database.execute("COMMIT")
        return len(ids) / (time.monotonic() - start)


def wait_for_checkpoint(store, pages=300):
    """Waits until the daemon has moved what others wrote: at most so many pages of the WAL are not in the database."""
    for _ in range(600):
        with open(f"{store}-shm", "rb") as wal_index:  # sqlite.org/walformat.html
            header = wal_index.read(100)
        if int.from_bytes(header[16:20], sys.byteorder) - int.from_bytes(header[96:100], sys.byteorder) <= pages:
            return
        time.sleep(0.1)
    raise RuntimeError("the daemon does not move the WAL")
