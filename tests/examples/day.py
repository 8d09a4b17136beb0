"""A day of three applications: they ask in groups, and hand the bill to postbackd, while the daemon and the followers are killed, the
access token expires for a while, a wrong batch is taken back, and a backup of the middle is restored. Then each end of each query
has been seen once, nothing was paid twice, and what the simulator has accepted is what `usage` says.
Usage: day.py BUILD [QUERIES of each client: 100] [KILLS: 3]"""
import collections
import contextlib
import http.client
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

from clients import CLIENTS, ENDS, SOURCE, Daemon, free_ports, wait_for

PROFILE = "delay=0ms..500ms,duplicate@10%,lost-ack@3%,early@5%,notice=-1212@1%,silent@1%"
BATCHES = 5
PATIENCE = 300


class Application:
    """Asks by lines; a process of its own follows the feed, and keeps what it has seen in a file."""

    def __init__(self, number, name, folder, port, queries):
        self.number, self.name, self.port, self.file = number, name, port, folder / f"{name}.ndjson"
        self.size, self.entered, self.lost_store = queries // BATCHES, [], 0
        self.command = [sys.executable, SOURCE / "tests/examples/follower.py", f"http://127.0.0.1:{port}", self.token, "", self.file]

    @property
    def token(self):
        return f"token-of-{self.name}-0123456789"

    def follow(self):
        self.follower = subprocess.Popen(self.command)

    def kill(self):
        self.follower.kill()
        self.follower.wait()

    def line(self, batch, i, recover):
        return {"key": f"{batch}/{i}", "group": f"batch-{batch}", "api": "people", "datasets": "basic_data",
                "q": f"doc{{{self.number}{batch}{i:06}}}", "metadata": {"of": self.name}, **({"recover": True} if recover else {})}

    def enter(self, batch, recover=False):
        """Sends all lines, again from the first one until each has its answer."""
        lines = "".join(json.dumps(self.line(batch, i, recover)) + "\n" for i in range(self.size))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                answers = [json.loads(answer) for answer in self.call("/v1/queries", lines, "application/x-ndjson").splitlines()]
                assert all(answer["status"] in (200, 202, 503) for answer in answers), answers
                if [answer["status"] for answer in answers].count(503) == 0 and len(answers) == self.size:
                    self.entered.append(batch)
                    return
            time.sleep(0.05)
        raise TimeoutError(f"{self.name}: batch {batch} was not taken")

    def call(self, path, body=None, content_type="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST" if body else "GET", path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": content_type})
            return connection.getresponse().read()

    def events(self):
        text = self.file.read_text() if self.file.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def count_ends(self):
        return sum(event["event"] in ENDS for event in self.events())

    def has_seen(self, ends):
        events = self.events()
        groups = {event["group"] for event in events if event["event"] == "group"}
        return (groups >= {f"batch-{batch}" for batch in (*range(1, BATCHES + 1), 9)}
                and {event["id"] for event in events if event["event"] in ENDS} >= ends)

    def group(self, batch):
        return json.loads(self.call(f"/v1/groups/batch-{batch}"))

    def check(self, queries):
        """`queries`: id and state of all that the store has of it. Of a store that is lost, the ends of what was answered after the backup
        come again."""
        events = self.events()
        seen = [collections.Counter(), collections.Counter()]
        for at, event in enumerate(events):
            assert event.get("metadata", {"of": self.name})["of"] == self.name, f"{self.name} saw an event of another: {event}"
            if event["event"] in ENDS and event["event"] != "late":  # the only second end that there may be
                seen[at >= self.lost_store][event["id"]] += 1
        twice = [id for era in seen for id, count in era.items() if count != 1]
        assert not twice, f"{self.name} saw {len(twice)} ends twice: {twice[:3]}"
        unseen = [(id, state) for id, state in queries if id not in seen[0] and id not in seen[1]]
        assert not unseen, f"{self.name} did not see {len(unseen)} ends of {len(queries)}: {unseen[:3]}"
        numbers = [event["seq"] for event in events]
        assert sorted(set(numbers)) == numbers, f"{self.name}: a seq came twice, or not in order"


class Day:
    def __init__(self, daemon, applications):
        self.daemon, self.applications = daemon, applications

    def kill_and_start(self, between=lambda: None):
        for one in (self.daemon, *self.applications):
            one.kill()
        between()
        self.daemon.start()
        for one in self.applications:
            one.follow()

    def wait_for(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(what)
            time.sleep(0.05)

    def enter(self, batch, recover=False):
        for one in self.applications:
            one.enter(batch, recover)

    def killed(self, batch, kills):
        """Kills everything `kills` times while the batch is under way."""
        self.enter(batch)
        begin = [one.count_ends() for one in self.applications]
        for kill in range(kills):
            goal = [at + one.size * (kill + 1) // (kills + 2) for at, one in zip(begin, self.applications)]
            self.wait_for("ends", lambda: all(one.count_ends() >= aim for one, aim in zip(self.applications, goal)))
            self.kill_and_start()

    def restored(self, backup):
        """Back to the backup: who asks does so again, under his keys, and lets the platform's log decide what was sent."""
        def restore():
            for one in self.applications:
                one.lost_store = len(one.events())
            self.daemon.tool("restore", "--replace", str(backup))
        self.kill_and_start(restore)
        for batch in sorted(set(self.applications[0].entered)):
            self.enter(batch, recover=True)

    def with_an_expired_token(self, batch, wrong, folder):
        """All wait; a wrong batch is taken back unsent; then all goes on."""
        self.kill_and_start(lambda: (folder / "access").write_text("expired"))
        self.enter(batch)
        self.enter(wrong)
        self.wait_for("account_refused", lambda: "event=account_refused" in self.daemon.log.read_text())
        for one in self.applications:
            order = {"group": f"batch-{wrong}", "reason": "the wrong file"}
            assert json.loads(one.call("/v1/queries/close", json.dumps({**order, "dry_run": True}))) == {"queries": one.size}
            assert json.loads(one.call("/v1/queries/close", json.dumps(order))) == {"queries": one.size}
            assert one.group(wrong)["states"] == {"closed": one.size}, one.group(wrong)
        self.kill_and_start(lambda: (folder / "access").write_text("simulated-access-token"))


def check_bill(folder, record):
    paid = collections.Counter(query["q"] for query in record["Accepted"])
    twice = [q for q, count in paid.items() if count > 1]
    assert not twice, f"paid twice: {twice[:3]}"
    assert not [q for q in paid if q[5] == "9"], "of the wrong batch something was sent"
    with contextlib.closing(sqlite3.connect(f"file:{folder}/store.sqlite3?mode=ro", uri=True)) as store:
        [(submitted,)] = store.execute("SELECT sum(submitted) FROM v_usage").fetchall()
        states = dict(store.execute("SELECT state, count(*) FROM v_queries GROUP BY state").fetchall())
    assert submitted == len(paid), f"usage says {submitted}, the platform has accepted {len(paid)}"
    return states


def main():
    build, queries, kills = pathlib.Path(sys.argv[1]), int((sys.argv + ["", "100"])[2] or 100), int((sys.argv[3:] or [3])[0])
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        with open(folder / "simulator", "w") as output:
            simulator = subprocess.Popen([build / "bin/platform-simulator", "--port", "0", "--profile", PROFILE, "--quiet"], stdout=output,
                                         stderr=output)
        stack.callback(lambda: (simulator.terminate(), simulator.wait()))
        url = wait_for((folder / "simulator").read_text, r"listening on (\S+)", simulator)
        port = free_ports()
        daemon = Daemon(build, folder, url, port, {}, tls=False)
        daemon.start()
        stack.callback(lambda: (daemon.process.send_signal(signal.SIGTERM), daemon.process.wait()))
        applications = [Application(number, name, folder, port + 1, queries) for number, name in enumerate(CLIENTS, 1)]
        for one in applications:
            one.follow()
            stack.callback(one.kill)
        day, started = Day(daemon, applications), time.monotonic()
        day.killed(1, kills)
        day.enter(2)
        daemon.tool("backup", str(folder / "backup"))
        day.killed(3, 1)
        day.restored(folder / "backup")
        day.with_an_expired_token(4, 9, folder)
        day.killed(5, kills)
        for batch in range(1, BATCHES + 1):
            day.wait_for(f"the end of batch {batch}", lambda: all(one.group(batch)["open"] == 0 for one in applications))
        with contextlib.closing(sqlite3.connect(f"file:{folder}/store.sqlite3?mode=ro", uri=True)) as store:
            of = {one.name: store.execute("SELECT id, state FROM v_queries WHERE client = ?", [one.name]).fetchall() for one in applications}
        day.wait_for("the followers", lambda: all(one.has_seen({id for id, _ in of[one.name]}) for one in applications))
        for one in applications:
            one.check(of[one.name])
        with urllib.request.urlopen(f"{url}/record") as answer:
            states = check_bill(folder, json.load(answer))
        print(f"{sum(map(len, of.values()))} queries {states}, {2 * kills + 4} kills, a restore, {time.monotonic() - started:.1f} s: "
              f"each end once, nothing paid twice, the bill is right")


if __name__ == "__main__":
    main()
