// Drives examples/postbackd.mjs: asks, waits, follows, verifies.   Usage: node_client.mjs URL TOKEN, with a signed request on stdin
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { Postbackd, Problem, verify } from "../../examples/postbackd.mjs";

const client = new Postbackd(process.argv[2], process.argv[3], 30);
const before = (await client.call("GET", "/v1/events?after=0&limit=1")).json.next;
const asked = [];
for (let i = 0; i < 5; ++i)
  asked.push(await client.ask("people", "basic_data", `doc{9${i}}`, `node-${i}`, { metadata: { node: i } }));
assert.deepEqual((await client.ask("people", "basic_data", "doc{90}", "node-0")).id, asked[0].id);
assert.ok((await client.result(asked[2].id)).QueryId);
await assert.rejects(client.result("unknown"), Problem);
const ends = new Set();
for await (const event of client.events(before)) {
  if (event.metadata?.node === undefined) continue;
  assert.equal(event.event, "result");
  ends.add(event.id);
  if (ends.size === asked.length) break;
}
const { secret, fields, body } = JSON.parse(readFileSync(0, "utf8"));
assert.ok(verify(secret, fields, Buffer.from(body)));
assert.ok(!verify(secret, fields, Buffer.from(body + " ")));
