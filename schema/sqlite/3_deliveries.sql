-- The numbers of events and deliveries: each era begins beyond all that may have been given out before it, by a store that is
-- lost, or since the backup that took its place.
CREATE TABLE eras (
  first      INTEGER PRIMARY KEY,          -- events.id, of kind era: about nothing, the number is its own object
  parted     INTEGER NOT NULL,             -- the newest event that it has in common with the era before; those between are not here
  deliveries INTEGER NOT NULL,             -- deliveries.id of its deliveries are greater
  began_at   TEXT NOT NULL CHECK (began_at GLOB '????-??-??T??:??:??*Z')
) STRICT;

-- The events that handlers can be given. Append-only.
CREATE TABLE events (
  id         INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind = 'result' OR kind = 'notice' OR kind = 'overdue' OR kind = 'recovered'
               OR kind = 'late' OR kind = 'failed' OR kind = 'lost' OR kind = 'closed' OR kind = 'erased' OR kind = 'extra' OR kind = 'unmatched' OR kind = 'ticket-create' OR kind = 'update-fandata' OR kind = 'app-event' OR kind = 'group' OR kind = 'alert' OR kind = 'era'),
  receipt    INTEGER,                      -- the postback it is about
  query_row  INTEGER,                      -- queries.id, if there is no postback, or the postback has answered another query
  object     INTEGER,                      -- queue_objects.number, app_events.number, groups.id or alerts.id, if there is neither
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX events_of_receipt ON events (receipt) WHERE receipt IS NOT NULL;
CREATE INDEX events_of_query ON events (query_row) WHERE query_row IS NOT NULL;
CREATE INDEX events_of_object ON events (kind, object) WHERE object IS NOT NULL;

CREATE TABLE deliveries (
  id              INTEGER PRIMARY KEY,
  event_id        INTEGER NOT NULL,        -- events.id
  handler         TEXT NOT NULL,
  state           TEXT NOT NULL DEFAULT 'due' CHECK (state = 'due' OR state = 'running' OR state = 'done' OR state = 'dead'
                    OR state = 'held'),
  attempts        INTEGER NOT NULL DEFAULT 0,
  forgiven        INTEGER NOT NULL DEFAULT 0, -- attempts that no longer count against the retry policy
  next_attempt_at TEXT,
  last_error      TEXT,
  message         TEXT,                    -- the handler's own words for the requester: processMsg of a Fanbase object
  created_at      TEXT NOT NULL,
  done_at         TEXT,
  replayed        INTEGER NOT NULL DEFAULT 0, -- 1: an operator wants it once more, under the same key
  dismissed_at    TEXT,                    -- when an operator gave it up, or said that its end is known; and why
  reason          TEXT,
  UNIQUE (event_id, handler)
) STRICT;

CREATE INDEX deliveries_due ON deliveries (handler, next_attempt_at) WHERE state = 'due';
CREATE INDEX deliveries_open ON deliveries (handler, event_id) WHERE state = 'due' OR state = 'running';
CREATE INDEX deliveries_dead ON deliveries (handler, id) WHERE state = 'dead' AND dismissed_at IS NULL;
CREATE INDEX deliveries_held ON deliveries (handler, id) WHERE state = 'held';
CREATE INDEX deliveries_running ON deliveries (id) WHERE state = 'running';

CREATE TABLE attempts (
  delivery    INTEGER NOT NULL,            -- deliveries.id
  attempt     INTEGER NOT NULL,            -- from 1
  started_at  TEXT NOT NULL,
  finished_at TEXT,
  outcome     TEXT CHECK (outcome = 'done' OR outcome = 'retry' OR outcome = 'dead'),
  detail      TEXT,
  PRIMARY KEY (delivery, attempt)
) STRICT, WITHOUT ROWID;

-- The handlers that the configuration names or named earlier.
CREATE TABLE handlers (
  name        TEXT PRIMARY KEY,
  kind        TEXT NOT NULL,
  first_event INTEGER NOT NULL,            -- events.id: it gets later ones only
  active      INTEGER NOT NULL DEFAULT 1,  -- 1: in the configuration of the last start
  circuit     TEXT NOT NULL DEFAULT 'closed' CHECK (circuit = 'closed' OR circuit = 'open'),
  failures    INTEGER NOT NULL DEFAULT 0,  -- in a row
  open_until  TEXT
) STRICT, WITHOUT ROWID;
