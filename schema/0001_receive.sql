-- The store, first version. Views (v_…) are the public interface, documented in docs/schema.md; tables may change.
-- Times are UTC text, ISO 8601 with milliseconds: 2026-01-31T23:59:59.123Z.
-- Triggers run in whatever program writes, with its own SQLite: built-in functions only, and nothing that needs
-- foreign keys to be on. No statement in them relies on a conflict clause: an outer INSERT OR REPLACE overrides it.
-- Words are checked with OR: an IN of more than two builds a small table at each row (4 of 8 microseconds for an event).

-- What triggers need to know of the configuration; the daemon writes it at start.
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES
  ('deadline',  '+600 seconds'),   -- of a query that is registered without one; SQLite date modifiers
  ('look_back', '-30 days'),       -- how far repeats and strangers are searched
  ('probe',     '');               -- when the daemon last made sure that it can write

-- One row per day with anything in it: the counters, and the list of days that history is searched by.
CREATE TABLE stats (
  day         TEXT PRIMARY KEY,
  registered  INTEGER NOT NULL DEFAULT 0,
  results     INTEGER NOT NULL DEFAULT 0,
  notices     INTEGER NOT NULL DEFAULT 0,
  extras      INTEGER NOT NULL DEFAULT 0,
  unmatched   INTEGER NOT NULL DEFAULT 0,
  undecodable INTEGER NOT NULL DEFAULT 0,
  repeats     INTEGER NOT NULL DEFAULT 0,
  bytes       INTEGER NOT NULL DEFAULT 0,
  delivered   INTEGER NOT NULL DEFAULT 0,
  dead        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE queries (
  id          INTEGER PRIMARY KEY,
  query_id    TEXT COLLATE NOCASE CHECK (length(query_id) BETWEEN 1 AND 128),
  correlation TEXT CHECK (length(correlation) BETWEEN 1 AND 64),
  label       TEXT,
  api         TEXT,
  datasets    TEXT,
  state       TEXT NOT NULL DEFAULT 'pending' CHECK (state = 'queued' OR state = 'submitting' OR state = 'pending' OR state = 'answered'
                OR state = 'failed' OR state = 'notified' OR state = 'overdue'
                OR state = 'recovering' OR state = 'recovered' OR state = 'lost'),
  created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) CHECK (created_at GLOB '????-??-??T??:??:??*Z'),
  deadline_at TEXT CHECK (deadline_at GLOB '????-??-??T??:??:??*Z'),
  answered_at TEXT,
  receipt     INTEGER,                     -- the postback that answered it
  touched     INTEGER NOT NULL DEFAULT 0,  -- 1: a postback of it is kept, so that a repeat is possible
  waiting     INTEGER GENERATED ALWAYS AS (state NOT IN ('answered', 'recovered')) VIRTUAL,
  day         TEXT GENERATED ALWAYS AS (substr(created_at, 1, 10)) VIRTUAL,
  CHECK (query_id IS NOT NULL OR correlation IS NOT NULL)
) STRICT;

-- Hot: what an arriving postback must find. Its size follows the queries that wait, not the history.
CREATE UNIQUE INDEX queries_waiting ON queries (query_id) WHERE waiting;
CREATE UNIQUE INDEX queries_correlation ON queries (correlation) WHERE correlation IS NOT NULL;
-- Cold: led by the day, so that a new row touches pages of its own day only.
CREATE INDEX queries_by_day ON queries (day, query_id);

CREATE TABLE postbacks (
  receipt          INTEGER PRIMARY KEY,
  received_at      TEXT NOT NULL,
  kept_at          TEXT NOT NULL,          -- when the writer took it, just before the commit
  route            TEXT NOT NULL,
  correlation      TEXT,                   -- of the query in whose own URL it came
  remote           TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind = 'result' OR kind = 'notice' OR kind = 'extra' OR kind = 'unmatched'
                OR kind = 'undecodable'),
  content          TEXT NOT NULL CHECK (content = 'result' OR content = 'notice' OR content = 'undecodable'),
  query            INTEGER,                -- queries.id; NULL: no query is registered for it
  query_id         TEXT COLLATE NOCASE,
  status           TEXT CHECK (status = 'ok' OR status = 'partial' OR status = 'failed'),
  content_type     TEXT,
  content_encoding TEXT,
  charset          TEXT,
  bytes            INTEGER NOT NULL,
  sha256           BLOB NOT NULL CHECK (length(sha256) = 32),
  repeats          INTEGER NOT NULL DEFAULT 0,
  repeated_at      TEXT,
  source           TEXT NOT NULL CHECK (source IN ('http', 'log')),
  problem          TEXT,                   -- why it is undecodable or unmatched
  day              TEXT GENERATED ALWAYS AS (substr(received_at, 1, 10)) VIRTUAL,
  mark             BLOB GENERATED ALWAYS AS (substr(sha256, 1, 8)) VIRTUAL
) STRICT;

-- With a piece of the digest, so that a repeat is found by one step a day however many postbacks a QueryId has.
CREATE INDEX postbacks_by_day ON postbacks (day, query_id, mark) WHERE query_id IS NOT NULL;
CREATE INDEX postbacks_by_digest ON postbacks (day, mark) WHERE query_id IS NULL;
CREATE INDEX postbacks_unmatched ON postbacks (receipt) WHERE query IS NULL;

-- json: UTF-8, only where it differs from raw. BLOB, because large bodies are written through zeroblobs.
CREATE TABLE bodies (
  receipt INTEGER PRIMARY KEY,
  raw     BLOB NOT NULL,
  json    BLOB
) STRICT;

-- What handlers can be given. Append-only.
CREATE TABLE events (
  id         INTEGER PRIMARY KEY,
  event      TEXT NOT NULL CHECK (event = 'result' OR event = 'notice' OR event = 'overdue' OR event = 'recovered'
                OR event = 'unmatched' OR event = 'ticket-create' OR event = 'app-event'),
  receipt    INTEGER,                      -- the postback it is about
  query      INTEGER,                      -- the query it is about, where there is no postback
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX events_of_query ON events (query) WHERE query IS NOT NULL;

CREATE TABLE deliveries (
  id              INTEGER PRIMARY KEY,
  event           INTEGER NOT NULL,        -- events.id
  handler         TEXT NOT NULL,
  state           TEXT NOT NULL DEFAULT 'due' CHECK (state = 'due' OR state = 'running' OR state = 'done' OR state = 'dead'
                OR state = 'held'),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TEXT,
  last_error      TEXT,
  created_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  done_at         TEXT,
  UNIQUE (event, handler)
) STRICT;

CREATE TABLE attempts (
  delivery    INTEGER NOT NULL,            -- deliveries.id
  attempt     INTEGER NOT NULL,
  started_at  TEXT NOT NULL,
  finished_at TEXT,
  outcome     TEXT CHECK (outcome = 'done' OR outcome = 'retry' OR outcome = 'dead'),
  detail      TEXT,
  PRIMARY KEY (delivery, attempt)
) STRICT, WITHOUT ROWID;

-- Registering a known QueryId again changes nothing, whatever the form of the INSERT. With a known correlation it tells
-- that query's QueryId.
CREATE TRIGGER queries_known BEFORE INSERT ON queries WHEN NEW.query_id IS NOT NULL OR NEW.correlation IS NOT NULL
BEGIN
  SELECT RAISE(IGNORE)
   WHERE EXISTS (SELECT 1 FROM queries WHERE query_id = NEW.query_id AND waiting)
      OR EXISTS (SELECT 1
                   FROM stats s CROSS JOIN queries q ON q.day = s.day AND q.query_id = NEW.query_id
                  WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back')));
  UPDATE queries SET query_id = NEW.query_id WHERE correlation = NEW.correlation AND query_id IS NULL;
  SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM queries WHERE correlation = NEW.correlation);
END;

CREATE TRIGGER queries_registered AFTER INSERT ON queries
BEGIN
  INSERT INTO stats (day) SELECT NEW.day WHERE NOT EXISTS (SELECT 1 FROM stats WHERE day = NEW.day);
  UPDATE stats SET registered = registered + 1 WHERE day = NEW.day;
  UPDATE queries
     SET deadline_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, (SELECT value FROM settings WHERE name = 'deadline'))
   WHERE id = NEW.id AND deadline_at IS NULL;
  -- Postbacks that came before their query, but none from another query's own URL. postbacks_matched goes on.
  UPDATE postbacks SET query = NEW.id
   WHERE NEW.query_id IS NOT NULL
     AND receipt IN (SELECT p.receipt
                       FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = NEW.query_id
                      WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
                        AND p.query IS NULL
                        AND (p.correlation IS NULL OR p.correlation IS NEW.correlation
                             OR (NEW.correlation IS NULL
                                 AND NOT EXISTS (SELECT 1 FROM queries WHERE correlation = p.correlation))));
END;

-- A query learns its QueryId: by the acknowledgement, or by a postback to its own URL.
CREATE TRIGGER queries_identified AFTER UPDATE OF query_id ON queries
  WHEN OLD.query_id IS NULL AND NEW.query_id IS NOT NULL
BEGIN
  UPDATE postbacks SET query_id = NEW.query_id WHERE receipt = NEW.receipt AND query_id IS NULL;
  UPDATE postbacks SET query = NEW.id
   WHERE receipt IN (SELECT p.receipt
                       FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = NEW.query_id
                      WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
                        AND p.query IS NULL
                        AND (p.correlation IS NULL OR p.correlation IS NEW.correlation
                             OR (NEW.correlation IS NULL
                                 AND NOT EXISTS (SELECT 1 FROM queries WHERE correlation = p.correlation))));
END;

-- A kept postback finds its query late. Rows come in the order of their receipts, so the first result answers.
CREATE TRIGGER postbacks_matched AFTER UPDATE OF query ON postbacks
  WHEN OLD.query IS NULL AND NEW.query IS NOT NULL
BEGIN
  UPDATE postbacks
     SET problem = CASE WHEN NEW.content = 'undecodable' THEN problem END,
         kind = CASE WHEN NEW.content = 'result' AND EXISTS (SELECT 1 FROM queries WHERE id = NEW.query AND NOT waiting)
                     THEN 'extra' ELSE NEW.content END
   WHERE receipt = NEW.receipt;
  UPDATE stats
     SET unmatched = unmatched - (NEW.kind = 'unmatched'),
         results   = results   + (SELECT kind = 'result' FROM postbacks WHERE receipt = NEW.receipt),
         extras    = extras    + (SELECT kind = 'extra'  FROM postbacks WHERE receipt = NEW.receipt),
         notices   = notices   + (NEW.content = 'notice')
   WHERE day = NEW.day;
  -- A notice is news only while there is no result: neither matched already nor about to be.
  INSERT INTO events (event, receipt, created_at)
  SELECT CASE WHEN p.kind = 'result' AND p.source = 'log' THEN 'recovered' ELSE p.kind END, p.receipt,
         strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    FROM postbacks p JOIN queries q ON q.id = p.query
   WHERE p.receipt = NEW.receipt AND p.kind IN ('result', 'notice') AND q.waiting
     AND (p.kind = 'result'
          OR NOT EXISTS (SELECT 1
                           FROM stats s CROSS JOIN postbacks r ON r.day = s.day AND r.query_id = NEW.query_id
                          WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
                            AND r.content = 'result' AND r.query IS NULL
                            AND (r.correlation IS NULL OR r.correlation IS q.correlation)));
  UPDATE queries SET touched = 1 WHERE id = NEW.query;
  UPDATE queries SET state = 'notified'
   WHERE id = NEW.query AND NEW.content = 'notice' AND state IN ('queued', 'submitting', 'pending', 'overdue');
  UPDATE queries
     SET state = CASE NEW.source WHEN 'log' THEN 'recovered' ELSE 'answered' END,
         answered_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
         receipt = NEW.receipt
   WHERE id = NEW.query AND NEW.content = 'result' AND waiting;
END;

-- The public views.

CREATE VIEW v_queries AS
SELECT query_id, correlation, label, api, datasets, state, created_at, deadline_at, answered_at, receipt
  FROM queries;

CREATE VIEW v_pending AS
SELECT query_id, correlation, label, api, datasets, state, created_at, deadline_at, answered_at, receipt
  FROM queries INDEXED BY queries_waiting WHERE waiting;

CREATE VIEW v_overdue AS
SELECT query_id, correlation, label, api, datasets, state, created_at, deadline_at, answered_at, receipt
  FROM queries INDEXED BY queries_waiting WHERE waiting AND deadline_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now');

CREATE VIEW v_postbacks AS
SELECT p.receipt, p.received_at, p.route, p.remote, p.kind, p.query_id, q.label, p.status, p.content_type, p.charset,
       p.bytes, lower(hex(p.sha256)) AS sha256, p.repeats, p.source, p.content_encoding, p.kept_at, p.repeated_at,
       p.problem, p.correlation
  FROM postbacks p LEFT JOIN queries q ON q.id = p.query;

CREATE VIEW v_unmatched AS
SELECT p.receipt, p.received_at, p.route, p.remote, p.kind, p.query_id, NULL AS label, p.status, p.content_type,
       p.charset, p.bytes, lower(hex(p.sha256)) AS sha256, p.repeats, p.source, p.content_encoding, p.kept_at,
       p.repeated_at, p.problem, p.correlation
  FROM postbacks p INDEXED BY postbacks_unmatched WHERE p.query IS NULL;

CREATE VIEW v_bodies AS
SELECT b.receipt, b.raw, CASE WHEN p.content <> 'undecodable' THEN CAST(coalesce(b.json, b.raw) AS TEXT) END AS json
  FROM bodies b JOIN postbacks p ON p.receipt = b.receipt;

CREATE VIEW v_results AS
SELECT q.query_id, q.label, q.api, q.datasets, q.answered_at, p.status, CAST(coalesce(b.json, b.raw) AS TEXT) AS json,
       q.receipt
  FROM queries q JOIN postbacks p ON p.receipt = q.receipt JOIN bodies b ON b.receipt = q.receipt
 WHERE NOT q.waiting;

CREATE VIEW v_deliveries AS
SELECT d.id, d.handler, e.event, e.receipt, q.query_id, q.label, d.state, d.attempts, d.next_attempt_at, d.last_error,
       d.created_at, d.done_at
  FROM deliveries d
  JOIN events e ON e.id = d.event
  LEFT JOIN postbacks p ON p.receipt = e.receipt
  LEFT JOIN queries q ON q.id = coalesce(p.query, e.query);

CREATE VIEW v_dead AS SELECT * FROM v_deliveries WHERE state = 'dead';

CREATE VIEW v_attempts AS
SELECT a.delivery AS delivery_id, d.handler, a.attempt, a.started_at, a.finished_at, a.outcome, a.detail
  FROM attempts a JOIN deliveries d ON d.id = a.delivery;

CREATE VIEW v_stats AS
SELECT day, registered, results, notices, extras, unmatched, undecodable, repeats, bytes, delivered, dead FROM stats;

-- The planner's view of the indexes led by the day, as in a grown file: few days, many rows in each, a QueryId nearly
-- unique. It makes `WHERE query_id = …` on the views one seek per day instead of a walk over all history.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('queries',   'queries_by_day',      '3000000 100000 1'),
  ('queries',   'queries_waiting',     '10000 1'),
  ('queries',   'queries_correlation', '3000000 1'),
  ('postbacks', 'postbacks_by_day',    '3000000 100000 1 1'),
  ('postbacks', 'postbacks_by_digest', '10000 300 1'),
  ('postbacks', 'postbacks_unmatched', '10000 1'),
  ('stats',     'stats',               '90 1');
