-- Queries that the daemon submits to the platform itself.
CREATE TABLE submissions (
  correlation     TEXT PRIMARY KEY,              -- of its query
  route           TEXT NOT NULL,                 -- its own URL is below this route
  q               TEXT NOT NULL,
  parameters      TEXT,                          -- a JSON object: further members of the request
  deadline        INTEGER NOT NULL,              -- seconds after the acknowledgement
  deadline_at     TEXT CHECK (deadline_at IS NULL OR deadline_at GLOB '????-??-??T??:??:??*Z'), -- in place of that, if it is a time
  expires_at      TEXT CHECK (expires_at IS NULL OR expires_at GLOB '????-??-??T??:??:??*Z'),    -- if it is not sent by then, its query is closed
  counted         TEXT CHECK (counted IS NULL OR counted GLOB '????-??-??'), -- the day of `usage` on which it is counted as submitted
  attempts        INTEGER NOT NULL DEFAULT 0,    -- including those that never reached the platform
  next_attempt_at TEXT,                          -- while it is queued
  submitted_at    TEXT,                          -- the first attempt that may have been accepted
  code            INTEGER,                       -- the platform's answer
  message         TEXT,                          -- the answer for people, or why there was none
  resubmitted     INTEGER NOT NULL DEFAULT 0,    -- 1: sent again after its acknowledgement was lost
  recover         INTEGER NOT NULL DEFAULT 0,    -- 1: it may have been sent before: it is, once the log has no record of it
  acknowledged    TEXT,                          -- the QueryId of the acknowledgement, where its query could not take it
  lane            INTEGER NOT NULL DEFAULT 0,    -- groups.id of the group that it takes turns for
  fingerprint     BLOB                           -- equal submissions have the same (model/fingerprint.hpp); NULL: it was not sent itself
) STRICT, WITHOUT ROWID;

CREATE INDEX submissions_by_q ON submissions (substr(q, 1, 64)) WHERE submitted_at IS NOT NULL;
CREATE INDEX submissions_by_fingerprint ON submissions (substr(fingerprint, 1, 8)) WHERE fingerprint IS NOT NULL;
CREATE INDEX submissions_queued ON submissions (lane, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX submissions_expiring ON submissions (expires_at) WHERE next_attempt_at IS NOT NULL AND expires_at IS NOT NULL;

-- Queries whose result must be fetched from the platform's log. Triggers add and remove the rows (6_matching.sql).
CREATE TABLE recoveries (
  query_row       INTEGER PRIMARY KEY,           -- queries.id
  why             TEXT NOT NULL CHECK (why = 'overdue' OR why = 'notice' OR why = 'undecodable' OR why = 'asked'),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TEXT,                          -- NULL: given up
  last_error      TEXT
) STRICT;

CREATE INDEX recoveries_due ON recoveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
