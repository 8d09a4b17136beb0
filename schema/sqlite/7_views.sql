-- The public interface (docs/schema.md). Columns keep their names and meanings across versions.

-- Queries. `id` names a query from its registration on: its correlation or, for one that a program registered by this file, its
-- QueryId. It is for reading; query_id and correlation are searched.

CREATE VIEW v_queries AS
SELECT coalesce(q.correlation, q.query_id) AS id, q.query_id, q.correlation, q.label, q.key, q.metadata, q.group_name, q.api, q.datasets,
       q.client, q.state, q.created_at, q.deadline_at, q.answered_at, q.receipt,
       p.status, q.closed_at, q.reason, q.served_from, q.erased_at, substr(q.trace, 1, 55) AS traceparent,
       nullif(substr(q.trace, 57), '') AS tracestate
  FROM queries q LEFT JOIN postbacks p ON p.receipt = q.receipt;

-- Queries whose result is still expected: neither refused by the platform, nor lost, nor closed. Late results still answer those.
CREATE VIEW v_pending AS
SELECT coalesce(correlation, query_id) AS id, query_id, correlation, label, key, metadata, group_name, api, datasets, client, state,
       created_at, deadline_at, answered_at, receipt, NULL AS status, NULL AS closed_at, NULL AS reason, served_from, erased_at,
       substr(trace, 1, 55) AS traceparent, nullif(substr(trace, 57), '') AS tracestate
  FROM queries WHERE waiting AND NOT given_up;

CREATE VIEW v_overdue AS
SELECT coalesce(correlation, query_id) AS id, query_id, correlation, label, key, metadata, group_name, api, datasets, client, state,
       created_at, deadline_at, answered_at, receipt, NULL AS status, NULL AS closed_at, NULL AS reason, served_from, erased_at,
       substr(trace, 1, 55) AS traceparent, nullif(substr(trace, 57), '') AS tracestate
  FROM queries
 WHERE waiting AND NOT given_up AND state <> 'queued' AND state <> 'joined'
   AND deadline_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now');

CREATE VIEW v_submissions AS
SELECT q.correlation AS id, q.query_id, q.correlation, q.label, q.key, q.metadata, q.group_name, q.api, q.datasets, q.client, s.q, q.state,
       q.created_at, q.deadline_at, q.answered_at, q.receipt, s.attempts, s.next_attempt_at, s.submitted_at, s.code, s.message,
       s.route, q.served_from, s.parameters
  FROM submissions s JOIN queries q ON q.correlation = s.correlation;

CREATE VIEW v_recoveries AS
SELECT coalesce(q.correlation, q.query_id) AS id, q.query_id, q.correlation, q.label, q.key, q.metadata, q.api, q.datasets,
       q.state, r.why, r.attempts, r.next_attempt_at, r.last_error
  FROM recoveries r JOIN queries q ON q.id = r.query_row;

-- Postbacks: those of a query, and those of none. The join says twice whose they are, so that both ways are a search: from
-- the query to its answer (queries.receipt) and its others (postbacks_of_query), or from the postback to its query.

CREATE VIEW v_postbacks AS
SELECT p.receipt, p.received_at, p.route, p.remote, p.kind, coalesce(q.correlation, q.query_id) AS id, q.query_id, q.label, q.key,
       q.metadata, q.api, q.datasets, p.status, p.content_type, p.charset, p.bytes, lower(hex(p.sha256)) AS sha256, p.repeats,
       p.source, p.content_encoding, p.kept_at, p.repeated_at, p.problem, p.correlation, p.removed_at
  FROM postbacks p JOIN queries q
    ON q.id = p.query_row AND (p.receipt = q.receipt OR (p.query_row = q.id AND p.kind <> 'result'))
UNION ALL
SELECT p.receipt, p.received_at, p.route, p.remote, p.kind, NULL, p.query_id, CAST(NULL AS TEXT),
       CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), p.status, p.content_type, p.charset,
       p.bytes, lower(hex(p.sha256)), p.repeats, p.source, p.content_encoding, p.kept_at, p.repeated_at, p.problem, p.correlation, p.removed_at
  FROM postbacks p WHERE p.query_row IS NULL;

CREATE VIEW v_unmatched AS
SELECT p.receipt, p.received_at, p.route, p.remote, p.kind, NULL AS id, p.query_id, NULL AS label, NULL AS key, NULL AS metadata,
       NULL AS api, NULL AS datasets, p.status, p.content_type,
       p.charset, p.bytes, lower(hex(p.sha256)) AS sha256, p.repeats, p.source, p.content_encoding, p.kept_at,
       p.repeated_at, p.problem, p.correlation, p.removed_at
  FROM postbacks p WHERE p.query_row IS NULL;

-- One row per kept body, put together: raw as a BLOB, document as TEXT. Not public.
CREATE VIEW whole_bodies AS
SELECT receipt,
       CASE WHEN raw_pieces IS NULL THEN raw
            ELSE (SELECT CAST(group_concat(CAST(bytes AS TEXT), '') AS BLOB)
                    FROM (SELECT bytes FROM pieces WHERE body_id = b.raw_pieces ORDER BY part)) END AS raw,
       CASE WHEN json IS NOT NULL THEN CAST(json AS TEXT)
            WHEN coalesce(json_pieces, raw_pieces) IS NULL THEN CAST(raw AS TEXT)
            ELSE (SELECT group_concat(CAST(bytes AS TEXT), '')
                    FROM (SELECT bytes FROM pieces WHERE body_id = coalesce(b.json_pieces, b.raw_pieces) ORDER BY part)) END
         AS document
  FROM bodies b;

CREATE VIEW v_bodies AS
SELECT b.receipt, b.raw, CASE WHEN p.content <> 'undecodable' AND p.removed_at IS NULL THEN b.document END AS json
  FROM whole_bodies b JOIN postbacks p ON p.receipt = b.receipt;

CREATE VIEW v_results AS
SELECT coalesce(q.correlation, q.query_id) AS id, q.query_id, q.label, q.key, q.metadata, q.group_name, q.api, q.datasets, q.answered_at, p.status,
       b.document AS json, q.receipt, q.served_from, q.correlation
  FROM queries q JOIN postbacks p ON p.receipt = q.receipt JOIN whole_bodies b ON b.receipt = q.receipt
 WHERE NOT q.waiting AND p.removed_at IS NULL;

-- Events, deliveries, attempts. In branches, so that each is searched by its QueryId.

CREATE VIEW v_events AS
SELECT e.id AS seq, e.kind AS event, coalesce(q.correlation, q.query_id) AS id, q.query_id, q.correlation, q.label, q.key, q.metadata,
       q.group_name, q.api, q.datasets, q.client, e.receipt, p.status, CAST(NULL AS INTEGER) AS code, CAST(NULL AS TEXT) AS message,
       e.created_at, substr(q.trace, 1, 55) AS traceparent, nullif(substr(q.trace, 57), '') AS tracestate
  FROM events e JOIN postbacks p ON p.receipt = e.receipt JOIN queries q
    ON q.id = p.query_row AND (p.receipt = q.receipt OR (p.query_row = q.id AND p.kind <> 'result'))
 WHERE e.query_row IS NULL
UNION ALL
SELECT e.id, e.kind, NULL, p.query_id, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), e.receipt, p.status, NULL, NULL, e.created_at, NULL, NULL
  FROM events e JOIN postbacks p ON p.receipt = e.receipt WHERE p.query_row IS NULL
UNION ALL
SELECT e.id, e.kind, coalesce(q.correlation, q.query_id), q.query_id, q.correlation, q.label, q.key, q.metadata,
       q.group_name, q.api, q.datasets, q.client, e.receipt, (SELECT status FROM postbacks p WHERE p.receipt = e.receipt),
       CASE e.kind WHEN 'failed' THEN (SELECT code FROM submissions s WHERE s.correlation = q.correlation) END,
       CASE e.kind WHEN 'failed' THEN (SELECT message FROM submissions s WHERE s.correlation = q.correlation)
                   WHEN 'closed' THEN q.reason WHEN 'lost' THEN (SELECT last_error FROM recoveries WHERE query_row = q.id) END,
       e.created_at, substr(q.trace, 1, 55), nullif(substr(q.trace, 57), '')
  FROM events e JOIN queries q ON q.id = e.query_row
UNION ALL
SELECT e.id, e.kind, NULL, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CASE e.kind WHEN 'group' THEN (SELECT name FROM groups g WHERE g.id = e.object) END, CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CASE e.kind WHEN 'group' THEN (SELECT client FROM groups g WHERE g.id = e.object) END, e.receipt, NULL, NULL, NULL, e.created_at,
       NULL, NULL
  FROM events e WHERE e.receipt IS NULL AND e.query_row IS NULL AND e.kind <> 'era';

-- Groups of queries, and what each client has asked the platform.

CREATE VIEW v_groups AS
SELECT g.id, g.name, g.client, g.created_at, g.ended_at,
       (SELECT count(*) FROM queries q WHERE q.group_name = g.name AND q.client = g.client) AS queries,
       (SELECT count(*) FROM queries q WHERE q.group_name = g.name AND q.client = g.client AND q.waiting AND NOT q.given_up) AS open,
       (SELECT count(*) FROM queries q WHERE q.group_name = g.name AND q.client = g.client AND q.given_up) AS given_up
  FROM groups g WHERE g.name <> '';

CREATE VIEW v_usage AS SELECT day, client, api, submitted, shared FROM usage;

CREATE VIEW v_deliveries AS
SELECT d.id AS delivery_id, d.handler, e.kind AS event, e.receipt, coalesce(q.correlation, q.query_id) AS id, q.query_id, q.label, q.key, q.metadata, q.api,
       q.datasets, d.state, d.attempts, d.next_attempt_at, d.last_error, d.created_at, d.done_at,
       (SELECT value FROM settings WHERE name = 'store_id') || '-' || d.id AS idempotency_key, CAST(NULL AS TEXT) AS object_id, q.correlation,
       d.dismissed_at, d.reason
  FROM deliveries d JOIN events e ON e.id = d.event_id JOIN postbacks p ON p.receipt = e.receipt JOIN queries q
    ON q.id = p.query_row AND (p.receipt = q.receipt OR (p.query_row = q.id AND p.kind <> 'result'))
 WHERE e.query_row IS NULL
UNION ALL
SELECT d.id, d.handler, e.kind, e.receipt, NULL, p.query_id, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CAST(NULL AS TEXT), d.state, d.attempts, d.next_attempt_at, d.last_error, d.created_at, d.done_at,
       (SELECT value FROM settings WHERE name = 'store_id') || '-' || d.id, CAST(NULL AS TEXT), CAST(NULL AS TEXT), d.dismissed_at, d.reason
  FROM deliveries d JOIN events e ON e.id = d.event_id JOIN postbacks p ON p.receipt = e.receipt WHERE p.query_row IS NULL
UNION ALL
SELECT d.id, d.handler, e.kind, e.receipt, coalesce(q.correlation, q.query_id), q.query_id, q.label, q.key, q.metadata, q.api,
       q.datasets, d.state, d.attempts, d.next_attempt_at, d.last_error, d.created_at, d.done_at,
       (SELECT value FROM settings WHERE name = 'store_id') || '-' || d.id, CAST(NULL AS TEXT), q.correlation, d.dismissed_at, d.reason
  FROM deliveries d JOIN events e ON e.id = d.event_id JOIN queries q ON q.id = e.query_row
UNION ALL
SELECT d.id, d.handler, e.kind, e.receipt, NULL, CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CAST(NULL AS TEXT), d.state, d.attempts, d.next_attempt_at, d.last_error, d.created_at, d.done_at,
       (SELECT value FROM settings WHERE name = 'store_id') || '-' || d.id, o.id, CAST(NULL AS TEXT), d.dismissed_at, d.reason
  FROM deliveries d JOIN events e ON e.id = d.event_id
       LEFT JOIN queue_objects o ON o.number = e.object AND (e.kind = 'ticket-create' OR e.kind = 'update-fandata')
 WHERE e.receipt IS NULL AND e.query_row IS NULL;

-- Those of which no operator has said that their end is known.
CREATE VIEW v_dead AS SELECT * FROM v_deliveries WHERE state = 'dead' AND dismissed_at IS NULL;

CREATE VIEW v_attempts AS
SELECT d.id AS delivery_id, d.handler, a.attempt, a.started_at, a.finished_at, a.outcome, a.detail,
       coalesce(q.correlation, q.query_id) AS id, q.query_id, q.label, q.key, q.metadata, q.api, q.datasets
  FROM deliveries d JOIN attempts a ON a.delivery = d.id JOIN events e ON e.id = d.event_id
       JOIN postbacks p ON p.receipt = e.receipt JOIN queries q
    ON q.id = p.query_row AND (p.receipt = q.receipt OR (p.query_row = q.id AND p.kind <> 'result'))
 WHERE e.query_row IS NULL
UNION ALL
SELECT d.id, d.handler, a.attempt, a.started_at, a.finished_at, a.outcome, a.detail, NULL, p.query_id, CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT)
  FROM deliveries d JOIN attempts a ON a.delivery = d.id JOIN events e ON e.id = d.event_id
       JOIN postbacks p ON p.receipt = e.receipt WHERE p.query_row IS NULL
UNION ALL
SELECT d.id, d.handler, a.attempt, a.started_at, a.finished_at, a.outcome, a.detail,
       coalesce(q.correlation, q.query_id), q.query_id, q.label, q.key, q.metadata, q.api, q.datasets
  FROM deliveries d JOIN attempts a ON a.delivery = d.id JOIN events e ON e.id = d.event_id
       JOIN queries q ON q.id = e.query_row
UNION ALL
SELECT d.id, d.handler, a.attempt, a.started_at, a.finished_at, a.outcome, a.detail, NULL, CAST(NULL AS TEXT), CAST(NULL AS TEXT),
       CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT)
  FROM deliveries d JOIN attempts a ON a.delivery = d.id JOIN events e ON e.id = d.event_id
 WHERE e.receipt IS NULL AND e.query_row IS NULL;

CREATE VIEW v_handlers AS
SELECT h.name, h.kind, h.circuit, h.failures, h.open_until,
       (SELECT count(*) FROM deliveries d WHERE d.handler = h.name AND (d.state = 'due' OR d.state = 'running')) AS backlog,
       (SELECT e.created_at FROM deliveries d JOIN events e ON e.id = d.event_id
         WHERE d.handler = h.name AND (d.state = 'due' OR d.state = 'running') ORDER BY d.event_id LIMIT 1) AS oldest_at,
       h.active
  FROM handlers h;

-- The Fanbase side.

CREATE VIEW v_queue_objects AS
SELECT o.id, o.client, o.action, o.request, o.state, o.created_at, o.processed_at, o.message, o.key, q.query_id, o.correlation
  FROM queue_objects o LEFT JOIN queries q ON q.correlation = o.correlation;

CREATE VIEW v_app_users AS
SELECT r.user_id, u.document, u.document_type, r.app_name, r.app_platform, r.client, r.created_at
  FROM app_registrations r JOIN app_users u ON u.user_id = r.user_id;

CREATE VIEW v_app_events AS
SELECT e.number AS id, e.user_id, e.event_name, e.event_value, e.event_date, e.app_name, e.client, e.created_at, u.document,
       u.document_type, e.event_at
  FROM app_events e LEFT JOIN app_users u ON u.user_id = e.user_id;

-- Who read and erased what through the API.

CREATE VIEW v_audit AS SELECT id, at, client, action, query FROM audit;

-- What was erased on request (postbackctl erase).

CREATE VIEW v_erasures AS
SELECT id, erased_at, reason, queries, postbacks, objects, app_events, who FROM erasures;

-- Counters.

CREATE VIEW v_stats AS
SELECT day, registered, results, notices, extras, unmatched, undecodable, repeats, bytes, deliveries_done, deliveries_dead,
       database_bytes, expired
  FROM stats;

-- What was refused, by day, and what somebody should look at or should have.

CREATE VIEW v_refusals AS SELECT day, reason, remote, path, count, last FROM refusals;

CREATE VIEW v_alerts AS SELECT id, source, name, handler, critical, what, began_at, ended_at FROM alerts;
