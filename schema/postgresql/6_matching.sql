-- Matching for queries that any program registers late or in parts. The receivers match arriving postbacks
-- (lib/store/tables/postbacks/matcher.cpp); both must agree (tests/store/contract/matching_orders_test.cpp). What each statement
-- does is what the trigger of the same name in schema/sqlite/6_matching.sql does.
--
-- The functions run with the rights of their owner, so that a role that may only INSERT into queries can register.

-- Postbacks that a query may claim by its QueryId: those without a query, except those sent to another query's own URL.
CREATE FUNCTION claimable(query bigint) RETURNS TABLE (receipt bigint) LANGUAGE sql STABLE AS $$
  SELECT p.receipt
    FROM queries q JOIN postbacks p ON p.query_id = q.query_id
   WHERE q.id = query AND p.query_row IS NULL
     AND (p.correlation IS NULL OR p.correlation IS NOT DISTINCT FROM q.correlation
          OR (q.correlation IS NULL AND NOT EXISTS (SELECT 1 FROM queries o WHERE o.correlation = p.correlation)))
   ORDER BY p.receipt
$$;

-- The time of the registration that runs, in this transaction: created_at, which the receivers set, or now if that is later.
CREATE FUNCTION registration_moment() RETURNS timestamptz LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('postbackd.moment', true), '')::timestamptz $$;

-- In the order of their receipts, so the first result answers; one statement for each, so that postbacks_matched sees those that follow.
CREATE FUNCTION claim_postbacks(query bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE each bigint;
BEGIN
  FOR each IN SELECT receipt FROM claimable(query) LOOP
    UPDATE postbacks SET query_row = query WHERE receipt = each;
  END LOOP;
END $$;

CREATE FUNCTION claim_strays(query bigint, own text, known text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE each bigint;
BEGIN
  FOR each IN SELECT receipt FROM postbacks
               WHERE stray AND correlation = own AND query_row IS NULL
                 AND (query_id IS NULL OR content = 'undecodable' OR query_id = known COLLATE nocase)
               ORDER BY receipt LOOP
    UPDATE postbacks SET query_row = query WHERE receipt = each;
  END LOOP;
  UPDATE postbacks SET stray = false WHERE stray AND correlation = own;
END $$;

-- Merges two rows of one query. The row with the QueryId is kept, because its postbacks are many and found by it; gone is the one with
-- the correlation.
CREATE FUNCTION merge_queries(kept_row bigint, gone_row bigint, own text, given_key text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  k queries;
  c queries;
  new_key text;
  each bigint;
BEGIN
  SELECT * INTO k FROM queries WHERE id = kept_row;
  SELECT * INTO c FROM queries WHERE id = gone_row;
  UPDATE postbacks SET query_row = kept_row WHERE receipt = c.receipt OR (query_row = gone_row AND kind <> 'result');
  UPDATE events SET query_row = kept_row WHERE query_row = gone_row;
  UPDATE recoveries SET query_row = kept_row
   WHERE query_row = gone_row AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = kept_row);
  -- Two results: the one of the deleted row is extra from now on.
  IF c.receipt IS NOT NULL AND NOT k.waiting THEN
    UPDATE stats SET results = results - 1, extras = extras + 1
     WHERE day = (SELECT day_of(received_at) FROM postbacks WHERE receipt = c.receipt);
    UPDATE postbacks SET kind = 'extra' WHERE receipt = c.receipt;
  END IF;
  -- The correlation and the key are unique: the row to be deleted gives them up first.
  new_key := coalesce(c.key, given_key);
  UPDATE queries SET correlation = '-' || id, key = NULL WHERE id = gone_row;
  UPDATE queries
     SET correlation = own,
         label       = coalesce(c.label, k.label),
         api         = coalesce(c.api, k.api),
         datasets    = coalesce(c.datasets, k.datasets),
         client      = CASE WHEN k.client = '' AND k.key IS NULL THEN c.client ELSE k.client END,
         key         = CASE WHEN k.key IS NULL AND (k.client = '' OR k.client = c.client)
                                 AND NOT EXISTS (SELECT 1 FROM queries o WHERE o.key = new_key AND o.client = c.client)
                            THEN new_key ELSE k.key END,
         metadata    = coalesce(c.metadata, k.metadata),
         group_name  = coalesce(c.group_name, k.group_name),
         trace       = coalesce(c.trace, k.trace),
         touched     = c.touched OR k.touched,
         served_from = coalesce(k.served_from, c.served_from),
         shares      = c.shares OR k.shares,
         erased_at   = coalesce(k.erased_at, c.erased_at),
         state       = CASE WHEN k.waiting AND NOT c.waiting THEN c.state
                            WHEN k.state = 'pending' AND c.waiting THEN c.state
                            WHEN k.waiting AND c.given_up THEN c.state ELSE k.state END,
         answered_at = coalesce(k.answered_at, c.answered_at),
         receipt     = coalesce(k.receipt, c.receipt),
         closed_at   = coalesce(k.closed_at, c.closed_at),
         reason      = coalesce(k.reason, c.reason),
         deadline_at = greatest(k.deadline_at, c.deadline_at)
   WHERE id = kept_row;
  DELETE FROM recoveries
   WHERE query_row = kept_row AND EXISTS (SELECT 1 FROM queries WHERE id = kept_row AND (NOT waiting OR given_up));
  -- What the kept row had of a query that was erased under its other name.
  UPDATE queries SET label = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL
   WHERE id = kept_row AND erased_at IS NOT NULL;
  FOR each IN SELECT p.receipt FROM postbacks p JOIN queries q ON q.id = kept_row
               WHERE q.erased_at IS NOT NULL AND p.removed_at IS NULL
                 AND (p.query_row = kept_row AND p.kind <> 'result' OR p.receipt = q.receipt) LOOP
    PERFORM erase_postback(each);
  END LOOP;
  DELETE FROM queries WHERE id = gone_row;
END $$;

-- Nothing of an erased query is kept, also if it came before its query was known.
CREATE FUNCTION erase_postback(erased bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM pieces WHERE body_id IN (SELECT raw_pieces FROM bodies WHERE receipt = erased
                                       UNION SELECT json_pieces FROM bodies WHERE receipt = erased);
  UPDATE bodies SET raw = '', json = NULL, raw_pieces = NULL, json_pieces = NULL WHERE receipt = erased;
  UPDATE postbacks SET removed_at = greatest(registration_moment(), kept_at), problem = 'erased' WHERE receipt = erased;
  UPDATE settings SET value = 'erased ' || gen_random_uuid() WHERE name = 'scrub';
END $$;

-- A QueryId and a correlation are registered together, and at least one of them is known.
CREATE FUNCTION join_registration(given queries, ident text, own_row bigint, id_row bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- One is known: its row learns the other. (queries_identified and queries_correlated continue.)
  UPDATE queries SET query_id = ident WHERE id = own_row AND id_row IS NULL AND query_id IS NULL;
  UPDATE queries
     SET correlation = given.correlation,
         label = CASE WHEN erased_at IS NULL THEN coalesce(given.label, label) END,
         api = coalesce(given.api, api), datasets = coalesce(given.datasets, datasets),
         client = CASE WHEN client = '' AND key IS NULL THEN given.client ELSE client END,
         key = CASE WHEN key IS NULL AND NOT EXISTS (SELECT 1 FROM queries o WHERE o.key = given.key AND o.client = given.client)
                         AND (client = '' OR client = given.client) AND erased_at IS NULL THEN given.key ELSE key END,
         metadata = CASE WHEN erased_at IS NULL THEN coalesce(given.metadata, metadata) END,
         group_name = CASE WHEN erased_at IS NULL THEN coalesce(given.group_name, group_name) END,
         trace = CASE WHEN erased_at IS NULL THEN coalesce(given.trace, trace) END,
         deadline_at = greatest(deadline_at, given.deadline_at)
   WHERE id = id_row AND own_row IS NULL AND correlation IS NULL AND (client = given.client OR client = '' OR given.client = '');
  -- Both are known, as two rows.
  PERFORM merge_queries(x.id, c.id, given.correlation, given.key)
     FROM queries x CROSS JOIN queries c
    WHERE x.id = id_row AND c.id = own_row AND x.id <> c.id AND x.correlation IS NULL AND c.query_id IS NULL
      AND (x.client = c.client OR x.client = '' OR c.client = '');
END $$;

-- The QueryId that a readable postback to the correlation's own URL has proven.
CREATE FUNCTION proven_query_id(own text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT query_id FROM postbacks
   WHERE stray AND correlation = own AND query_id IS NOT NULL AND content <> 'undecodable' ORDER BY receipt LIMIT 1
$$;

-- Nothing of two clients becomes one; a row without a client (a program that uses this database) is anybody's.
-- Registering a known query changes nothing. A QueryId and a correlation that are registered together become one query, whatever was
-- known of them before.
CREATE FUNCTION queries_known() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
DECLARE
  ident text := NEW.query_id;
  own_row bigint;
  id_row bigint;
BEGIN
  PERFORM take_turn();
  IF ident IS NULL THEN ident := proven_query_id(NEW.correlation); END IF;
  PERFORM set_config('postbackd.moment', greatest(NEW.created_at, clock_timestamp())::timestamptz(3)::text, true);
  IF NEW.deadline_at IS NULL THEN
    NEW.deadline_at := NEW.created_at + (SELECT value FROM settings WHERE name = 'deadline')::interval;
  END IF;
  own_row := (SELECT id FROM queries WHERE correlation = NEW.correlation);
  id_row := (SELECT id FROM queries WHERE query_id = ident COLLATE nocase);
  IF ident IS NOT NULL AND NEW.correlation IS NOT NULL AND (own_row IS NOT NULL OR id_row IS NOT NULL) THEN
    PERFORM join_registration(NEW, ident, own_row, id_row);
  END IF;
  IF own_row IS NOT NULL
     OR (id_row IS NOT NULL
         AND (NEW.query_id IS NOT NULL OR EXISTS (SELECT 1 FROM queries WHERE id = id_row AND correlation = NEW.correlation)))
     OR (NEW.key IS NOT NULL AND EXISTS (SELECT 1 FROM queries WHERE key = NEW.key AND client = NEW.client)) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION open_group(of_client text, named text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO groups (client, name, created_at) VALUES (of_client, named, clock_timestamp())
  ON CONFLICT (client, name) DO UPDATE SET ended_at = NULL WHERE groups.ended_at IS NOT NULL
$$;

CREATE FUNCTION queries_registered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
DECLARE ident text;
BEGIN
  -- Postbacks that came before their query. postbacks_matched continues.
  IF NEW.query_id IS NOT NULL THEN PERFORM claim_postbacks(NEW.id); END IF;
  -- A group begins with its first query, and goes on with another one.
  IF NEW.group_name IS NOT NULL THEN PERFORM open_group(NEW.client, NEW.group_name); END IF;
  -- Postbacks that came to the query's own URL before its correlation was registered. One of them may have proven the
  -- QueryId: then queries_identified matches all that have it.
  IF NEW.correlation IS NOT NULL AND EXISTS (SELECT 1 FROM postbacks WHERE stray AND correlation = NEW.correlation) THEN
    IF NEW.query_id IS NULL THEN
      ident := proven_query_id(NEW.correlation);
      UPDATE queries SET query_id = ident
       WHERE id = NEW.id AND ident IS NOT NULL AND NOT EXISTS (SELECT 1 FROM queries WHERE query_id = ident COLLATE nocase);
    END IF;
    PERFORM claim_strays(NEW.id, NEW.correlation, NULL);
  END IF;
  RETURN NULL;
END $$;

-- Once a statement: each change of the day's row in one transaction makes the next one longer.
CREATE FUNCTION queries_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
BEGIN
  INSERT INTO stats (day, registered) SELECT day_of(created_at), count(*) FROM inserted GROUP BY 1
  ON CONFLICT (day) DO UPDATE SET registered = stats.registered + excluded.registered;
  RETURN NULL;
END $$;

CREATE FUNCTION queries_regrouped() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
BEGIN
  PERFORM open_group(NEW.client, NEW.group_name);
  RETURN NULL;
END $$;

-- A query learns its QueryId: from the acknowledgement, or from a postback to its own URL.
CREATE FUNCTION queries_identified() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
BEGIN
  PERFORM claim_postbacks(NEW.id);
  RETURN NULL;
END $$;

-- A query learns its correlation: earlier postbacks to its own URL belong to it too.
CREATE FUNCTION queries_correlated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
BEGIN
  PERFORM claim_strays(NEW.id, NEW.correlation, NEW.query_id);
  RETURN NULL;
END $$;

-- A kept postback finds its query late, in a registration: that is the time of the answer.
CREATE FUNCTION postbacks_matched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
DECLARE
  q queries;
  p_kind text;
BEGIN
  SELECT * INTO q FROM queries WHERE id = NEW.query_row;
  p_kind := CASE WHEN NEW.content = 'result' AND (NOT q.waiting OR q.erased_at IS NOT NULL) THEN 'extra' ELSE NEW.content END;
  UPDATE postbacks SET problem = CASE WHEN content = 'undecodable' THEN problem END, kind = p_kind WHERE receipt = NEW.receipt;
  UPDATE stats
     SET unmatched = unmatched - (NEW.kind = 'unmatched')::int, results = results + (p_kind = 'result')::int,
         extras = extras + (p_kind = 'extra')::int, notices = notices + (NEW.content = 'notice')::int
   WHERE day = day_of(NEW.received_at);
  -- A notice causes an event only while there is no result, neither matched already nor about to be.
  IF q.erased_at IS NULL
     AND (p_kind = 'extra' OR (p_kind = 'result' AND q.waiting)
          OR (p_kind = 'notice' AND q.waiting
              AND NOT EXISTS (SELECT 1 FROM claimable(q.id) c JOIN postbacks r ON r.receipt = c.receipt WHERE r.content = 'result'))) THEN
    INSERT INTO events (kind, receipt, created_at)
    VALUES (CASE WHEN p_kind = 'result' AND q.given_up THEN 'late' WHEN p_kind = 'result' AND NEW.source = 'log' THEN 'recovered'
                 ELSE p_kind END, NEW.receipt, greatest(registration_moment(), NEW.kept_at));
  END IF;
  UPDATE queries
     SET touched = true,
         state = CASE WHEN NEW.content = 'notice' AND state IN ('queued', 'submitting', 'pending', 'overdue') THEN 'notified' ELSE state END
   WHERE id = q.id;
  IF NEW.content = 'result' THEN
    UPDATE queries
       SET state = CASE NEW.source WHEN 'log' THEN 'recovered' ELSE 'answered' END,
           answered_at = greatest(registration_moment(), NEW.kept_at), receipt = NEW.receipt
     WHERE id = q.id AND waiting AND erased_at IS NULL;
    DELETE FROM recoveries WHERE query_row = q.id;
  ELSIF q.waiting AND NOT q.given_up THEN
    INSERT INTO recoveries (query_row, why, next_attempt_at) VALUES (q.id, NEW.content, NEW.kept_at) ON CONFLICT DO NOTHING;
  END IF;
  IF q.erased_at IS NOT NULL AND NEW.removed_at IS NULL THEN PERFORM erase_postback(NEW.receipt); END IF;
  RETURN NULL;
END $$;

-- A query that others wait for is deleted by hand: nothing can answer them.
CREATE FUNCTION queries_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = postbackd, pg_temp AS $$
BEGIN
  DELETE FROM recoveries WHERE query_row = OLD.id;
  IF OLD.shares THEN
    PERFORM take_turn();
    INSERT INTO events (kind, query_row, created_at)
    SELECT 'closed', id, clock_timestamp() FROM queries WHERE served_from = OLD.correlation AND state = 'joined';
    UPDATE queries SET state = 'closed', closed_at = clock_timestamp(), reason = 'the submission it waited for was deleted'
     WHERE served_from = OLD.correlation AND state = 'joined';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER queries_known BEFORE INSERT ON queries FOR EACH ROW EXECUTE FUNCTION queries_known();
CREATE TRIGGER queries_registered AFTER INSERT ON queries FOR EACH ROW EXECUTE FUNCTION queries_registered();
CREATE TRIGGER queries_counted AFTER INSERT ON queries REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION queries_counted();
CREATE TRIGGER queries_regrouped AFTER UPDATE OF group_name, client ON queries FOR EACH ROW
  WHEN (NEW.group_name IS NOT NULL AND (OLD.group_name IS DISTINCT FROM NEW.group_name OR OLD.client <> NEW.client))
  EXECUTE FUNCTION queries_regrouped();
CREATE TRIGGER queries_identified AFTER UPDATE OF query_id ON queries FOR EACH ROW
  WHEN (OLD.query_id IS NULL AND NEW.query_id IS NOT NULL) EXECUTE FUNCTION queries_identified();
CREATE TRIGGER queries_correlated AFTER UPDATE OF correlation ON queries FOR EACH ROW
  WHEN (OLD.correlation IS NULL AND NEW.correlation IS NOT NULL) EXECUTE FUNCTION queries_correlated();
CREATE TRIGGER queries_gone AFTER DELETE ON queries FOR EACH ROW EXECUTE FUNCTION queries_gone();
CREATE TRIGGER postbacks_matched AFTER UPDATE OF query_row ON postbacks FOR EACH ROW
  WHEN (OLD.query_row IS NULL AND NEW.query_row IS NOT NULL) EXECUTE FUNCTION postbacks_matched();
