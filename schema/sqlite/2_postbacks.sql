CREATE TABLE postbacks (
  receipt          INTEGER PRIMARY KEY,    -- below 2^53, so that every language reads it as a number
  received_at      TEXT NOT NULL,
  kept_at          TEXT NOT NULL,          -- when the writer received it, just before the commit
  route            TEXT NOT NULL,
  correlation      TEXT,                   -- of the query whose own URL it was sent to
  stray            INTEGER NOT NULL DEFAULT 0, -- 1: no query has this correlation yet
  remote           TEXT NOT NULL,
  kind             TEXT NOT NULL CHECK (kind = 'result' OR kind = 'notice' OR kind = 'extra' OR kind = 'unmatched'
                     OR kind = 'undecodable'),
  content          TEXT NOT NULL CHECK (content = 'result' OR content = 'notice' OR content = 'undecodable'),
  query_row        INTEGER,                -- queries.id; NULL: no query is registered for it
  query_id         TEXT COLLATE NOCASE,    -- of its body
  status           TEXT CHECK (status = 'ok' OR status = 'partial' OR status = 'failed'),
  content_type     TEXT,
  content_encoding TEXT,
  charset          TEXT,
  bytes            INTEGER NOT NULL,
  sha256           BLOB NOT NULL CHECK (length(sha256) = 32),
  repeats          INTEGER NOT NULL DEFAULT 0,
  repeated_at      TEXT,
  source           TEXT NOT NULL CHECK (source IN ('http', 'log')),
  removed_at       TEXT,                   -- when its body was removed: by its age, or on request
  problem          TEXT,                   -- why it is undecodable or unmatched
  day              TEXT GENERATED ALWAYS AS (substr(received_at, 1, 10)) VIRTUAL,
  mark             BLOB GENERATED ALWAYS AS (substr(sha256, 1, 8)) VIRTUAL
) STRICT;

-- The postback that answers a query is in no index: queries.receipt names it, and it is the only `result` of its query. The
-- others are few. The indexes have a part of the digest, so that a repeat is found in one step, however many there are.
CREATE INDEX postbacks_of_query ON postbacks (query_row, mark) WHERE query_row IS NOT NULL AND kind <> 'result';
CREATE INDEX postbacks_unmatched ON postbacks (query_id, mark) WHERE query_row IS NULL;
CREATE INDEX postbacks_unmatched_in_order ON postbacks (receipt) WHERE query_row IS NULL;
-- What came to a query's own URL and has another QueryId than the platform has named for it.
CREATE INDEX postbacks_doubtful ON postbacks (receipt)
  WHERE correlation IS NOT NULL AND problem IS NOT NULL AND problem <> 'erased' AND content <> 'undecodable';
CREATE INDEX postbacks_stray ON postbacks (correlation) WHERE stray;

-- json: UTF-8, only where it differs from raw. BLOB, because text of STRICT tables cannot hold every byte.
CREATE TABLE bodies (
  receipt     INTEGER PRIMARY KEY,
  raw         BLOB NOT NULL,
  json        BLOB,
  raw_pieces  INTEGER,                     -- pieces.body_id; if set, raw is empty
  json_pieces INTEGER                      -- pieces.body_id; if set, json is NULL
) STRICT;

CREATE INDEX bodies_raw_pieces ON bodies (raw_pieces) WHERE raw_pieces IS NOT NULL;
CREATE INDEX bodies_json_pieces ON bodies (json_pieces) WHERE json_pieces IS NOT NULL;

-- Bodies above [limits] body_in_memory, in pieces of 1 MiB. Each piece is a commit of its own before the row of bodies
-- that names it, so nobody waits long. Pieces that no row names are orphans of a crash; the daemon removes them.
CREATE TABLE pieces (
  body_id INTEGER NOT NULL,                -- a random number
  part    INTEGER NOT NULL,                -- from 0
  bytes   BLOB NOT NULL,
  PRIMARY KEY (body_id, part)
) STRICT, WITHOUT ROWID;

-- Pieces that an erasure has taken out of their rows, until they are deleted, one at a time.
CREATE TABLE erased_pieces (
  body_id INTEGER PRIMARY KEY
) STRICT;
