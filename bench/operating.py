"""What an operator, an application or another program does meanwhile: how much worse is the worst answer, and how much less is
received? Each task runs over and over beside postbacks that come at a steady pace; without and with it take turns."""
import contextlib
import http.client
import itertools
import os
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time

import load
from measurements import Row, say
from servers import Postbackd

PER_SECOND = 6_000  # about; a fifth of what these stores take
HANDLER = '[[handler]]\nname = "down"\nkind = "http"\nurl = "http://127.0.0.1:1/"\n[admin]\nport = 0\nsocket = "{folder}/admin.sock"\n'
PERSON = "52998224725"  # synthetic; nobody has it


class Tasks:
    """Each method does its task once, or until end()."""

    def __init__(self, daemon, binaries, folder, port):
        self.daemon, self.folder, self.port = daemon, folder, port
        self.ctl = [binaries / "postbackctl", "--config", daemon.command[-1]]
        self.erasable = iter(())
        self.process = None
        self.names = itertools.count(os.getpid() * 1_000)

    def call(self, *arguments):
        self.process = subprocess.Popen([*self.ctl, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process.wait()

    def end(self):
        """Verifying ten million rows takes minutes: the measure does not wait for them."""
        if self.process:
            self.process.kill()

    def get(self, port, target, method="GET", token=None):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=600)) as connection:
            connection.request(method, target, headers={"Authorization": f"Bearer {token}"} if token else {})
            connection.getresponse().read()

    def nothing(self):
        pass

    def metrics(self):
        self.get(self.daemon.admin, "/metrics")

    def status(self):
        self.call("status")

    def list(self):
        self.call("list", "--limit", 1_000)

    def export(self):
        self.call("export", "--since", "1h")

    def backup(self):
        file = self.folder / "copy"
        self.call("backup", file)
        for name in (file, self.folder / "copy.query_key"):
            name.unlink(missing_ok=True)

    def verify(self):
        self.call("verify")

    def erase_document(self):
        self.call("erase", "--document", PERSON)

    def erase_over_the_api(self):
        """A thousand queries that were answered long ago."""
        query_id = next(self.erasable, None)
        if query_id:
            self.get(self.daemon.api, f"/v1/queries/{query_id}/erase", "POST", "bench-secret-0123456789")

    def replay(self):
        self.call("replay", "--handler", "down", "--since", "30d", "--dry-run")

    def registration(self):
        number = next(self.names)
        load.register(self.daemon.store, [(f"other-{number}-{i}",) for i in range(100_000)])


TASKS = ("metrics", "status", "list", "export", "backup", "verify", "erase_document", "erase_over_the_api", "replay", "registration")


@contextlib.contextmanager
def repeating(tasks, task):
    """Runs the task over and over until the end of the block."""
    stop, count = threading.Event(), itertools.count()

    def repeat():
        while not stop.is_set():
            task()
            next(count)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield count
    finally:
        stop.set()
        while thread.is_alive():
            tasks.end()
            thread.join(0.1)


def meanwhile(bench, tasks, port, task, name):
    daemon = tasks.daemon
    number, seconds = bench.next_round(), 2 * bench.seconds
    load.register(daemon.store, load.query_ids(number, 1, 4 * PER_SECOND * seconds))
    load.wait_for_checkpoint(daemon.store)
    with repeating(tasks, task):
        return say(name, load.post(port, seconds, round=number, pause_ms=round(64_000 / PER_SECOND)))


def row_of(bench, name, without, beside):
    worst = [statistics.median(figures.worst for figures in side) for side in (beside, without)]
    rates = [statistics.median(figures.rate for figures in side) for side in (beside, without)]
    ratios = [a.worst / b.worst for a, b in zip(beside, without)]
    return Row(f"worst answer beside: {name.replace('_', ' ')}; {bench.rows:,} postbacks", f"{worst[0]:.1f} ms, {rates[0]:,.0f}/s",
               f"without: {worst[1]:.1f} ms, {rates[1]:,.0f}/s", f"{worst[0] / worst[1]:.2f}", f"{min(ratios):.2f}–{max(ratios):.2f}", "≤ 2", "1")


def beside_tasks(bench, folder):
    daemon = Postbackd(bench.binaries, folder, api=True, configuration=HANDLER.format(folder=folder))
    with tempfile.TemporaryDirectory(dir=bench.folder) as scratch, daemon.start() as port:
        tasks = Tasks(daemon, bench.binaries, type(folder)(scratch), port)
        with contextlib.closing(sqlite3.connect(daemon.store)) as store:
            answered = "SELECT query_id FROM queries WHERE erased_at IS NULL AND receipt IS NOT NULL ORDER BY id LIMIT 100000"
            tasks.erasable = iter([row[0] for row in store.execute(answered)])
        for name in TASKS:
            without, beside = [], []
            for _ in range(bench.rounds):
                without.append(meanwhile(bench, tasks, port, tasks.nothing, "without"))
                beside.append(meanwhile(bench, tasks, port, getattr(tasks, name), name))
            yield row_of(bench, name, without, beside)


def beside_retention(bench, folder):
    """A daemon deletes from its start on; the store has ten million rows too old, so it does not end before the measure."""
    sides = {"": [], '[keep]\npostbacks = "1d"\n': []}
    for _ in range(bench.rounds):
        for keep, figures in sides.items():
            daemon = Postbackd(bench.binaries, folder, configuration=HANDLER.format(folder=folder) + keep)
            with daemon.start() as port:
                before = daemon.value("SELECT min(receipt) FROM postbacks")
                figures.append(meanwhile(bench, Tasks(daemon, bench.binaries, folder, port), port, lambda: time.sleep(0.1), "retention" if keep else "without"))
                assert bool(keep) == (daemon.value("SELECT min(receipt) FROM postbacks") > before), "retention did not run, or not alone"
    yield row_of(bench, "retention", *sides.values())


def operating(bench):
    folder = bench.filled_store().store.parent
    yield from beside_tasks(bench, folder)
    yield from beside_retention(bench, folder)
