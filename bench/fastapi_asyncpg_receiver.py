"""As fastapi_receiver.py, on PostgreSQL by asyncpg: one INSERT and its commit for each postback, on ten connections."""
import json
import os

import asyncpg
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.on_event("startup")
async def connect():
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_URL"], min_size=10, max_size=10)
    await app.state.pool.execute("CREATE TABLE IF NOT EXISTS peer (id bigserial PRIMARY KEY, query_id text UNIQUE, body bytea)")


@app.post("/postback")
async def postback(request: Request):
    if request.headers.get("postbacksecret") != "bench-secret-0123456789":
        return Response(status_code=403)
    body = await request.body()
    query_id = json.loads(body)["QueryId"]
    row = await app.state.pool.fetchrow("INSERT INTO peer (query_id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id", query_id, body)
    return {"receipt": row and row["id"]}
