// Takes what an http handler of postbackd sends (docs/handlers.md), with Express. Copy it.
//
//   SIGNING_SECRET=whsec_… PORT=3000 node express_receiver.mjs
//
// Debian: node-express. `done` must be a table of your own, in the transaction of your work.
import { createRequire } from "node:module";
import { verify } from "./postbackd.mjs";

const express = createRequire(import.meta.url)("express");
const app = express();
const done = new Map();

// The signature is over the bytes as they came.
app.post("/hook", express.raw({ type: "application/json", limit: "300mb" }), (request, response) => {
  if (!verify(process.env.SIGNING_SECRET, request.headers, request.body)) return response.sendStatus(403);
  const key = request.headers["idempotency-key"];
  if (!done.has(key)) done.set(key, [request.headers["postback-event"], JSON.parse(request.body)]); // it may come again
  response.json({ message: "done" });
});

const server = app.listen(process.env.PORT ?? 3000, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
