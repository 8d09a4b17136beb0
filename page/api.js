// The public API (docs/api.md), as any program calls it; the session's cookie goes along by itself.
export class Problem extends Error {
  constructor(status, detail) { super(detail); this.status = status; }
}

const whenLoggedOut = [];
export const onLoggedOut = run => whenLoggedOut.push(run);

export async function call(method, path, body, ended = method === 'GET' ? AbortSignal.timeout(30_000) : undefined) { // a tunnel may stall without an end
  let response;
  try {
    response = await fetch(path, {
      method, credentials: 'same-origin', cache: 'no-store',
      headers: method === 'GET' ? {} : { 'Postbackd-Page': '1', 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: ended,
    });
  } catch {
    throw new Problem(0, 'no connection');
  }
  if (response.ok) return response.json();
  let detail = response.statusText;
  try { detail = (await response.json()).detail ?? detail; } catch { /* no JSON: the status tells */ }
  if (response.status === 401 && path !== '/v1/session') for (const run of whenLoggedOut) run();
  throw new Problem(response.status, detail);
}

export const get = (path, parameters = {}) => call('GET', path + query(parameters));
export const post = (path, body) => call('POST', path, body);

// Returns `?a=b&…` of those that have a value.
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? '?' + new URLSearchParams(given) : '';
}

// By the server's clock, in whole seconds.
export async function serverTime() {
  const response = await fetch('/v1/session', { credentials: 'same-origin', cache: 'no-store' });
  return new Date(response.headers.get('Date')).toISOString();
}

export const id = text => encodeURIComponent(text);

const mostEvents = 25; // at a time: what comes faster nobody can read, and twenty pages would slow the receiver down
const pause = 1000;    // ms between two requests
const pauseAfterTrouble = 5000;

// Follows the feed after an event, or from now on: calls take(events, skipped), where `skipped` says that there were
// more before them. Returns a function that ends it.
export function follow(after, take, tellConnected) {
  let ended = false, leave;
  const rest = time => new Promise(done => setTimeout(done, time));
  const read = async (after, wait) => {
    leave = new AbortController();
    const stalls = setTimeout(() => leave.abort(), 30_000);
    try {
      return await call('GET', '/v1/events' + query({ after: after ?? 'latest', limit: mostEvents, wait }), undefined, leave.signal);
    } finally {
      clearTimeout(stalls);
    }
  };
  const run = async () => {
    for (let last = after, skipped = false, troubled = true; !ended;) {
      try {
        const { events, next } = await read(last, troubled || skipped ? undefined : 20); // at once, if it may be that all is well again, or more is there
        if (ended) return;
        troubled = false;
        tellConnected(true);
        if (events.length) take(events, skipped);
        const newest = events.length === mostEvents ? (await read()).next : next;
        skipped = newest - mostEvents > next;
        last = skipped ? newest - mostEvents : next;
        await rest(pause);
      } catch (error) {
        if (ended) return;
        if (error.status === 409) last = undefined; // of a store that a backup has replaced
        else tellConnected(false);
        troubled = true;
        await rest(pauseAfterTrouble);
      }
    }
  };
  run();
  return () => { ended = true; leave.abort(); };
}

// Reads the beginning of a text answer of any size: up to `most` bytes, then leaves. Returns the text and
// whether it is whole.
export async function readBeginning(path, most) {
  const leave = new AbortController();
  const response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', signal: leave.signal });
  if (!response.ok) {
    let detail = response.statusText;
    try { detail = (await response.json()).detail; } catch { /* no JSON */ }
    throw new Problem(response.status, detail);
  }
  const reader = response.body.getReader();
  const pieces = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: decode(pieces), whole: true };
    pieces.push(value);
    size += value.length;
    if (size >= most) { leave.abort(); return { text: decode(pieces).slice(0, most), whole: false }; }
  }
}

function decode(pieces) {
  const decoder = new TextDecoder();
  return pieces.map(piece => decoder.decode(piece, { stream: true })).join('');
}
