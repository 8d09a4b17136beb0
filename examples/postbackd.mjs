// A client of postbackd's API (docs/api.md) for Node 18 and later, without packages. Copy it.
//
//   const client = new Postbackd("https://hooks.example.com:8443", token);
//   const query = await client.ask("people", "basic_data", "doc{12345678900}", "order-4711", { metadata: { order: 4711 } });
//   const document = await client.result(query.id);                   // waits for it
//   for await (const event of client.events(cursor)) { … }            // keep event.seq with what you have done
import { createHmac, timingSafeEqual } from "node:crypto";

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// An answer that repeating the request does not change.
export class Problem extends Error {
  constructor(status, answer) {
    super(`${status}: ${answer.detail}`);
    Object.assign(this, { status, answer });
  }
}

export class Postbackd {
  // patience: how many seconds to repeat a request that gets no answer, or 429, or 503.
  constructor(url, token, patience = 120) {
    Object.assign(this, { url, patience });
    this.fields = token ? { Authorization: `Bearer ${token}` } : {};
  }

  // Submits a query; the same key is the same query, so a repeat is harmless.
  async ask(api, datasets, q, key, facts = {}) {
    return (await this.call("POST", "/v1/queries", { api, datasets, q, ...facts }, { "Idempotency-Key": key })).json;
  }

  // Expects the result of a query that the caller has submitted itself.
  async register(query_id, facts = {}) {
    return (await this.call("POST", "/v1/queries", { query_id, ...facts })).json;
  }

  // Waits for the end of a query. Returns its document; throws Problem (410) when there will be none.
  async result(query) {
    for (;;) {
      const { status, json } = await this.call("GET", `/v1/queries/${query}/result?wait=60`);
      if (status === 200) return json;
    }
  }

  // Yields each event of the client's queries, for ever, in order. When a backup was restored it goes on where the two
  // stores part, and a query may have its end again, under another seq: know it by its id.
  async *events(after = 0) {
    for (;;) {
      const page = await this.call("GET", `/v1/events?after=${after}&limit=1000&wait=60`).catch((problem) => {
        if (problem.status !== 409) throw problem;
        return { json: { events: [], ...problem.answer } };
      });
      yield* page.json.events;
      after = page.json.next;
    }
  }

  async call(method, path, body, fields = {}) {
    for (const end = Date.now() + this.patience * 1000; ; ) {
      let status = 503, wait = 0.2, json = { detail: "no answer" };
      try {
        const answer = await fetch(this.url + path, { method, headers: { ...this.fields, ...fields }, body: body && JSON.stringify(body) });
        status = answer.status;
        wait = Number(answer.headers.get("Retry-After") ?? 1);
        json = await answer.json();
      } catch (error) {
        json.detail = String(error.cause ?? error);
        if (status < 400) status = 503; // the answer broke off
      }
      if (status < 400) return { status, json };
      if (![429, 503].includes(status) || Date.now() > end) throw new Problem(status, json);
      await pause(wait);
    }
  }
}

// Whether an http handler of postbackd has signed this request (standardwebhooks.com). secret: whsec_…; body: a Buffer.
export function verify(secret, fields, body, tolerance = 300) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = Buffer.concat([Buffer.from(`${fields["webhook-id"]}.${fields["webhook-timestamp"]}.`), body]);
  const expected = createHmac("sha256", key).update(signed).digest();
  const fresh = Math.abs(Date.now() / 1000 - Number(fields["webhook-timestamp"])) <= tolerance;
  return fresh && (fields["webhook-signature"] ?? "").split(" ").some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
