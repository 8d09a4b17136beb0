-- What the dispatcher claims by, and what it must remember.

-- Attempts before an operator said `retry`: they no longer count.
ALTER TABLE deliveries ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;

CREATE INDEX deliveries_due ON deliveries (handler, next_attempt_at) WHERE state = 'due';
CREATE INDEX deliveries_open ON deliveries (handler, event) WHERE state = 'due' OR state = 'running';
CREATE INDEX deliveries_dead ON deliveries (handler, id) WHERE state = 'dead';
CREATE INDEX deliveries_held ON deliveries (handler, id) WHERE state = 'held';
CREATE INDEX deliveries_running ON deliveries (id) WHERE state = 'running';

-- What becomes overdue by the clock.
CREATE INDEX queries_deadline ON queries (deadline_at) WHERE state = 'pending';

-- The handlers that the configuration has, or had.
CREATE TABLE handlers (
  name     TEXT PRIMARY KEY,
  kind     TEXT NOT NULL,
  since    INTEGER NOT NULL,               -- events.id: later ones are for it
  active   INTEGER NOT NULL DEFAULT 1,     -- 1: in the configuration of the last start
  circuit  TEXT NOT NULL DEFAULT 'closed' CHECK (circuit = 'closed' OR circuit = 'open'),
  failures INTEGER NOT NULL DEFAULT 0,     -- in a row
  open_until TEXT
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES
  ('routed',   CAST((SELECT coalesce(max(id), 0) FROM events) AS TEXT)),   -- the last event that has its deliveries
  ('store_id', lower(hex(randomblob(8))));                                 -- the first half of every idempotency key

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('deliveries', 'deliveries_due',     '10000 1000 1'),
  ('deliveries', 'deliveries_open',    '10000 1000 1'),
  ('deliveries', 'deliveries_running', '10 1'),
  ('queries',    'queries_deadline',   '10000 1');

CREATE VIEW v_handlers AS
SELECT h.name, h.kind, h.circuit, h.failures, h.open_until,
       (SELECT count(*) FROM deliveries d WHERE d.handler = h.name AND (d.state = 'due' OR d.state = 'running')) AS backlog,
       (SELECT e.created_at FROM deliveries d JOIN events e ON e.id = d.event
         WHERE d.handler = h.name AND (d.state = 'due' OR d.state = 'running') ORDER BY d.event LIMIT 1) AS oldest,
       h.active
  FROM handlers h;

-- With the QueryId of a postback that no query is registered for.
DROP VIEW v_dead;
DROP VIEW v_deliveries;
CREATE VIEW v_deliveries AS
SELECT d.id, d.handler, e.event, e.receipt, coalesce(q.query_id, p.query_id) AS query_id, q.label, d.state, d.attempts,
       d.next_attempt_at, d.last_error, d.created_at, d.done_at
  FROM deliveries d
  JOIN events e ON e.id = d.event
  LEFT JOIN postbacks p ON p.receipt = e.receipt
  LEFT JOIN queries q ON q.id = coalesce(p.query, e.query);

CREATE VIEW v_dead AS SELECT * FROM v_deliveries WHERE state = 'dead';
