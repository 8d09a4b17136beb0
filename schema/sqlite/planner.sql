-- The planner's view of the indexes, as in a grown file: many rows, few that wait, a QueryId nearly unique. It makes the plans
-- of the views searches instead of walks over all history. The daemon writes these rows again at each start, because a user's
-- ANALYZE of a small file replaces them.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('queries',       'queries_by_query_id', '3000000 1'),
  ('queries',       'queries_by_correlation', '3000000 1'),
  ('queries',       'queries_waiting',     '10000 2000 1'),
  ('queries',       'queries_by_key',      '3000000 1 1'),
  ('queries',       'queries_of_client',   '3000000 300000'),
  ('queries',       'queries_by_api',      '3000000 300000'),
  ('queries',       'queries_recovered',   '100000 1'),
  ('postbacks',     'postbacks_of_query',  '10000 2 1'),
  ('postbacks',     'postbacks_unmatched', '10000 2 1'),
  ('postbacks',     'postbacks_unmatched_in_order', '10000 1'),
  ('postbacks',     'postbacks_stray',     '100 1'),
  ('postbacks',     'postbacks_doubtful',  '100 1'),
  ('stats',         'stats',               '90 1'),
  ('events',        'events_of_receipt',   '3000000 1'),
  ('events',        'events_of_query',     '100000 1'),
  ('events',        'events_of_object',    '100000 50000 1'),
  ('deliveries',    'sqlite_autoindex_deliveries_1', '3000000 1 1'),
  ('deliveries',    'deliveries_due',      '10000 1000 1'),
  ('deliveries',    'deliveries_open',     '10000 1000 1'),
  ('deliveries',    'deliveries_running',  '10 1'),
  ('attempts',      'attempts',            '6000000 2 1'),
  ('submissions',   'submissions',         '3000000 1'),
  ('submissions',   'submissions_queued',  '10000 1000 10'),
  ('submissions',   'submissions_expiring', '10000 10'),
  ('queries',       'queries_by_group',    '1000000 1000 1000 100'),
  ('queries',       'queries_open_in_group', '10000 1000 1000'),
  ('recoveries',    'recoveries_due',      '10000 10'),
  ('queue_objects', 'queue_objects_open',  '10000 1'),
  ('queue_objects', 'queue_objects_correlation', '100000 1');
-- Loads them into this connection.
ANALYZE sqlite_schema;
