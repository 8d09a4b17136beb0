-- Queries that the receivers submit to the platform themselves.
CREATE TABLE submissions (
  correlation     text COLLATE "C" PRIMARY KEY,   -- of its query
  route           text NOT NULL,                 -- its own URL is below this route
  q               text NOT NULL,
  parameters      text,                          -- a JSON object: further members of the request
  deadline        bigint NOT NULL,               -- seconds after the acknowledgement
  deadline_at     timestamptz(3),                -- in place of that, if it is a time
  expires_at      timestamptz(3),                -- if it is not sent by then, its query is closed
  counted         text,                          -- the day of `usage` on which it is counted as submitted
  attempts        bigint NOT NULL DEFAULT 0,     -- including those that never reached the platform
  next_attempt_at timestamptz(3),                -- while it is queued
  submitted_at    timestamptz(3),                -- the first attempt that may have been accepted
  code            bigint,                        -- the platform's answer
  message         text,                          -- the answer for people, or why there was none
  resubmitted     boolean NOT NULL DEFAULT false, -- sent again after its acknowledgement was lost
  recover         boolean NOT NULL DEFAULT false, -- it may have been sent before: it is, once the log has no record of it
  acknowledged    text,                          -- the QueryId of the acknowledgement, where its query could not take it
  lane            bigint NOT NULL DEFAULT 0,     -- groups.id of the group that it takes turns for
  fingerprint     bytea                          -- equal submissions have the same (model/fingerprint.hpp); NULL: it was not sent itself
) WITH (fillfactor = 70);

CREATE INDEX submissions_by_q ON submissions (substr(q, 1, 64)) WHERE submitted_at IS NOT NULL;
CREATE INDEX submissions_by_fingerprint ON submissions (substr(fingerprint, 1, 8)) WHERE fingerprint IS NOT NULL;
CREATE INDEX submissions_queued ON submissions (lane, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX submissions_expiring ON submissions (expires_at) WHERE next_attempt_at IS NOT NULL AND expires_at IS NOT NULL;

-- Queries whose result must be fetched from the platform's log. Triggers add and remove the rows (6_matching.sql).
CREATE TABLE recoveries (
  query_row       bigint PRIMARY KEY,            -- queries.id
  why             text NOT NULL CHECK (why IN ('overdue', 'notice', 'undecodable', 'asked')),
  attempts        bigint NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3),                -- NULL: given up
  last_error      text
) WITH (fillfactor = 70);

CREATE INDEX recoveries_due ON recoveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
