-- The store on PostgreSQL: the tables, triggers and views of schema/sqlite in PostgreSQL's own types. Views (7_views.sql) are the
-- public interface, described in docs/schema.md; tables may change. All stands in one schema of the database.

-- QueryIds ignore case, also for whoever compares them with a text of his own.
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- What the tables of the busiest paths refuse is refused by the types of their columns. The server reads the CHECKs of a table
-- anew for each statement that changes it, also those of columns that stay, and one postback would take a fifth longer. Names of
-- constraints are what other programs read in their errors. Bytes, because handlers get the texts in their environment.
CREATE DOMAIN correlation_text AS text COLLATE "C" CHECK (length(VALUE) BETWEEN 1 AND 64);
CREATE DOMAIN label_text AS text COLLATE "C" CONSTRAINT "label must have at most 1024 bytes" CHECK (octet_length(VALUE) <= 1024);
CREATE DOMAIN api_text AS text COLLATE "C" CONSTRAINT "api must have at most 1024 bytes" CHECK (octet_length(VALUE) <= 1024);
CREATE DOMAIN datasets_text AS text COLLATE "C" CONSTRAINT "datasets must have at most 1024 bytes" CHECK (octet_length(VALUE) <= 1024);
CREATE DOMAIN key_text AS text COLLATE "C" CONSTRAINT "key must have 1 to 1024 bytes" CHECK (octet_length(VALUE) BETWEEN 1 AND 1024);
CREATE DOMAIN group_text AS text COLLATE "C" CONSTRAINT "group_name must have 1 to 1024 bytes" CHECK (octet_length(VALUE) BETWEEN 1 AND 1024);
CREATE DOMAIN query_state AS text COLLATE "C" CHECK (VALUE IN ('queued', 'submitting', 'pending', 'answered', 'failed', 'notified',
  'overdue', 'recovering', 'recovered', 'lost', 'closed', 'joined'));
CREATE DOMAIN postback_kind AS text CHECK (VALUE IN ('result', 'notice', 'extra', 'unmatched', 'undecodable'));
CREATE DOMAIN postback_content AS text CHECK (VALUE IN ('result', 'notice', 'undecodable'));
CREATE DOMAIN postback_status AS text CHECK (VALUE IN ('ok', 'partial', 'failed'));
CREATE DOMAIN postback_source AS text CHECK (VALUE IN ('http', 'log'));
CREATE DOMAIN sha256_digest AS bytea CHECK (length(VALUE) = 32);
CREATE DOMAIN event_kind AS text CHECK (VALUE IN ('result', 'notice', 'overdue', 'recovered', 'late', 'failed', 'lost', 'closed', 'erased',
  'extra', 'unmatched', 'ticket-create', 'update-fandata', 'app-event', 'group', 'alert', 'era'));
CREATE DOMAIN delivery_state AS text CHECK (VALUE IN ('due', 'running', 'done', 'dead', 'held'));

-- The part of the configuration that triggers need; the receivers write it at start.
CREATE TABLE settings (
  name  text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);

INSERT INTO settings (name, value) VALUES
  ('version',   '1'),                          -- of the schema
  ('deadline',  '+600 seconds'),               -- of a query registered without one; an interval
  ('expires',   '+7 days'),                    -- of a submission that is not sent; an interval
  ('probe',     ''),                           -- when a receiver last proved that it can write
  ('scrub',     ''),                           -- not empty: the leader of `keep` shall vacuum, because something was erased
  ('seen',      ''),                           -- the time of the last pass of retention that believed the clock
  ('routed',    '0'),                          -- the last event that has its deliveries
  ('made',      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), -- when the store was made
  ('restored',  ''),                           -- when this copy was put in the place of a store
  ('backup',    ''),                           -- when the newest backup was made
  ('backup_due', ''),                          -- when the next one of a schedule is missing
  ('query_key', ''),                           -- the fingerprint of the receivers' query_key
  ('store_id',  encode(substr(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 1, 8), 'hex')); -- the first half of every idempotency key

-- One transaction writes at a time, whoever it is of: a receiver, or a program that registers. So numbers of events and receipts
-- become visible in their order, and no two transactions lock each other out.
CREATE FUNCTION take_turn() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7164746, 1) $$;

CREATE FUNCTION day_of(moment timestamptz) RETURNS text LANGUAGE sql STABLE
AS $$ SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD') $$;

-- The values of a list such as [1,2].
CREATE FUNCTION json_each(list text) RETURNS TABLE (value bigint) LANGUAGE sql IMMUTABLE ROWS 10
AS $$ SELECT unnest(translate(list, '[]', '{}')::bigint[]) $$;

-- The last group that each receiver has committed: whoever has lost the connection during a commit asks here.
CREATE TABLE writers (
  name      text PRIMARY KEY,
  committed bigint NOT NULL,
  at        timestamptz(3) NOT NULL
) WITH (fillfactor = 10);

-- The processes of the store, as long as each says that it lives. What a dead one was delivering is due again.
CREATE TABLE processes (
  name  text PRIMARY KEY,
  host  text NOT NULL,
  until timestamptz(3) NOT NULL
) WITH (fillfactor = 10);

-- For each duty one process leads until a time; the epoch is another one with each leader.
CREATE TABLE leases (
  duty   text PRIMARY KEY,
  holder text NOT NULL,
  epoch  bigint NOT NULL,
  until  timestamptz(3) NOT NULL
) WITH (fillfactor = 10);

-- The counters of each day with any activity.
CREATE TABLE stats (
  day             text COLLATE "C" PRIMARY KEY,
  registered      bigint NOT NULL DEFAULT 0,
  results         bigint NOT NULL DEFAULT 0,
  notices         bigint NOT NULL DEFAULT 0,
  extras          bigint NOT NULL DEFAULT 0,
  unmatched       bigint NOT NULL DEFAULT 0,
  undecodable     bigint NOT NULL DEFAULT 0,
  repeats         bigint NOT NULL DEFAULT 0,
  bytes           bigint NOT NULL DEFAULT 0,
  deliveries_done bigint NOT NULL DEFAULT 0,
  deliveries_dead bigint NOT NULL DEFAULT 0,
  expired         bigint NOT NULL DEFAULT 0, -- submissions that were not sent in time
  database_bytes  bigint                     -- on disk, when it was last measured that day
) WITH (fillfactor = 10);

-- What was refused before it was kept, by day: a few hundred rows a day, the rest in one with an empty remote and path.
CREATE TABLE refusals (
  day    text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  remote text COLLATE "C" NOT NULL,
  path   text COLLATE "C" NOT NULL,
  count  bigint NOT NULL,
  last   timestamptz(3) NOT NULL,
  PRIMARY KEY (day, reason, remote, path)
);

-- What somebody should look at, from its beginning to its end.
CREATE TABLE alerts (
  id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  source      text NOT NULL,
  name        text NOT NULL,
  handler     text NOT NULL,
  critical    boolean NOT NULL,
  what        text NOT NULL,
  began_at    timestamptz(3) NOT NULL,
  ended_at    timestamptz(3),
  first_event bigint NOT NULL
);

CREATE UNIQUE INDEX alerts_open ON alerts (source, name, handler) WHERE ended_at IS NULL;

CREATE TABLE queries (
  id          bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  query_id    text COLLATE nocase,
  correlation correlation_text,
  label       label_text,
  api         api_text,
  datasets    datasets_text,
  client      text COLLATE "C" NOT NULL DEFAULT '', -- of the API that registered it; empty: a program that uses this database
  key         key_text,
  metadata    text COLLATE "C",
  group_name  group_text,
  -- W3C Trace Context: the traceparent and, if there is one, a blank and the tracestate. Handlers get it in header fields.
  trace       text COLLATE "C",
  state       query_state NOT NULL DEFAULT 'pending',
  created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  deadline_at timestamptz(3),
  answered_at timestamptz(3),
  receipt     bigint,                      -- the postback that answered it
  closed_at   timestamptz(3),              -- when an operator gave it up, and why; a result answers it nevertheless
  reason      text,
  erased_at   timestamptz(3),              -- when what it says of a person was erased on request
  served_from text COLLATE "C",            -- the correlation of the equal submission whose result it has, or waits for
  shares      boolean NOT NULL DEFAULT false, -- such queries wait for its end
  touched     boolean NOT NULL DEFAULT false, -- it has a postback, so a repeat is possible
  waiting     boolean GENERATED ALWAYS AS (state NOT IN ('answered', 'recovered')) STORED,
  given_up    boolean GENERATED ALWAYS AS (state IN ('failed', 'lost', 'closed')) STORED
) WITH (fillfactor = 80);

-- What takes more than one column, a regular expression or a parser to check.
CREATE FUNCTION queries_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  id text COLLATE "C" := NEW.query_id;
  wrong text;
BEGIN
  IF id IS NULL AND NEW.correlation IS NULL THEN
    wrong := 'a query must have a query_id or a correlation';
  ELSIF id !~ '^[!-~]{1,128}$' OR id ~ '[{}"'']' OR id ~ '^[0-9a-fA-F]{32}$' THEN
    wrong := 'query_id must have 1 to 128 printable ASCII characters, no blanks, braces and quotes, and must not be 32 hexadecimal digits';
  ELSIF NEW.trace !~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}( [ -~]*)?$' OR length(NEW.trace) > 600
        OR substr(NEW.trace, 4, 32) = repeat('0', 32) OR substr(NEW.trace, 37, 16) = repeat('0', 16) THEN
    wrong := 'trace must be a traceparent of version 00, and perhaps a blank and a tracestate, in at most 600 characters';
  ELSIF octet_length(NEW.metadata) > 4096 OR json_typeof(NEW.metadata::json) <> 'object' THEN
    wrong := 'metadata must be a JSON object of at most 4096 bytes';
  END IF;
  IF wrong IS NOT NULL THEN RAISE EXCEPTION '%', wrong USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER queries_checked BEFORE INSERT OR UPDATE OF query_id, correlation, trace, metadata ON queries
  FOR EACH ROW EXECUTE FUNCTION queries_checked();

CREATE UNIQUE INDEX queries_by_query_id ON queries (query_id) WHERE query_id IS NOT NULL;
CREATE UNIQUE INDEX queries_by_correlation ON queries (correlation) WHERE correlation IS NOT NULL;
-- The same key of one client is the same query.
CREATE UNIQUE INDEX queries_by_key ON queries (key, client) WHERE key IS NOT NULL;
CREATE INDEX queries_of_client ON queries (client, id) WHERE client <> '';
CREATE INDEX queries_by_api ON queries (api, id) WHERE api IS NOT NULL;
CREATE INDEX queries_recovered ON queries (id) WHERE state = 'recovered';
CREATE INDEX queries_by_source ON queries (served_from, state) WHERE served_from IS NOT NULL;
CREATE INDEX queries_to_share ON queries (id) WHERE shares;
CREATE INDEX queries_by_group ON queries (group_name, client, state) WHERE group_name IS NOT NULL;
CREATE INDEX queries_open_in_group ON queries (group_name, client) WHERE group_name IS NOT NULL AND waiting AND NOT given_up;
CREATE INDEX queries_by_label ON queries (label) WHERE label IS NOT NULL;
-- Its size follows the waiting queries, not the history.
CREATE INDEX queries_waiting ON queries (state, deadline_at) WHERE waiting;

-- Queries of one client that belong together; those of none have a row with an empty name, which is no group for anybody.
CREATE TABLE groups (
  id           bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  client       text COLLATE "C" NOT NULL,
  name         text COLLATE "C" NOT NULL,
  created_at   timestamptz(3) NOT NULL,
  ended_at     timestamptz(3),
  filled_until timestamptz(3),             -- somebody enters queries of it: it does not end before
  UNIQUE (client, name)
);

CREATE INDEX groups_open ON groups (id) WHERE ended_at IS NULL;

-- What each client has asked the platform, by day (UTC) and API.
CREATE TABLE usage (
  day       text COLLATE "C" NOT NULL,
  client    text COLLATE "C" NOT NULL,
  api       text COLLATE "C" NOT NULL,
  submitted bigint NOT NULL DEFAULT 0,
  shared    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (day, client, api)
) WITH (fillfactor = 50);

-- Who read and erased what through the API and postbackctl, if [api] audit is set.
CREATE TABLE audit (
  id     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  at     timestamptz(3) NOT NULL,
  client text NOT NULL,
  action text NOT NULL CHECK (action IN ('result', 'body', 'erase', 'export')),
  query  text NOT NULL
);

-- What was erased on request, without the data.
CREATE TABLE erasures (
  id         bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  erased_at  timestamptz(3) NOT NULL,
  reason     text NOT NULL CHECK (reason IN ('document', 'email', 'query', 'receipt', 'restore')),
  queries    bigint NOT NULL,
  postbacks  bigint NOT NULL,
  objects    bigint NOT NULL,
  app_events bigint NOT NULL,
  who        text NOT NULL
);
