// What a program with types generated from docs/openapi.yaml does: no cast anywhere.   Usage: node client.js URL TOKEN
import createClient from "openapi-fetch";
import type { paths as FanbasePaths } from "./fanbase.js";
import type { components, paths } from "./postbackd.js";

declare const process: { argv: string[] };
const [baseUrl, token] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

const registered = await api.POST("/v1/queries", {
  params: { header: { "Idempotency-Key": "order-4711" } },
  body: { query_id: "7cfe93e7-9d7e-4458-90eb-feaa6d9b5dee", label: "order 4711", metadata: { order: 4711, tags: ["a"] } },
});
check(registered.data !== undefined, "not registered");
const id: string = registered.data.id;
check(registered.data.metadata?.["order"] === 4711, "its metadata is another");

const submission: components["schemas"]["Submission"] = {
  api: "people", datasets: "basic_data", q: "doc{1}", parameters: { Limit: 1, Tags: { order: "4711" } }, metadata: { n: 1 },
};
const refused = await api.POST("/v1/queries", { body: submission });
check(refused.error !== undefined && refused.response.status === 409, "there is no [platform]");
check(typeof refused.error.detail === "string", "no detail");

const closed = await api.POST("/v1/queries/{id}/close", { params: { path: { id } }, body: { reason: "tried" } });
check(closed.data?.state === "closed", "not closed");

const page = await api.GET("/v1/events", { params: { query: { after: 0, event: "final", include: "result" } } });
check(page.data !== undefined, "no page");
for (const event of page.data.events) check(event.id === id && event.event === "closed" && event.seq <= page.data.next, "another event");
check(page.data.events.length === 1, "one event is expected");

const fanbase = createClient<FanbasePaths>({ baseUrl });
export type Ticket = Parameters<typeof fanbase.POST>[0];
console.log("ok");
