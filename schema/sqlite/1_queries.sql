-- The store. Views (7_views.sql) are the public interface, described in docs/schema.md; tables may change.
-- Times are UTC text, ISO 8601 with milliseconds: 2026-01-31T23:59:59.123Z.
-- Words are checked with OR: an IN of more than two builds a small table per row (4 of 8 microseconds for an event).

-- The part of the configuration that triggers need; the daemon writes it at start.
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES
  ('deadline',  '+600 seconds'),               -- of a query registered without one; a SQLite date modifier
  ('expires',   '+7 days'),                    -- of a submission that is not sent; a SQLite date modifier
  ('probe',     ''),                           -- when the daemon last proved that it can write
  ('scrub',     ''),                           -- not empty: the daemon shall empty the WAL, because something was erased
  ('seen',      ''),                           -- the time of the last pass of retention that believed the clock
  ('routed',    '0'),                          -- the last event that has its deliveries
  ('made',      strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), -- when the store was made
  ('restored',  ''),                           -- when this copy was put in the place of a store
  ('backup',    ''),                           -- when the newest backup was made
  ('backup_due', ''),                          -- when the next one of a schedule is missing
  ('store_id',  lower(hex(randomblob(8))));    -- the first half of every idempotency key

-- The counters of each day with any activity.
CREATE TABLE stats (
  day             TEXT PRIMARY KEY,
  registered      INTEGER NOT NULL DEFAULT 0,
  results         INTEGER NOT NULL DEFAULT 0,
  notices         INTEGER NOT NULL DEFAULT 0,
  extras          INTEGER NOT NULL DEFAULT 0,
  unmatched       INTEGER NOT NULL DEFAULT 0,
  undecodable     INTEGER NOT NULL DEFAULT 0,
  repeats         INTEGER NOT NULL DEFAULT 0,
  bytes           INTEGER NOT NULL DEFAULT 0,
  deliveries_done INTEGER NOT NULL DEFAULT 0,
  deliveries_dead INTEGER NOT NULL DEFAULT 0,
  expired         INTEGER NOT NULL DEFAULT 0, -- submissions that were not sent in time
  database_bytes  INTEGER                  -- on disk, when it was last measured that day
) STRICT, WITHOUT ROWID;

-- What was refused before it was kept, by day: a few hundred rows a day, the rest in one with an empty remote and path.
CREATE TABLE refusals (
  day    TEXT NOT NULL,
  reason TEXT NOT NULL,
  remote TEXT NOT NULL,
  path   TEXT NOT NULL,                    -- of a route; empty for what is none of ours
  count  INTEGER NOT NULL,
  last   TEXT NOT NULL,
  PRIMARY KEY (day, reason, remote, path)
) STRICT, WITHOUT ROWID;

-- What somebody should look at, from its beginning to its end. `status` shows those that are open.
CREATE TABLE alerts (
  id          INTEGER PRIMARY KEY,
  source      TEXT NOT NULL,               -- the roles of the process that sees it
  name        TEXT NOT NULL,               -- overdue, dead, certificate, …
  handler     TEXT NOT NULL,               -- it is about, or empty
  critical    INTEGER NOT NULL,
  what        TEXT NOT NULL,
  began_at    TEXT NOT NULL,
  ended_at    TEXT,
  first_event INTEGER NOT NULL             -- events.id
) STRICT;

CREATE UNIQUE INDEX alerts_open ON alerts (source, name, handler) WHERE ended_at IS NULL;

CREATE TABLE queries (
  id          INTEGER PRIMARY KEY,
  -- No query is found by a text that names another one: 32 hexadecimal digits are a correlation (model/query_name.hpp).
  query_id    TEXT COLLATE NOCASE
                CONSTRAINT "query_id must have 1 to 128 printable ASCII characters, no blanks, braces and quotes, and must not be 32 hexadecimal digits"
                CHECK (length(query_id) BETWEEN 1 AND 128 AND query_id NOT GLOB '*[^!-~]*' AND query_id NOT GLOB '*[{}"'']*'
                       AND (length(query_id) <> 32 OR query_id GLOB '*[^0-9a-fA-F]*')),
  correlation TEXT CHECK (length(correlation) BETWEEN 1 AND 64),
  -- Names of constraints are what other programs read in their errors. Bytes, because handlers get them in their environment.
  label       TEXT CONSTRAINT "label must have at most 1024 bytes" CHECK (length(CAST(label AS BLOB)) <= 1024),
  api         TEXT CONSTRAINT "api must have at most 1024 bytes" CHECK (length(CAST(api AS BLOB)) <= 1024),
  datasets    TEXT CONSTRAINT "datasets must have at most 1024 bytes" CHECK (length(CAST(datasets AS BLOB)) <= 1024),
  client      TEXT NOT NULL DEFAULT '',    -- of the API that registered it; empty: a program that uses this file
  key         TEXT CONSTRAINT "key must have 1 to 1024 bytes" CHECK (length(CAST(key AS BLOB)) BETWEEN 1 AND 1024),
  metadata    TEXT CONSTRAINT "metadata must be a JSON object of at most 4096 bytes"
                CHECK (metadata IS NULL OR (length(CAST(metadata AS BLOB)) <= 4096 AND json_valid(metadata) AND json_type(metadata) = 'object')),
  group_name  TEXT CONSTRAINT "group_name must have 1 to 1024 bytes" CHECK (length(CAST(group_name AS BLOB)) BETWEEN 1 AND 1024),
  -- W3C Trace Context: the traceparent and, if there is one, a blank and the tracestate. Handlers get it in header fields.
  trace       TEXT CONSTRAINT "trace must be a traceparent of version 00, and perhaps a blank and a tracestate, in at most 600 characters"
                CHECK (length(trace) BETWEEN 55 AND 600 AND trace GLOB '00-????????????????????????????????-????????????????-??*'
                       AND replace(substr(trace, 4, 32), '-', 'x') || replace(substr(trace, 37, 16), '-', 'x') || replace(substr(trace, 54, 2), '-', 'x') NOT GLOB '*[^0-9a-f]*'
                       AND substr(trace, 4, 32) GLOB '*[^0]*' AND substr(trace, 37, 16) GLOB '*[^0]*' AND substr(trace, 56, 1) IN ('', ' ') AND trace NOT GLOB '*[^ -~]*'),
  state       TEXT NOT NULL DEFAULT 'pending' CHECK (state = 'queued' OR state = 'submitting' OR state = 'pending' OR state = 'answered'
                OR state = 'failed' OR state = 'notified' OR state = 'overdue'
                OR state = 'recovering' OR state = 'recovered' OR state = 'lost' OR state = 'closed' OR state = 'joined'),
  created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) CHECK (created_at GLOB '????-??-??T??:??:??*Z'),
  deadline_at TEXT CONSTRAINT "deadline_at must be UTC text such as 2026-01-31T23:59:59.123Z"
                CHECK (deadline_at IS NULL OR (deadline_at GLOB '????-??-??T??:??:??*Z' AND julianday(deadline_at) IS NOT NULL)),
  answered_at TEXT,
  receipt     INTEGER,                     -- the postback that answered it
  closed_at   TEXT,                        -- when an operator gave it up, and why; a result answers it nevertheless
  reason      TEXT,
  erased_at   TEXT,                        -- when what it says of a person was erased on request
  served_from TEXT,                        -- the correlation of the equal submission whose result it has, or waits for
  shares      INTEGER NOT NULL DEFAULT 0,  -- 1: such queries wait for its end
  touched     INTEGER NOT NULL DEFAULT 0,  -- 1: it has a postback, so a repeat is possible
  room        BLOB DEFAULT (zeroblob(34)), -- as much as an answer adds: with it gone, the row stays in its page
  waiting     INTEGER GENERATED ALWAYS AS (state NOT IN ('answered', 'recovered')) VIRTUAL,
  given_up    INTEGER GENERATED ALWAYS AS (state = 'failed' OR state = 'lost' OR state = 'closed') VIRTUAL,
  day         TEXT GENERATED ALWAYS AS (substr(created_at, 1, 10)) VIRTUAL,
  CHECK (query_id IS NOT NULL OR correlation IS NOT NULL)
) STRICT;

-- The only index whose order is random. An answer reads it and does not change it.
CREATE UNIQUE INDEX queries_by_query_id ON queries (query_id) WHERE query_id IS NOT NULL;
CREATE UNIQUE INDEX queries_by_correlation ON queries (correlation) WHERE correlation IS NOT NULL;
-- The same key of one client is the same query.
CREATE UNIQUE INDEX queries_by_key ON queries (key, client) WHERE key IS NOT NULL;
CREATE INDEX queries_of_client ON queries (client) WHERE client <> '';
CREATE INDEX queries_by_source ON queries (served_from, state) WHERE served_from IS NOT NULL;
-- Those whose end must be shared now.
CREATE INDEX queries_to_share ON queries (id)
  WHERE shares AND (state = 'answered' OR state = 'recovered' OR state = 'failed' OR state = 'lost' OR state = 'closed');
CREATE INDEX queries_by_group ON queries (group_name, client, state) WHERE group_name IS NOT NULL;
-- Those that keep their group from its end.
CREATE INDEX queries_open_in_group ON queries (group_name, client) WHERE group_name IS NOT NULL AND waiting AND NOT given_up;
CREATE INDEX queries_by_label ON queries (label) WHERE label IS NOT NULL;
-- Its size follows the waiting queries, not the history.
CREATE INDEX queries_waiting ON queries (state, deadline_at) WHERE waiting;

-- Queries of one client that belong together; those of none have a row with an empty name, which is no group for anybody. A group ends when its last query has its end, and again if it gets others later.
CREATE TABLE groups (
  id           INTEGER PRIMARY KEY,
  client       TEXT NOT NULL,
  name         TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  ended_at     TEXT,
  filled_until TEXT,                       -- somebody enters queries of it: it does not end before
  UNIQUE (client, name)
) STRICT;

CREATE INDEX groups_open ON groups (id) WHERE ended_at IS NULL;

-- What each client has asked the platform, by day (UTC) and API.
CREATE TABLE usage (
  day       TEXT NOT NULL,
  client    TEXT NOT NULL,
  api       TEXT NOT NULL,
  submitted INTEGER NOT NULL DEFAULT 0,    -- sent, or to be sent: what was given up unsent, or refused, is not among them
  shared    INTEGER NOT NULL DEFAULT 0,    -- an equal submission has answered, or will
  PRIMARY KEY (day, client, api)
) STRICT, WITHOUT ROWID;

-- One row: the variables of the triggers of a registration (6_matching.sql).
CREATE TABLE registration (
  query_id    TEXT COLLATE NOCASE,         -- the QueryId given, or the one a stray postback has proven
  correlation TEXT,
  label       TEXT,
  api         TEXT,
  datasets    TEXT,
  client      TEXT,
  key         TEXT,
  metadata    TEXT,
  group_name  TEXT,
  trace       TEXT,
  deadline_at TEXT,
  at          TEXT,                        -- the time of the INSERT: created_at, which the daemon sets, or now if that is later
  by_id       INTEGER,                     -- queries.id of the row that has this QueryId
  own         INTEGER,                     -- queries.id of the row that has this correlation
  joins       INTEGER NOT NULL DEFAULT 0   -- counts the registrations that join a QueryId and a correlation
) STRICT;

INSERT INTO registration DEFAULT VALUES;

-- Who read and erased what through the API and postbackctl, if [api] audit is set.
CREATE TABLE audit (
  id     INTEGER PRIMARY KEY,
  at     TEXT NOT NULL,
  client TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action = 'result' OR action = 'body' OR action = 'erase' OR action = 'export'),
  query  TEXT NOT NULL                     -- its id
) STRICT;

-- What was erased on request, without the data.
CREATE TABLE erasures (
  id         INTEGER PRIMARY KEY,
  erased_at  TEXT NOT NULL,
  reason     TEXT NOT NULL CHECK (reason = 'document' OR reason = 'email' OR reason = 'query' OR reason = 'receipt'
               OR reason = 'restore'),
  queries    INTEGER NOT NULL,
  postbacks  INTEGER NOT NULL,
  objects    INTEGER NOT NULL,
  app_events INTEGER NOT NULL,
  who        TEXT NOT NULL                 -- the client of the API, or `postbackctl: USER`
) STRICT;
