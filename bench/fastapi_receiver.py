"""The peer of bench/run in Python: the secret, the QueryId, one durable transaction, the answer."""
import json
import os
import sqlite3

from fastapi import FastAPI, Request, Response

app = FastAPI()
store = sqlite3.connect(os.environ["BENCH_STORE"], isolation_level=None, check_same_thread=False)
store.execute("PRAGMA journal_mode = WAL")
store.execute("PRAGMA synchronous = FULL")
store.execute("CREATE TABLE IF NOT EXISTS postbacks (id INTEGER PRIMARY KEY, query_id TEXT UNIQUE, body BLOB)")


@app.post("/postback")
async def postback(request: Request):
    if request.headers.get("postbacksecret") != "bench-secret-0123456789":
        return Response(status_code=403)
    body = await request.body()
    query_id = json.loads(body)["QueryId"]
    row = store.execute("INSERT INTO postbacks (query_id, body) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id", (query_id, body))
    return {"receipt": row.fetchone()}
