"""Takes what an http handler of postbackd sends (docs/handlers.md), with FastAPI. Copy it.

    SIGNING_SECRET=whsec_… uvicorn fastapi_receiver:app --port 3000

Debian: python3-fastapi, uvicorn. `done` must be a table of your own, in the transaction of your work."""
import os

from fastapi import FastAPI, Request, Response

from postbackd import verify

app = FastAPI()
done = {}


@app.post("/hook")
async def hook(request: Request):
    body = await request.body()
    if not verify(os.environ["SIGNING_SECRET"], request.headers, body):
        return Response(status_code=403)  # postbackd gives it up: look at `postbackctl deliveries --dead`
    key = request.headers["idempotency-key"]
    if key not in done:  # the same delivery may come again
        done[key] = (request.headers["postback-event"], request.headers.get("postback-id"), await request.json())
    return {"message": "done"}
