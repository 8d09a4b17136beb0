-- Matching, for queries that are registered late or apart, by whatever program writes. What arrives is matched by the
-- daemon (lib/store/sqlite/postbacks/matcher.cpp); both must agree (tests/store/contract/matching_orders_test.cpp).
-- These triggers run in other programs, with their own SQLite: built-in functions only, and nothing that needs foreign
-- keys to be on. No statement in them relies on a conflict clause: an outer INSERT OR REPLACE would override it.

-- Postbacks that a query may claim by its QueryId: those without a query, but none sent to another query's own URL.
CREATE VIEW claimable AS
SELECT q.id AS query_row, p.receipt
  FROM queries q
  CROSS JOIN stats s
  CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = q.query_id
 WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
   AND p.query_row IS NULL
   AND (p.correlation IS NULL OR p.correlation IS q.correlation
        OR (q.correlation IS NULL AND NOT EXISTS (SELECT 1 FROM queries WHERE correlation = p.correlation)));

-- Registering what is known changes nothing, whatever the form of the INSERT. A QueryId and a correlation that are
-- registered together become one query, whatever was known of them before.
CREATE TRIGGER queries_known BEFORE INSERT ON queries WHEN NEW.query_id IS NOT NULL OR NEW.correlation IS NOT NULL
BEGIN
  -- A postback that was sent to the correlation's own URL has proven its QueryId.
  UPDATE registration
     SET query_id = coalesce(NEW.query_id, (SELECT query_id FROM postbacks
                                             WHERE stray AND correlation = NEW.correlation AND query_id IS NOT NULL
                                               AND content <> 'undecodable' ORDER BY receipt LIMIT 1)),
         own = (SELECT id FROM queries WHERE correlation = NEW.correlation);
  UPDATE registration
     SET by_id = coalesce((SELECT q.id FROM queries q WHERE q.query_id = registration.query_id AND q.waiting),
                          (SELECT q.id FROM stats s CROSS JOIN queries q ON q.day = s.day AND q.query_id = registration.query_id
                            WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
                            ORDER BY s.day DESC LIMIT 1),
                          -- Older than look_back, but answered within it.
                          CASE WHEN NEW.correlation IS NOT NULL THEN
                            (SELECT q.id FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = registration.query_id
                                         CROSS JOIN queries q ON q.id = p.query_row
                              WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
                                AND q.query_id = registration.query_id LIMIT 1) END);

  -- Both are known, apart: the row with the QueryId takes over the other, because its postbacks are many. `mergeable`
  -- is the condition of each statement.
  UPDATE postbacks SET query_row = (SELECT by_id FROM registration), query_id = NEW.query_id
   WHERE EXISTS (SELECT 1 FROM mergeable WHERE touched)
     AND receipt IN (SELECT p.receipt FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id IS NULL
                      WHERE s.day >= date('now', (SELECT value FROM settings WHERE name = 'look_back'))
                        AND p.query_row = (SELECT own FROM registration));
  UPDATE events SET query_row = (SELECT by_id FROM registration)
   WHERE query_row = (SELECT own FROM mergeable);
  UPDATE recoveries SET query_row = (SELECT by_id FROM registration)
   WHERE query_row = (SELECT own FROM mergeable)
     AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = (SELECT by_id FROM registration));
  -- Two results: the other one is extra from now on.
  UPDATE stats SET results = results - 1, extras = extras + 1
   WHERE day = (SELECT p.day FROM mergeable m JOIN queries x ON x.id = m.by_id JOIN postbacks p ON p.receipt = m.receipt
                 WHERE NOT x.waiting);
  UPDATE postbacks SET kind = 'extra'
   WHERE receipt = (SELECT m.receipt FROM mergeable m JOIN queries x ON x.id = m.by_id WHERE NOT x.waiting);
  -- The correlation is unique: the row that goes gives it up first.
  UPDATE queries SET correlation = '-' || id WHERE id = (SELECT own FROM mergeable);
  UPDATE queries
     SET correlation = NEW.correlation,
         label       = coalesce(own.label, queries.label),
         api         = coalesce(own.api, queries.api),
         datasets    = coalesce(own.datasets, queries.datasets),
         touched     = max(own.touched, queries.touched),
         state       = CASE WHEN queries.waiting AND NOT own.waiting THEN own.state
                            WHEN queries.state = 'pending' AND own.waiting THEN own.state ELSE queries.state END,
         answered_at = coalesce(queries.answered_at, own.answered_at),
         receipt     = coalesce(queries.receipt, own.receipt),
         deadline_at = max(queries.deadline_at, own.deadline_at)
    FROM queries own
   WHERE queries.id = (SELECT by_id FROM registration) AND own.id = (SELECT own FROM registration)
     AND own.correlation = '-' || own.id;
  DELETE FROM recoveries
   WHERE query_row = (SELECT id FROM queries WHERE correlation = NEW.correlation AND NOT waiting);
  DELETE FROM queries WHERE id = (SELECT own FROM registration) AND correlation = '-' || id;

  -- One of them is known: it learns the other. (queries_identified and queries_correlated go on.)
  UPDATE queries SET query_id = (SELECT query_id FROM registration)
   WHERE id = (SELECT own FROM registration WHERE by_id IS NULL) AND query_id IS NULL
     AND (SELECT query_id FROM registration) IS NOT NULL;
  UPDATE queries
     SET correlation = NEW.correlation, label = coalesce(NEW.label, label), api = coalesce(NEW.api, api),
         datasets = coalesce(NEW.datasets, datasets), deadline_at = max(deadline_at, coalesce(NEW.deadline_at, deadline_at))
   WHERE id = (SELECT by_id FROM registration WHERE own IS NULL) AND correlation IS NULL AND NEW.correlation IS NOT NULL;

  SELECT RAISE(IGNORE)
   WHERE EXISTS (SELECT 1 FROM registration r
                  WHERE r.own IS NOT NULL
                     OR (r.by_id IS NOT NULL
                         AND (NEW.query_id IS NOT NULL
                              OR EXISTS (SELECT 1 FROM queries WHERE id = r.by_id AND correlation = NEW.correlation))));
END;

-- The two rows of a registration that turn out to be one query; at most one row.
CREATE VIEW mergeable AS
SELECT r.by_id, r.own, c.touched, c.receipt
  FROM registration r JOIN queries x ON x.id = r.by_id JOIN queries c ON c.id = r.own
 WHERE r.by_id <> r.own AND x.correlation IS NULL AND c.query_id IS NULL;

CREATE TRIGGER queries_registered AFTER INSERT ON queries
BEGIN
  INSERT INTO stats (day) SELECT NEW.day WHERE NOT EXISTS (SELECT 1 FROM stats WHERE day = NEW.day);
  UPDATE stats SET registered = registered + 1 WHERE day = NEW.day;
  UPDATE queries
     SET deadline_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, (SELECT value FROM settings WHERE name = 'deadline'))
   WHERE id = NEW.id AND deadline_at IS NULL;
  -- Postbacks that came before their query. postbacks_matched goes on.
  UPDATE postbacks SET query_row = NEW.id
   WHERE NEW.query_id IS NOT NULL AND receipt IN (SELECT receipt FROM claimable WHERE query_row = NEW.id);
  UPDATE queries SET query_id = (SELECT query_id FROM registration)
   WHERE id = NEW.id AND NEW.query_id IS NULL AND (SELECT query_id FROM registration WHERE by_id IS NULL) IS NOT NULL;
  UPDATE postbacks SET query_row = NEW.id
   WHERE stray AND correlation = NEW.correlation AND query_row IS NULL AND (query_id IS NULL OR content = 'undecodable');
  UPDATE postbacks SET stray = 0 WHERE stray AND correlation = NEW.correlation;
END;

-- A query learns its QueryId: from the acknowledgement, or from a postback to its own URL.
CREATE TRIGGER queries_identified AFTER UPDATE OF query_id ON queries
  WHEN OLD.query_id IS NULL AND NEW.query_id IS NOT NULL
BEGIN
  UPDATE postbacks SET query_id = NEW.query_id WHERE receipt = NEW.receipt AND query_id IS NULL;
  UPDATE postbacks SET query_row = NEW.id WHERE receipt IN (SELECT receipt FROM claimable WHERE query_row = NEW.id);
END;

-- A query learns its correlation: what came to its own URL before is its own too.
CREATE TRIGGER queries_correlated AFTER UPDATE OF correlation ON queries
  WHEN OLD.correlation IS NULL AND NEW.correlation IS NOT NULL
BEGIN
  UPDATE postbacks SET query_row = NEW.id
   WHERE stray AND correlation = NEW.correlation AND query_row IS NULL
     AND (query_id IS NULL OR content = 'undecodable' OR query_id = NEW.query_id);
  UPDATE postbacks SET stray = 0 WHERE stray AND correlation = NEW.correlation;
END;

-- A kept postback finds its query late. Rows come in the order of their receipts, so the first result answers.
CREATE TRIGGER postbacks_matched AFTER UPDATE OF query_row ON postbacks
  WHEN OLD.query_row IS NULL AND NEW.query_row IS NOT NULL
BEGIN
  UPDATE postbacks
     SET problem = CASE WHEN NEW.content = 'undecodable' THEN problem END,
         kind = CASE WHEN NEW.content = 'result' AND EXISTS (SELECT 1 FROM queries WHERE id = NEW.query_row AND NOT waiting)
                     THEN 'extra' ELSE NEW.content END
   WHERE receipt = NEW.receipt;
  UPDATE stats
     SET unmatched = unmatched - (NEW.kind = 'unmatched'),
         results   = results   + (SELECT kind = 'result' FROM postbacks WHERE receipt = NEW.receipt),
         extras    = extras    + (SELECT kind = 'extra'  FROM postbacks WHERE receipt = NEW.receipt),
         notices   = notices   + (NEW.content = 'notice')
   WHERE day = NEW.day;
  -- A notice is news only while there is no result: neither matched already nor about to be.
  INSERT INTO events (kind, receipt, created_at)
  SELECT CASE WHEN p.kind = 'result' AND p.source = 'log' THEN 'recovered' ELSE p.kind END, p.receipt,
         strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    FROM postbacks p JOIN queries q ON q.id = p.query_row
   WHERE p.receipt = NEW.receipt AND p.kind IN ('result', 'notice') AND q.waiting
     AND (p.kind = 'result'
          OR NOT EXISTS (SELECT 1
                           FROM claimable c JOIN postbacks r ON r.receipt = c.receipt
                          WHERE c.query_row = q.id AND r.content = 'result'));
  UPDATE queries SET touched = 1 WHERE id = NEW.query_row;
  UPDATE queries SET state = 'notified'
   WHERE id = NEW.query_row AND NEW.content = 'notice' AND state IN ('queued', 'submitting', 'pending', 'overdue');
  UPDATE queries
     SET state = CASE NEW.source WHEN 'log' THEN 'recovered' ELSE 'answered' END,
         answered_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
         receipt = NEW.receipt
   WHERE id = NEW.query_row AND NEW.content = 'result' AND waiting;
  -- A result that cannot be read is fetched from the platform's log.
  INSERT INTO recoveries (query_row, why, next_attempt_at)
  SELECT id, 'undecodable', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM queries
   WHERE id = NEW.query_row AND NEW.content = 'undecodable' AND waiting
     AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = NEW.query_row);
END;

-- Recoveries: begun when a query is overdue or notified, or its result cannot be read; over with its result.

CREATE TRIGGER queries_to_recover AFTER UPDATE OF state ON queries
  WHEN (NEW.state = 'overdue' OR NEW.state = 'notified') AND OLD.state <> NEW.state
BEGIN
  INSERT INTO recoveries (query_row, why, next_attempt_at)
  SELECT NEW.id, iif(NEW.state = 'overdue', 'overdue', 'notice'), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
   WHERE NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = NEW.id);
END;

CREATE TRIGGER postbacks_to_recover AFTER INSERT ON postbacks WHEN NEW.content = 'undecodable' AND NEW.query_row IS NOT NULL
BEGIN
  INSERT INTO recoveries (query_row, why, next_attempt_at)
  SELECT id, 'undecodable', strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM queries
   WHERE id = NEW.query_row AND waiting AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = NEW.query_row);
END;

CREATE TRIGGER queries_recovered AFTER UPDATE OF state ON queries WHEN NEW.state = 'answered' OR NEW.state = 'recovered'
BEGIN
  DELETE FROM recoveries WHERE query_row = NEW.id;
END;

CREATE TRIGGER queries_gone AFTER DELETE ON queries
BEGIN
  DELETE FROM recoveries WHERE query_row = OLD.id;
END;
