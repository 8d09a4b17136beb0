CREATE TABLE postbacks (
  receipt          bigint PRIMARY KEY,     -- below 2^53, so that every language reads it as a number
  received_at      timestamptz(3) NOT NULL,
  kept_at          timestamptz(3) NOT NULL,
  route            text NOT NULL,
  correlation      text COLLATE "C",       -- of the query whose own URL it was sent to
  stray            boolean NOT NULL DEFAULT false, -- no query has this correlation yet
  remote           text NOT NULL,
  kind             postback_kind NOT NULL,
  content          postback_content NOT NULL,
  query_row        bigint,                 -- queries.id; NULL: no query is registered for it
  query_id         text COLLATE nocase,    -- of its body
  status           postback_status,
  content_type     text,
  content_encoding text,
  charset          text,
  bytes            bigint NOT NULL,
  sha256           sha256_digest NOT NULL,
  repeats          bigint NOT NULL DEFAULT 0,
  repeated_at      timestamptz(3),
  source           postback_source NOT NULL,
  removed_at       timestamptz(3),         -- when its body was removed: by its age, or on request
  mark             bytea GENERATED ALWAYS AS (substr(sha256, 1, 8)) STORED,
  problem          text                    -- why it is undecodable or unmatched
) WITH (fillfactor = 95);

-- The postback that answers a query is in no index: queries.receipt names it, and it is the only `result` of its query. The
-- others are few. The indexes have a part of the digest, so that a repeat is found in one step, however many there are.
CREATE INDEX postbacks_of_query ON postbacks (query_row, mark) WHERE query_row IS NOT NULL AND kind <> 'result';
CREATE INDEX postbacks_unmatched ON postbacks (mark) WHERE query_row IS NULL;
CREATE INDEX postbacks_unmatched_by_query_id ON postbacks (query_id) WHERE query_row IS NULL;
CREATE INDEX postbacks_unmatched_in_order ON postbacks (receipt) WHERE query_row IS NULL;
-- What came to a query's own URL and has another QueryId than the platform has named for it.
CREATE INDEX postbacks_doubtful ON postbacks (receipt)
  WHERE correlation IS NOT NULL AND problem IS NOT NULL AND problem <> 'erased' AND content <> 'undecodable';
CREATE INDEX postbacks_stray ON postbacks (correlation) WHERE stray;

-- json: UTF-8, only where it differs from raw.
CREATE TABLE bodies (
  receipt     bigint PRIMARY KEY,
  raw         bytea NOT NULL,
  json        bytea,
  raw_pieces  bigint,                      -- pieces.body_id; if set, raw is empty
  json_pieces bigint                       -- pieces.body_id; if set, json is NULL
);

CREATE INDEX bodies_raw_pieces ON bodies (raw_pieces) WHERE raw_pieces IS NOT NULL;
CREATE INDEX bodies_json_pieces ON bodies (json_pieces) WHERE json_pieces IS NOT NULL;

-- Bodies above [limits] body_in_memory, in pieces of 1 MiB. Each piece is a commit of its own before the row of bodies
-- that names it, so nobody waits long. Pieces that no row names are orphans of a crash; a receiver removes them.
CREATE TABLE pieces (
  body_id bigint NOT NULL,                 -- a random number
  part    bigint NOT NULL,                 -- from 0
  bytes   bytea NOT NULL,
  PRIMARY KEY (body_id, part)
);
-- They are compressed already, or not worth it.
ALTER TABLE pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Pieces that an erasure has taken out of their rows, until they are deleted, one at a time.
CREATE TABLE erased_pieces (
  body_id bigint PRIMARY KEY
);
