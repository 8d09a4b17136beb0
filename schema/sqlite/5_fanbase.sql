-- The Fanbase side: the integration queue, the app's users and events. Personal documents are stored as they were given.

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
  created_at   TEXT NOT NULL,
  state        TEXT NOT NULL DEFAULT 'pending' CHECK (state = 'pending' OR state = 'processing' OR state = 'completed'
                 OR state = 'failed'),
  processed_at TEXT,
  message      TEXT,                             -- processMsg
  key          TEXT,                             -- the client's Idempotency-Key
  correlation  TEXT,                             -- of the query submitted for it
  request      TEXT NOT NULL                     -- JSON as it came; last, because it may be long
) STRICT;

CREATE UNIQUE INDEX queue_objects_key ON queue_objects (client, key) WHERE key IS NOT NULL;
CREATE INDEX queue_objects_open ON queue_objects (number) WHERE state = 'pending' OR state = 'processing';
CREATE INDEX queue_objects_correlation ON queue_objects (correlation) WHERE correlation IS NOT NULL;

-- Known documents; type 1: CPF, 4: e-mail in lower case.
CREATE TABLE fans (
  document TEXT NOT NULL,
  type     INTEGER NOT NULL CHECK (type = 1 OR type = 4),
  PRIMARY KEY (document, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_users (
  user_id       TEXT PRIMARY KEY,
  document      TEXT NOT NULL,
  document_type INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The apps of each user.
CREATE TABLE app_registrations (
  user_id       TEXT NOT NULL,
  app_name      TEXT NOT NULL,
  app_platform  TEXT NOT NULL CHECK (app_platform = 'android' OR app_platform = 'ios'),
  client        TEXT NOT NULL,
  created_at    TEXT NOT NULL,
  PRIMARY KEY (user_id, app_name, app_platform)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_events (
  number      INTEGER PRIMARY KEY,
  user_id     TEXT NOT NULL,
  event_name  TEXT NOT NULL,
  event_value TEXT,
  event_date  TEXT NOT NULL,                     -- as it was given
  event_at    TEXT NOT NULL,                     -- the same in UTC
  app_name    TEXT NOT NULL,
  client      TEXT NOT NULL,
  created_at  TEXT NOT NULL
) STRICT;

-- The objects that our fanbase handler created on a remote Fanbase, by the key of its delivery.
CREATE TABLE fanbase_sent (
  key       TEXT PRIMARY KEY,
  remote_id TEXT NOT NULL,
  sent_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- It goes with its delivery: what is not delivered again needs no recognition.
CREATE TRIGGER deliveries_gone AFTER DELETE ON deliveries
BEGIN
  DELETE FROM fanbase_sent WHERE key = (SELECT value FROM settings WHERE name = 'store_id') || '-' || OLD.id;
END;
