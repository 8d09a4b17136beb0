"""The proof of docs/deploy.md, 'Forgetting a person', at size: a store of 1 GB, 100 people, load meanwhile, the command and the
daemon killed in the middle; then no file of the state directory has a number, a name or an e-mail of theirs.
Not part of ./check: it takes minutes.   Usage: erasing_at_size.py BUILD [MEGABYTES 1024] [PEOPLE 100]"""
import http.client
import json
import mmap
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "documents"))
from installation import Installation  # noqa: E402

BODY = 20_000  # bytes of a result
OTHERS = 10  # results of other people beside each of theirs


def words_of(person):
    """Synthetic: a number, a name, an e-mail."""
    return f"9{person:010}", f"PESSOA SINTETICA {person:05}X", f"pessoa{person:05}x@example.com"


def result_of(query_id, person):
    number, name, mail = words_of(person)
    return json.dumps({"QueryId": query_id, "Result": [{"BasicData": {"TaxIdNumber": number, "Name": name, "Email": mail}, "More": "x" * BODY}]})


class Load:
    """Posts on one connection; goes on after a kill of the daemon."""

    def __init__(self, daemon, bodies):
        self.kept, self.daemon, self.bodies, self.stopped = 0, daemon, bodies, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=60)
        for body in self.bodies:
            while not self.stopped:
                try:
                    connection.request("POST", "/postback", body, {"Postbacksecret": self.daemon.secret})
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 200:
                        self.kept += 1
                        break
                except (OSError, http.client.HTTPException):
                    connection.close()
                time.sleep(0.02)
            if self.stopped:
                return

    def stop(self):
        self.stopped = True
        return self.join()

    def join(self):
        self.thread.join()
        return self.kept


def fill(daemon, megabytes, people):
    count = megabytes * 1_000_000 // BODY
    with sqlite3.connect(daemon.store, timeout=60) as store:
        for person in range(people):
            number, name, mail = words_of(person)
            store.execute("INSERT INTO queries (query_id, label, metadata) VALUES (?, ?, json_object('mail', ?, 'cpf', ?))", (f"own-{person}", name, mail, number))
    bodies = [(f"own-{n // OTHERS}" if n % OTHERS == 0 and n // OTHERS < people else f"q-{n}", n // OTHERS if n % OTHERS == 0 and n // OTHERS < people else people + n)
              for n in range(count)]
    senders = [Load(daemon, (result_of(*body) for body in bodies[part::4])) for part in range(4)]
    return sum(sender.join() for sender in senders)


def endless():
    number = 0
    while True:
        number += 1
        yield json.dumps({"QueryId": f"load-{number}", "Result": ["y" * 2000]})


def files_with(folder, words):
    """Which files have one of the words."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                for word in words:
                    if content.find(word.encode()) != -1:
                        yield path.name, word


def main(build, megabytes=1024, people=100):
    with tempfile.TemporaryDirectory(dir=build) as scratch:
        folder = pathlib.Path(scratch)
        (folder / "state").mkdir()
        with Installation(build, folder, store=folder / "state/postbacks.sqlite3") as daemon:
            kept = fill(daemon, megabytes, people)
            print(f"filled with {kept} results,", sum(f.stat().st_size for f in (folder / "state").iterdir()) >> 20, "MiB", flush=True)
            words = [word for person in range(people) for word in words_of(person)]
            assert len({word for _, word in files_with(folder / "state", words)}) == len(words)
            load = Load(daemon, endless())
            began, longest, interrupted = time.monotonic(), 0, 0
            for person in range(people):
                command = [build / "bin/postbackctl", "--config", daemon.configuration, "erase", "--document", words_of(person)[0]]
                if person % 10 == 5:  # killed in the middle; also the daemon
                    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    time.sleep(0.05 * (1 + person // 10))  # not for an event: it is the moment of the kill
                    process.kill()
                    process.wait()
                    interrupted += 1
                    if person % 20 == 5:
                        daemon.process.kill()
                        daemon.process.wait()
                        daemon.start()
                at = time.monotonic()
                done = subprocess.run(command, capture_output=True, text=True, timeout=600)
                longest = max(longest, time.monotonic() - at)
                assert done.returncode == 0 or (done.returncode == 2 and person % 10 == 5), (done.returncode, done.stdout, done.stderr)
            seconds = time.monotonic() - began
            assert load.stop() > 0
            found = list(files_with(folder / "state", words))
            assert not found, found[:5]
            with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True) as store:
                others = store.execute("SELECT count(*) FROM v_postbacks WHERE query_id LIKE 'q-%' AND removed_at IS NULL").fetchone()[0]
                erased = store.execute("SELECT count(*) FROM v_erasures").fetchone()[0]
            assert others == kept - people, (others, kept)
            assert erased >= people, erased
            print(f"{people} people erased in {seconds:.0f} s (longest {longest:.1f} s), {interrupted} interrupted; {load.kept} postbacks came meanwhile;"
                  f" no byte of theirs in any file; {others} results of others are there, {erased} erasures are noted")
            left = subprocess.run([build / "bin/postbackctl", "--config", daemon.configuration, "verify"], capture_output=True, text=True)
            assert left.returncode == 0, left.stdout + left.stderr


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:]))
