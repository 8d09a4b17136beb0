-- Bodies that are not in memory as a whole (docs/configuration.md, `body_in_memory`) are kept in pieces of about 1 MiB.
-- Each piece is a commit of its own, before the one that holds the postback: nobody waits long, and what a crash leaves
-- behind belongs to no row of bodies and is removed at the next start. (A zeroblob of 150 MB is one commit of 360 ms, and
-- goes through the WAL twice.)

CREATE TABLE pieces (
  body  INTEGER NOT NULL,                  -- a random number; bodies.raw_pieces or bodies.json_pieces
  part  INTEGER NOT NULL,                  -- from 0
  bytes BLOB NOT NULL,
  PRIMARY KEY (body, part)
) STRICT, WITHOUT ROWID;

-- Where these are set, raw is empty and json is NULL.
ALTER TABLE bodies ADD COLUMN raw_pieces INTEGER;
ALTER TABLE bodies ADD COLUMN json_pieces INTEGER;

CREATE INDEX bodies_raw_pieces ON bodies (raw_pieces) WHERE raw_pieces IS NOT NULL;
CREATE INDEX bodies_json_pieces ON bodies (json_pieces) WHERE json_pieces IS NOT NULL;

-- One row per kept body, put together: raw as a BLOB, document as TEXT.
CREATE VIEW whole_bodies AS
SELECT receipt,
       CASE WHEN raw_pieces IS NULL THEN raw
            ELSE (SELECT CAST(group_concat(CAST(bytes AS TEXT), '') AS BLOB)
                    FROM (SELECT bytes FROM pieces WHERE body = b.raw_pieces ORDER BY part)) END AS raw,
       CASE WHEN json IS NOT NULL THEN CAST(json AS TEXT)
            WHEN coalesce(json_pieces, raw_pieces) IS NULL THEN CAST(raw AS TEXT)
            ELSE (SELECT group_concat(CAST(bytes AS TEXT), '')
                    FROM (SELECT bytes FROM pieces WHERE body = coalesce(b.json_pieces, b.raw_pieces) ORDER BY part)) END
         AS document
  FROM bodies b;

DROP VIEW v_bodies;
CREATE VIEW v_bodies AS
SELECT b.receipt, b.raw, CASE WHEN p.content <> 'undecodable' THEN b.document END AS json
  FROM whole_bodies b JOIN postbacks p ON p.receipt = b.receipt;

DROP VIEW v_results;
CREATE VIEW v_results AS
SELECT q.query_id, q.label, q.api, q.datasets, q.answered_at, p.status, b.document AS json, q.receipt
  FROM queries q JOIN postbacks p ON p.receipt = q.receipt JOIN whole_bodies b ON b.receipt = q.receipt
 WHERE NOT q.waiting;
