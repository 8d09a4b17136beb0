#!/usr/bin/env python3
"""Fills an empty store with history: answered queries with their postbacks, bodies and events, at even distances in time,
with random QueryIds; one postback in a thousand belongs to no query. Nothing may use the store meanwhile.
  bench/fill_store.py STORE ROWS [FIRST_DAY_AGO 30] [LAST_DAY_AGO 0]
"""
import contextlib
import os
import sqlite3
import sys
import time

RECEIPT_EPOCH = 1_735_689_600  # lib/store/sqlite/postbacks/postback_table.cpp
STEP = 1_000_000               # rows of a transaction
STRANGERS = 1000               # one postback in so many

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
AT = "strftime('%Y-%m-%dT%H:%M:%fZ', :start + i * :gap, 'unixepoch')"
RECEIPT = f"(CAST((:start - {RECEIPT_EPOCH} + i * :gap) * 1000 AS INTEGER) * 4096)"
UUID = """lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
          substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"""
INSERTS = (
    f"""{NUMBERS} INSERT INTO queries (id, query_id, state, created_at, deadline_at, answered_at, receipt, touched, room)
        SELECT :base + i, {UUID}, 'answered', {AT}, {AT}, {AT}, {RECEIPT}, 1, NULL FROM n WHERE i % {STRANGERS}""",
    f"""{NUMBERS} INSERT INTO postbacks (receipt, received_at, kept_at, route, remote, kind, content, query_row, query_id, status,
                                         content_type, charset, bytes, sha256, source)
        SELECT {RECEIPT}, {AT}, {AT}, '/postback', '127.0.0.1', iif(i % {STRANGERS}, 'result', 'unmatched'), 'result',
               iif(i % {STRANGERS}, :base + i, NULL), coalesce((SELECT query_id FROM queries WHERE id = :base + i), {UUID}), 'ok',
               'application/x-www-form-urlencoded; charset=iso-8859-1', 'utf-8', 508, randomblob(32), 'http' FROM n""",
    f"""{NUMBERS} INSERT INTO bodies (receipt, raw)
        SELECT receipt, CAST('{{"QueryId":"' || query_id || '","Result":"' || hex(randomblob(222)) || '"}}' AS BLOB)
          FROM n JOIN postbacks ON receipt = {RECEIPT}""",
    f"""{NUMBERS} INSERT INTO events (kind, receipt, created_at) SELECT 'result', {RECEIPT}, {AT} FROM n WHERE i % {STRANGERS}""",
)


def set_aside(database):
    """Drops triggers and indexes, which are slow to keep up row by row, and returns the SQL that makes them again."""
    objects = database.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('index', 'trigger')")
    objects = objects.fetchall()
    for kind, name, _ in objects:
        database.execute(f'DROP {kind} "{name}"')
    return [sql for _, _, sql in objects]


def fill(path, rows, first_day_ago=30, last_day_ago=0, say=lambda text: None):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    for pragma in ("synchronous = OFF", "cache_size = -1000000", "temp_store = FILE", "ignore_check_constraints = ON"):
        database.execute("PRAGMA " + pragma)
    objects = set_aside(database)
    start = time.time() - 86400 * first_day_ago
    gap = 86400 * (first_day_ago - last_day_ago) / (rows + 1)
    base = database.execute("SELECT coalesce(max(id), 0) FROM queries").fetchone()[0]
    for first in range(1, rows + 1, STEP):
        last = min(first + STEP - 1, rows)
        for insert in INSERTS:
            values = {"first": first, "last": last, "start": start, "gap": gap, "base": base}
            database.execute(insert, {name: value for name, value in values.items() if ":" + name in insert})
        say(f"{last} rows")
    for day in range(last_day_ago, first_day_ago + 1):
        database.execute("INSERT INTO stats (day) SELECT date('now', ?1) WHERE NOT EXISTS "
                         "(SELECT 1 FROM stats WHERE day = date('now', ?1))", (f"-{day} days",))
    for sql in objects:
        database.execute(sql)
        say(sql.split("(")[0].split(" WHEN ")[0].strip())
    database.execute("PRAGMA journal_mode = WAL")
    database.close()
    os.sync()  # or the first checkpoint of the daemon would


def remove_strangers(path, mark):
    """Removes the postbacks without a query whose QueryId has this third part."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        strangers = "SELECT receipt FROM postbacks WHERE query_row IS NULL AND substr(query_id, 15, 4) = ?"
        database.execute(f"DELETE FROM bodies WHERE receipt IN ({strangers})", (mark,))
        database.execute(f"DELETE FROM postbacks WHERE receipt IN ({strangers})", (mark,))
    os.sync()


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    fill(sys.argv[1], *map(int, sys.argv[2:]), say=print)
