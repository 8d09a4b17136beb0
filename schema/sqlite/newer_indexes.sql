-- Indexes that are newer than 0.2.0. An older version works with them, and this one without, only slower: so they need no step of a
-- migration, which would copy the store first. A start makes them in a store of up to a million queries; in a larger one, where the
-- receiver would wait for seconds, an operator does at a quiet time: sqlite3 FILE < newer_indexes.sql
CREATE INDEX IF NOT EXISTS queries_by_api ON queries (api) WHERE api IS NOT NULL;
CREATE INDEX IF NOT EXISTS queries_recovered ON queries (id) WHERE state = 'recovered';
