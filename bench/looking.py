"""The page, as its browsers ask: does receiving notice that twenty are open, and how long does the data of each view take?"""
import http.client
import json
import statistics
import threading
import time

import load
from measurements import MOST_PER_SECOND, Row, compare, say
from servers import Postbackd

PAGES = 20
TOKEN = {"Authorization": "Bearer bench-secret-0123456789"}


class Browser:
    """One page at Now (page/now.js, page/api.js)."""

    def __init__(self, port):
        self.port, self.end = port, threading.Event()
        self.threads = [threading.Thread(target=self.repeat, args=each) for each in
                        ((5, "/v1/status"), (10, "/v1/history?of=hour"), (10, "/v1/history?of=hour"), (1, self.events))]

    def events(self, connection):
        page = get(connection, f"/v1/events?after={self.last}&limit=25{self.wait}")
        newest = get(connection, "/v1/events?after=latest&limit=25")["next"] if len(page["events"]) == 25 else page["next"]
        self.wait = "" if newest - 25 > page["next"] else "&wait=1"
        self.last = max(page["next"], newest - 25)

    def repeat(self, pause, what):
        self.last, self.wait = "latest", ""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.end.is_set():
            what(connection) if callable(what) else get(connection, what)
            self.end.wait(pause)


def get(connection, target):
    connection.request("GET", target, headers=TOKEN)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{target}: {answer.status} {body[:200]}")
    return json.loads(body)


def kept(bench, pages, name):
    number = bench.next_round()
    with bench.empty_store(api=True) as daemon, daemon.start() as port:
        load.register(daemon.store, load.query_ids(number, 1, MOST_PER_SECOND * bench.seconds))
        load.wait_for_checkpoint(daemon.store)
        browsers = [Browser(daemon.api) for _ in range(pages)]
        threads = [thread for browser in browsers for thread in browser.threads]
        for thread in threads:
            thread.start()
        try:
            return say(name, load.post(port, bench.seconds, round=number)).rate
        finally:
            for browser in browsers:
                browser.end.set()
            for thread in threads:
                thread.join()


def views(bench):
    """The slowest of five answers to each request of a view, in ms, in a filled store."""
    daemon = Postbackd(bench.binaries, bench.filled_store().store.parent, api=True)
    times = {}
    with daemon.start():
        connection = http.client.HTTPConnection("127.0.0.1", daemon.api, timeout=600)
        newest = get(connection, "/v1/queries?limit=1")["queries"][0]
        filters = ("", "&state=answered", "&state=pending", "&state=overdue", "&label=nothing", "&api=nothing", "&group=nothing", "&client=nothing",
                   "&key=nothing", f"&receipt={newest.get('receipt', 1)}", "&since=" + newest["created_at"], "&until=2020-01-01T00:00:00Z",
                   "&state=answered&api=nothing&since=" + newest["created_at"])
        targets = ["/v1/status", "/v1/history?of=hour", "/v1/history?of=day", "/v1/history?of=month", "/v1/report", "/v1/handlers",
                   "/v1/deliveries?limit=50", "/v1/deliveries?state=dead&limit=50", "/v1/groups?limit=100", "/v1/refusals?days=365", "/v1/alerts", "/v1/audit",
                   "/v1/fanbase", f"/v1/queries/{newest['id']}/story", *("/v1/queries?limit=50" + each for each in filters)]
        for target in targets:
            for _ in range(5):
                begin = time.perf_counter()
                get(connection, target)
                times[target] = max(times.get(target, 0), 1000 * (time.perf_counter() - begin))
            print(f"  {times[target]:8.1f} ms  {target}", flush=True)
    return times


def looking(bench):
    alone, beside = [], []
    for _ in range(bench.rounds):
        alone.append(kept(bench, 0, "nobody looks"))
        beside.append(kept(bench, PAGES, f"{PAGES} pages are open"))
    yield compare(f"kept while {PAGES} pages are open", beside, alone, "nobody looks", "0.97", "1")
    times = views(bench)
    slowest = max(times, key=times.get)
    yield Row(f"the data of a view, {bench.rows:,} rows, slowest", f"{times[slowest]:.0f} ms", f"{slowest}; median of all: {statistics.median(times.values()):.1f} ms",
              "", "", "≤ 500 ms", "≤ 100 ms")
