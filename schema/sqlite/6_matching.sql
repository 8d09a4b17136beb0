-- Matching for queries that any program registers late or in parts. The daemon matches arriving postbacks
-- (lib/store/sqlite/postbacks/matcher.cpp); both must agree (tests/store/contract/matching_orders_test.cpp).
-- These triggers run in other programs, with their own SQLite: built-in functions only, and nothing that needs foreign
-- keys to be on. INDEXED BY makes a plan independent of statistics. No statement in them relies on a conflict clause:
-- an outer INSERT OR REPLACE would override it.

-- Postbacks that a query may claim by its QueryId: those without a query, except those sent to another query's own URL.
CREATE VIEW claimable AS
SELECT q.id AS query_row, p.receipt
  FROM queries q
  CROSS JOIN postbacks p INDEXED BY postbacks_unmatched ON p.query_id = q.query_id
 WHERE p.query_row IS NULL
   AND (p.correlation IS NULL OR p.correlation IS q.correlation
        OR (q.correlation IS NULL AND NOT EXISTS (SELECT 1 FROM queries WHERE correlation = p.correlation)));

-- Nothing of two clients becomes one; a row without a client (a program of this host) is anybody's.
-- Registering a known query changes nothing, whatever the form of the INSERT. A QueryId and a correlation that are
-- registered together become one query, whatever was known of them before.
CREATE TRIGGER queries_known BEFORE INSERT ON queries WHEN NEW.query_id IS NOT NULL OR NEW.correlation IS NOT NULL
BEGIN
  -- A readable postback to the correlation's own URL has proven its QueryId.
  UPDATE registration
     SET query_id = coalesce(NEW.query_id, (SELECT query_id FROM postbacks
                                             WHERE stray AND correlation = NEW.correlation AND query_id IS NOT NULL
                                               AND content <> 'undecodable' ORDER BY receipt LIMIT 1)),
         correlation = NEW.correlation, label = NEW.label, api = NEW.api, datasets = NEW.datasets,
         client = NEW.client, key = NEW.key, metadata = NEW.metadata, group_name = NEW.group_name, trace = NEW.trace, deadline_at = NEW.deadline_at,
         at = max(coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', NEW.created_at), ''), strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
         own = (SELECT id FROM queries WHERE correlation = NEW.correlation);
  UPDATE registration SET by_id = (SELECT id FROM queries WHERE query_id = registration.query_id);
  UPDATE registration SET joins = joins + 1
   WHERE query_id IS NOT NULL AND correlation IS NOT NULL AND (own IS NOT NULL OR by_id IS NOT NULL);
  SELECT RAISE(IGNORE)
    FROM registration r
   WHERE r.own IS NOT NULL
      OR (r.by_id IS NOT NULL
          AND (NEW.query_id IS NOT NULL OR EXISTS (SELECT 1 FROM queries WHERE id = r.by_id AND correlation = NEW.correlation)))
      OR (NEW.key IS NOT NULL AND EXISTS (SELECT 1 FROM queries WHERE key = NEW.key AND client = NEW.client));
END;

-- A QueryId and a correlation are registered together, and at least one of them is known.
CREATE TRIGGER registration_joins AFTER UPDATE OF joins ON registration
BEGIN
  -- One is known: its row learns the other. (queries_identified and queries_correlated continue.)
  UPDATE queries SET query_id = NEW.query_id
   WHERE id = NEW.own AND NEW.by_id IS NULL AND query_id IS NULL;
  UPDATE queries
     SET correlation = NEW.correlation, label = iif(erased_at IS NULL, coalesce(NEW.label, label), NULL), api = coalesce(NEW.api, api),
         datasets = coalesce(NEW.datasets, datasets),
         client = iif(client = '' AND key IS NULL, NEW.client, client),
         key = iif(key IS NULL AND NOT EXISTS (SELECT 1 FROM queries o WHERE o.key = NEW.key AND o.client = NEW.client)
                     AND (client = '' OR client = NEW.client) AND erased_at IS NULL, NEW.key, key),
         metadata = iif(erased_at IS NULL, coalesce(NEW.metadata, metadata), NULL),
         group_name = iif(erased_at IS NULL, coalesce(NEW.group_name, group_name), NULL),
         trace = iif(erased_at IS NULL, coalesce(NEW.trace, trace), NULL), deadline_at = max(deadline_at, coalesce(NEW.deadline_at, deadline_at))
   WHERE id = NEW.by_id AND NEW.own IS NULL AND correlation IS NULL AND (client = NEW.client OR client = '' OR NEW.client = '');
  -- Both are known, as two rows.
  INSERT INTO merges (kept, gone)
  SELECT x.id, c.id FROM queries x CROSS JOIN queries c
   WHERE x.id = NEW.by_id AND c.id = NEW.own AND x.id <> c.id AND x.correlation IS NULL AND c.query_id IS NULL
     AND (x.client = c.client OR x.client = '' OR c.client = '');
  UPDATE registration SET label = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL; -- they may be about a person who was erased
END;

-- Merges two rows of one query. The row with the QueryId is kept, because its postbacks are many and found by it. A view,
-- so that its INSTEAD OF trigger is a procedure: kept is the queries.id with the QueryId, gone the one with the correlation.
CREATE VIEW merges AS SELECT 0 AS kept, 0 AS gone WHERE 0;

CREATE TRIGGER merges_two INSTEAD OF INSERT ON merges
BEGIN
  UPDATE postbacks SET query_row = NEW.kept
   WHERE receipt = (SELECT receipt FROM queries WHERE id = NEW.gone) OR (query_row = NEW.gone AND kind <> 'result');
  UPDATE events SET query_row = NEW.kept WHERE query_row = NEW.gone;
  UPDATE recoveries SET query_row = NEW.kept
   WHERE query_row = NEW.gone AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = NEW.kept);
  -- Two results: the one of the deleted row is extra from now on.
  UPDATE stats SET results = results - 1, extras = extras + 1
   WHERE day = (SELECT p.day FROM queries c CROSS JOIN queries x CROSS JOIN postbacks p ON p.receipt = c.receipt
                 WHERE c.id = NEW.gone AND x.id = NEW.kept AND NOT x.waiting);
  UPDATE postbacks SET kind = 'extra'
   WHERE receipt = (SELECT c.receipt FROM queries c CROSS JOIN queries x
                     WHERE c.id = NEW.gone AND x.id = NEW.kept AND NOT x.waiting);
  -- The correlation and the key are unique: the row to be deleted gives them up first.
  UPDATE registration SET key = coalesce((SELECT key FROM queries WHERE id = NEW.gone), key);
  UPDATE queries SET correlation = '-' || id, key = NULL WHERE id = NEW.gone;
  UPDATE queries
     SET correlation = (SELECT correlation FROM registration),
         label       = coalesce(c.label, queries.label),
         api         = coalesce(c.api, queries.api),
         datasets    = coalesce(c.datasets, queries.datasets),
         client      = iif(queries.client = '' AND queries.key IS NULL, c.client, queries.client),
         key         = iif(queries.key IS NULL AND (queries.client = '' OR queries.client = c.client)
                             AND NOT EXISTS (SELECT 1 FROM queries o JOIN registration r ON r.key = o.key WHERE o.client = c.client),
                           (SELECT key FROM registration), queries.key),
         metadata    = coalesce(c.metadata, queries.metadata),
         group_name  = coalesce(c.group_name, queries.group_name),
         trace       = coalesce(c.trace, queries.trace),
         touched     = max(c.touched, queries.touched),
         served_from = coalesce(queries.served_from, c.served_from),
         shares      = max(c.shares, queries.shares),
         erased_at   = coalesce(queries.erased_at, c.erased_at),
         state       = CASE WHEN queries.waiting AND NOT c.waiting THEN c.state
                            WHEN queries.state = 'pending' AND c.waiting THEN c.state
                            WHEN queries.waiting AND c.given_up THEN c.state ELSE queries.state END,
         answered_at = coalesce(queries.answered_at, c.answered_at),
         receipt     = coalesce(queries.receipt, c.receipt),
         closed_at   = coalesce(queries.closed_at, c.closed_at),
         reason      = coalesce(queries.reason, c.reason),
         deadline_at = max(queries.deadline_at, c.deadline_at)
    FROM queries c
   WHERE queries.id = NEW.kept AND c.id = NEW.gone;
  DELETE FROM recoveries
   WHERE query_row = NEW.kept AND EXISTS (SELECT 1 FROM queries WHERE id = NEW.kept AND (NOT waiting OR given_up));
  -- What the kept row had of a query that was erased under its other name.
  UPDATE queries SET label = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL WHERE id = NEW.kept AND erased_at IS NOT NULL;
  UPDATE postbacks SET query_row = NEW.kept
   WHERE (query_row = NEW.kept AND kind <> 'result' OR receipt = (SELECT receipt FROM queries WHERE id = NEW.kept))
     AND removed_at IS NULL AND EXISTS (SELECT 1 FROM queries WHERE id = NEW.kept AND erased_at IS NOT NULL);
  DELETE FROM queries WHERE id = NEW.gone;
END;

CREATE TRIGGER queries_registered AFTER INSERT ON queries
BEGIN
  INSERT INTO stats (day) SELECT NEW.day WHERE NOT EXISTS (SELECT 1 FROM stats WHERE day = NEW.day);
  UPDATE stats SET registered = registered + 1 WHERE day = NEW.day;
  UPDATE queries
     SET deadline_at = strftime('%Y-%m-%dT%H:%M:%fZ', created_at, (SELECT value FROM settings WHERE name = 'deadline'))
   WHERE id = NEW.id AND deadline_at IS NULL;
  -- Postbacks that came before their query. postbacks_matched continues.
  UPDATE postbacks SET query_row = NEW.id
   WHERE NEW.query_id IS NOT NULL AND receipt IN (SELECT receipt FROM claimable WHERE query_row = NEW.id);
END;

-- A group begins with its first query, and goes on with another one.
CREATE TRIGGER queries_grouped AFTER INSERT ON queries WHEN NEW.group_name IS NOT NULL
BEGIN
  UPDATE groups SET ended_at = NULL WHERE client = NEW.client AND name = NEW.group_name AND ended_at IS NOT NULL;
  INSERT INTO groups (client, name, created_at)
  SELECT NEW.client, NEW.group_name, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
   WHERE NOT EXISTS (SELECT 1 FROM groups WHERE client = NEW.client AND name = NEW.group_name);
END;

CREATE TRIGGER queries_regrouped AFTER UPDATE OF group_name, client ON queries
  WHEN NEW.group_name IS NOT NULL AND (OLD.group_name IS NOT NEW.group_name OR OLD.client <> NEW.client)
BEGIN
  UPDATE groups SET ended_at = NULL WHERE client = NEW.client AND name = NEW.group_name AND ended_at IS NOT NULL;
  INSERT INTO groups (client, name, created_at)
  SELECT NEW.client, NEW.group_name, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
   WHERE NOT EXISTS (SELECT 1 FROM groups WHERE client = NEW.client AND name = NEW.group_name);
END;

-- Postbacks that came to the query's own URL before its correlation was registered. One of them may have proven the
-- QueryId: then queries_identified matches all that have it.
CREATE TRIGGER queries_with_strays AFTER INSERT ON queries
  WHEN NEW.correlation IS NOT NULL AND EXISTS (SELECT 1 FROM postbacks WHERE stray AND correlation = NEW.correlation)
BEGIN
  UPDATE queries SET query_id = (SELECT query_id FROM registration)
   WHERE id = NEW.id AND query_id IS NULL AND (SELECT query_id FROM registration WHERE by_id IS NULL) IS NOT NULL;
  UPDATE postbacks SET query_row = NEW.id
   WHERE stray AND correlation = NEW.correlation AND query_row IS NULL AND (query_id IS NULL OR content = 'undecodable');
  UPDATE postbacks SET stray = 0 WHERE stray AND correlation = NEW.correlation;
END;

-- A query learns its QueryId: from the acknowledgement, or from a postback to its own URL.
CREATE TRIGGER queries_identified AFTER UPDATE OF query_id ON queries
  WHEN OLD.query_id IS NULL AND NEW.query_id IS NOT NULL
BEGIN
  UPDATE postbacks SET query_row = NEW.id WHERE receipt IN (SELECT receipt FROM claimable WHERE query_row = NEW.id);
END;

-- A query learns its correlation: earlier postbacks to its own URL belong to it too.
CREATE TRIGGER queries_correlated AFTER UPDATE OF correlation ON queries
  WHEN OLD.correlation IS NULL AND NEW.correlation IS NOT NULL
BEGIN
  UPDATE postbacks SET query_row = NEW.id
   WHERE stray AND correlation = NEW.correlation AND query_row IS NULL
     AND (query_id IS NULL OR content = 'undecodable' OR query_id = NEW.query_id);
  UPDATE postbacks SET stray = 0 WHERE stray AND correlation = NEW.correlation;
END;

-- A kept postback finds its query late, in a registration: that is the time of the answer. Rows come in the order of their receipts, so the first result answers.
CREATE TRIGGER postbacks_matched AFTER UPDATE OF query_row ON postbacks
  WHEN OLD.query_row IS NULL AND NEW.query_row IS NOT NULL
BEGIN
  UPDATE postbacks
     SET problem = CASE WHEN NEW.content = 'undecodable' THEN problem END,
         kind = CASE WHEN NEW.content = 'result' AND EXISTS (SELECT 1 FROM queries WHERE id = NEW.query_row AND (NOT waiting OR erased_at IS NOT NULL))
                     THEN 'extra' ELSE NEW.content END
   WHERE receipt = NEW.receipt;
  UPDATE stats
     SET unmatched = unmatched - (NEW.kind = 'unmatched'),
         results   = results   + (SELECT kind = 'result' FROM postbacks WHERE receipt = NEW.receipt),
         extras    = extras    + (SELECT kind = 'extra'  FROM postbacks WHERE receipt = NEW.receipt),
         notices   = notices   + (NEW.content = 'notice')
   WHERE day = NEW.day;
  -- A notice causes an event only while there is no result, neither matched already nor about to be.
  INSERT INTO events (kind, receipt, created_at)
  SELECT CASE WHEN p.kind = 'result' AND q.given_up THEN 'late'
              WHEN p.kind = 'result' AND p.source = 'log' THEN 'recovered' ELSE p.kind END, p.receipt,
         (SELECT max(at, NEW.kept_at) FROM registration)
    FROM postbacks p JOIN queries q ON q.id = p.query_row
   WHERE p.receipt = NEW.receipt AND q.erased_at IS NULL
     AND (p.kind = 'extra' OR (p.kind = 'result' AND q.waiting)
          OR (p.kind = 'notice' AND q.waiting
              AND NOT EXISTS (SELECT 1
                                FROM claimable c JOIN postbacks r ON r.receipt = c.receipt
                               WHERE c.query_row = q.id AND r.content = 'result')));
  UPDATE queries SET touched = 1 WHERE id = NEW.query_row;
  UPDATE queries SET state = 'notified'
   WHERE id = NEW.query_row AND NEW.content = 'notice' AND state IN ('queued', 'submitting', 'pending', 'overdue');
  UPDATE queries
     SET state = CASE NEW.source WHEN 'log' THEN 'recovered' ELSE 'answered' END,
         answered_at = (SELECT max(at, NEW.kept_at) FROM registration),
         receipt = NEW.receipt, room = NULL
   WHERE id = NEW.query_row AND NEW.content = 'result' AND waiting AND erased_at IS NULL;
  DELETE FROM recoveries WHERE query_row = NEW.query_row AND NEW.content = 'result';
END;

-- Nothing of an erased query is kept, also if it came before its query was known. The daemon empties the WAL.
CREATE TRIGGER postbacks_of_erased AFTER UPDATE OF query_row ON postbacks
  WHEN NEW.query_row IS NOT NULL AND NEW.removed_at IS NULL
   AND EXISTS (SELECT 1 FROM queries WHERE id = NEW.query_row AND erased_at IS NOT NULL)
BEGIN
  DELETE FROM pieces WHERE body_id IN (SELECT raw_pieces FROM bodies WHERE receipt = NEW.receipt
                                       UNION SELECT json_pieces FROM bodies WHERE receipt = NEW.receipt);
  UPDATE bodies SET raw = x'', json = NULL, raw_pieces = NULL, json_pieces = NULL WHERE receipt = NEW.receipt;
  UPDATE postbacks SET removed_at = (SELECT max(at, NEW.kept_at) FROM registration), problem = 'erased' WHERE receipt = NEW.receipt;
  UPDATE settings SET value = 'erased ' || hex(randomblob(8)) WHERE name = 'scrub';
END;

-- Recoveries start when a query is overdue or notified, or its result cannot be read; they end with its result. They are
-- due from the time of their cause on, so that only the writer's clock is used. A closed query has none. What the daemon does
-- with a query, it does with its recovery too (postback_table.cpp): a trigger would cost each postback that answers one.

CREATE TRIGGER postbacks_to_recover_late AFTER UPDATE OF query_row ON postbacks
  WHEN NEW.content <> 'result' AND OLD.query_row IS NULL AND NEW.query_row IS NOT NULL
BEGIN
  INSERT INTO recoveries (query_row, why, next_attempt_at)
  SELECT id, NEW.content, NEW.kept_at FROM queries
   WHERE id = NEW.query_row AND waiting AND NOT given_up AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = NEW.query_row);
END;

CREATE TRIGGER queries_gone AFTER DELETE ON queries
BEGIN
  DELETE FROM recoveries WHERE query_row = OLD.id;
END;

-- A query that others wait for is deleted by hand: nothing can answer them.
CREATE TRIGGER queries_shared_gone AFTER DELETE ON queries WHEN OLD.shares
BEGIN
  INSERT INTO events (kind, query_row, created_at)
  SELECT 'closed', id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM queries WHERE served_from = OLD.correlation AND state = 'joined';
  UPDATE queries SET state = 'closed', closed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), reason = 'the submission it waited for was deleted'
   WHERE served_from = OLD.correlation AND state = 'joined';
END;
