-- What the daemon asks the platform itself, and what it wins back from the platform's log.

-- One for each query that we submit.
CREATE TABLE questions (
  correlation     TEXT PRIMARY KEY,              -- of its query
  key             TEXT,                          -- the asker's: with the same key it is the same question
  route           TEXT NOT NULL,                 -- below which its own URL is
  q               TEXT NOT NULL,
  deadline        INTEGER NOT NULL,              -- seconds, from its submission on
  attempts        INTEGER NOT NULL DEFAULT 0,    -- submissions, also those that never reached the platform
  next_attempt_at TEXT,                          -- while it is queued
  submitted_at    TEXT,                          -- the last submission
  code            INTEGER,                       -- what the platform has said to it
  message         TEXT,                          -- the same, or why nothing came, for people
  asked_again     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX questions_key ON questions (key) WHERE key IS NOT NULL;
CREATE INDEX questions_by_q ON questions (substr(q, 1, 64)) WHERE submitted_at IS NOT NULL;
CREATE INDEX questions_queued ON questions (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Queries whose result is to be fetched from the platform's log.
CREATE TABLE recoveries (
  query           INTEGER PRIMARY KEY,           -- queries.id
  why             TEXT NOT NULL CHECK (why = 'overdue' OR why = 'notice' OR why = 'undecodable'),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TEXT,                          -- NULL: given up
  last_error      TEXT
) STRICT;

CREATE INDEX recoveries_due ON recoveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TRIGGER queries_to_recover AFTER UPDATE OF state ON queries
  WHEN (NEW.state = 'overdue' OR NEW.state = 'notified') AND OLD.state <> NEW.state
BEGIN
  INSERT INTO recoveries (query, why, next_attempt_at)
  SELECT NEW.id, iif(NEW.state = 'overdue', 'overdue', 'notice'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
   WHERE NOT EXISTS (SELECT 1 FROM recoveries WHERE query = NEW.id);
END;

CREATE TRIGGER postbacks_to_recover AFTER INSERT ON postbacks WHEN NEW.content = 'undecodable' AND NEW.query IS NOT NULL
BEGIN
  INSERT INTO recoveries (query, why, next_attempt_at)
  SELECT id, 'undecodable', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM queries
   WHERE id = NEW.query AND waiting AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query = NEW.query);
END;

CREATE TRIGGER postbacks_to_recover_late AFTER UPDATE OF query ON postbacks
  WHEN NEW.content = 'undecodable' AND OLD.query IS NULL AND NEW.query IS NOT NULL
BEGIN
  INSERT INTO recoveries (query, why, next_attempt_at)
  SELECT id, 'undecodable', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM queries
   WHERE id = NEW.query AND waiting AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query = NEW.query);
END;

CREATE TRIGGER queries_recovered AFTER UPDATE OF state ON queries WHEN NEW.state = 'answered' OR NEW.state = 'recovered'
BEGIN
  DELETE FROM recoveries WHERE query = NEW.id;
END;

CREATE TRIGGER queries_gone AFTER DELETE ON queries
BEGIN
  DELETE FROM recoveries WHERE query = OLD.id;
END;

-- An acknowledgement that was lost is overdue too.
DROP INDEX queries_deadline;
CREATE INDEX queries_deadline ON queries (deadline_at) WHERE state = 'pending' OR state = 'submitting';

-- What is still to come: not what the platform has refused, nor what is lost. Late results answer those all the same.
DROP VIEW v_pending;
CREATE VIEW v_pending AS
SELECT query_id, correlation, label, api, datasets, state, created_at, deadline_at, answered_at, receipt
  FROM queries INDEXED BY queries_waiting WHERE waiting AND state <> 'failed' AND state <> 'lost';

DROP VIEW v_overdue;
CREATE VIEW v_overdue AS
SELECT query_id, correlation, label, api, datasets, state, created_at, deadline_at, answered_at, receipt
  FROM queries INDEXED BY queries_waiting
 WHERE waiting AND state <> 'failed' AND state <> 'lost' AND state <> 'queued'
   AND deadline_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now');

CREATE VIEW v_questions AS
SELECT q.query_id, q.correlation, q.label, q.api, q.datasets, s.q, q.state, q.created_at, q.deadline_at, q.answered_at,
       q.receipt, s.attempts, s.next_attempt_at, s.submitted_at, s.code, s.message, s.key, s.route
  FROM questions s JOIN queries q ON q.correlation = s.correlation;

CREATE VIEW v_recoveries AS
SELECT q.query_id, q.correlation, q.label, q.api, q.datasets, q.state, r.why, r.attempts, r.next_attempt_at, r.last_error
  FROM recoveries r JOIN queries q ON q.id = r.query;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('questions',  'questions',        '3000000 1'),
  ('questions',  'questions_key',    '3000000 1'),
  ('questions',  'questions_queued', '10000 10'),
  ('recoveries', 'recoveries_due',   '10000 10');
