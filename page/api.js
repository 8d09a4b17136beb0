// The public API (docs/api.md), as any program calls it; the session's cookie goes along by itself.
export class Problem extends Error {
  constructor(status, detail) { super(detail); this.status = status; }
}

const whenLoggedOut = [];
export const onLoggedOut = run => whenLoggedOut.push(run);

export async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method, credentials: 'same-origin', cache: 'no-store',
      headers: method === 'GET' ? {} : { 'Postbackd-Page': '1', 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: method === 'GET' ? AbortSignal.timeout(30_000) : undefined, // a tunnel may stall without an end
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

export const id = text => encodeURIComponent(text);

const kinds = ['result', 'recovered', 'late', 'failed', 'lost', 'closed', 'erased', 'extra', 'notice', 'overdue', 'unmatched', 'group'];

// Follows the feed after an event, or from now on. Returns a function that ends it. The browser connects again by
// itself, and goes on after the last event; unless it was refused: then we do.
export function follow(after, take, tellConnected) {
  let source, timer, last = after;
  const open = () => {
    source = new EventSource(`/v1/events?after=${last ?? 'latest'}`);
    for (const kind of kinds)
      source.addEventListener(kind, message => {
        const event = JSON.parse(message.data);
        last = event.seq;
        take(event);
      });
    source.onopen = () => tellConnected(true);
    source.onerror = () => {
      tellConnected(false);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, 5000);
    };
  };
  open();
  return () => { clearTimeout(timer); source.close(); };
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
