-- The Fanbase side: the integration queue, the app's users and events. Documents of people stand here as they were given.

-- Access tokens, as SHA-256.
CREATE TABLE fanbase_tokens (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  client     TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX fanbase_tokens_expiry ON fanbase_tokens (expires_at);

CREATE TABLE queue_objects (
  number       INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  client       TEXT NOT NULL,
  action       TEXT NOT NULL,
  created      TEXT NOT NULL,
  state        TEXT NOT NULL DEFAULT 'pending' CHECK (state = 'pending' OR state = 'processing' OR state = 'completed'
                 OR state = 'failed'),
  process_date TEXT,
  process_msg  TEXT,
  key          TEXT,                             -- the client's Idempotency-Key
  correlation  TEXT,                             -- of the query that is asked for it
  msg          TEXT NOT NULL                     -- the request as JSON; last, because it may be long
) STRICT;

CREATE UNIQUE INDEX queue_objects_key ON queue_objects (client, key) WHERE key IS NOT NULL;
CREATE INDEX queue_objects_open ON queue_objects (number) WHERE state = 'pending' OR state = 'processing';

-- Which documents there are; type 1: CPF, 4: e-mail in lower case.
CREATE TABLE fans (
  document TEXT NOT NULL,
  type     INTEGER NOT NULL CHECK (type = 1 OR type = 4),
  PRIMARY KEY (document, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_users (
  user_id       TEXT PRIMARY KEY,
  document      TEXT NOT NULL,
  document_type INTEGER NOT NULL,
  app_name      TEXT NOT NULL,
  app_platform  TEXT NOT NULL CHECK (app_platform = 'android' OR app_platform = 'ios'),
  client        TEXT NOT NULL,
  created_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app_events (
  number      INTEGER PRIMARY KEY,
  user_id     TEXT NOT NULL,
  event_name  TEXT NOT NULL,
  event_value TEXT,
  event_date  TEXT NOT NULL,                     -- as it was given
  app_name    TEXT NOT NULL,
  client      TEXT NOT NULL,
  created_at  TEXT NOT NULL
) STRICT;

-- What our fanbase handler has made on a remote Fanbase, by the key of its delivery.
CREATE TABLE fanbase_sent (
  key       TEXT PRIMARY KEY,
  remote_id TEXT NOT NULL,
  sent_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What an event is about where that is neither a postback nor a query: queue_objects.number or app_events.number.
ALTER TABLE events ADD COLUMN object INTEGER;
CREATE INDEX events_of_object ON events (event, object) WHERE object IS NOT NULL;

CREATE VIEW v_queue AS
SELECT id, client, action, msg, created, state AS processStatus, process_date AS processDate, process_msg AS processMsg, key, correlation
  FROM queue_objects;

CREATE VIEW v_app_users AS
SELECT user_id, document, document_type, app_name, app_platform, client, created_at FROM app_users;

CREATE VIEW v_app_events AS
SELECT e.user_id, e.event_name, e.event_value, e.event_date, e.app_name, e.client, e.created_at, u.document, u.document_type
  FROM app_events e LEFT JOIN app_users u ON u.user_id = e.user_id;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('queue_objects', 'queue_objects_open', '10000 1'),
  ('events',        'events_of_object',   '100000 50000 1');
