#include "store/sqlite/postbacks/retention_statements.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// What is deleted together, in memory: the postbacks, the queries that they answer, and the events of both.
constexpr auto leaving_sql = R"(
  CREATE TEMP TABLE leaving (receipt INTEGER PRIMARY KEY, query_row INTEGER);
  CREATE TEMP TABLE leaving_queries (id INTEGER PRIMARY KEY);
  CREATE TEMP TABLE leaving_events (id INTEGER PRIMARY KEY))";

constexpr auto last_sql = R"(
  SELECT max(receipt) FROM (SELECT receipt FROM postbacks WHERE receipt > ?1 AND receipt < ?2 ORDER BY receipt LIMIT ?3))";

// The newest postback and the newest query stay: their numbers must not be used again. A query goes with its
// answer, and after its other postbacks, in a later pass: the views show a postback with its query.
constexpr auto select_sql = R"(
  INSERT INTO leaving
  SELECT p.receipt, iif(q.receipt = p.receipt AND q.id < (SELECT max(id) FROM queries), q.id, NULL)
    FROM postbacks p LEFT JOIN queries q ON q.id = p.query_row
   WHERE p.receipt > ?1 AND p.receipt <= ?2 AND p.receipt < (SELECT max(receipt) FROM postbacks)
     AND NOT (q.id IS NOT NULL AND (q.waiting OR q.answered_at >= ?4 OR q.receipt >= ?3))
     AND NOT EXISTS (SELECT 1 FROM queries f WHERE f.served_from = q.correlation AND f.receipt = p.receipt
                        AND (f.answered_at >= ?4 OR f.id = (SELECT max(id) FROM queries)))
     AND NOT (q.receipt = p.receipt AND EXISTS (SELECT 1 FROM postbacks n WHERE n.query_row = q.id AND n.kind <> 'result'))
     AND NOT EXISTS (SELECT 1 FROM needed_events WHERE receipt = p.receipt)
     AND NOT EXISTS (SELECT 1 FROM needed_events WHERE query_row = q.id))";

// The newest event, those that handlers have not been given yet, and those with an unfinished or the newest
// delivery.
constexpr auto needed_events_sql = R"(
  CREATE TEMP VIEW needed_events AS
  SELECT e.receipt, e.query_row FROM events e
   WHERE e.id = (SELECT max(id) FROM events)
      OR (e.id > (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'routed') AND EXISTS (SELECT 1 FROM handlers WHERE active))
      OR EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id
                    AND (d.state IN ('due', 'running', 'held') OR d.id = (SELECT max(id) FROM deliveries))))";

constexpr auto pieces_sql = R"(
  SELECT raw_pieces, json_pieces FROM bodies
   WHERE receipt IN (SELECT receipt FROM leaving) AND (raw_pieces IS NOT NULL OR json_pieces IS NOT NULL))";

constexpr const char* delete_sql[] = {
    "INSERT INTO leaving_queries SELECT query_row FROM leaving WHERE query_row IS NOT NULL",
    R"(INSERT INTO leaving_queries
        SELECT f.id FROM leaving l CROSS JOIN queries q ON q.id = l.query_row CROSS JOIN queries f ON f.served_from = q.correlation
         WHERE f.receipt = l.receipt)",
    "INSERT INTO leaving_events SELECT e.id FROM leaving l CROSS JOIN events e ON e.receipt = l.receipt",
    R"(INSERT OR IGNORE INTO leaving_events
        SELECT e.id FROM leaving_queries l CROSS JOIN events e ON e.query_row = l.id)",
    R"(DELETE FROM attempts WHERE delivery IN
        (SELECT d.id FROM leaving_events v CROSS JOIN deliveries d ON d.event_id = v.id))",
    "DELETE FROM deliveries WHERE event_id IN (SELECT id FROM leaving_events)",
    "DELETE FROM events WHERE id IN (SELECT id FROM leaving_events)",
    "DELETE FROM bodies WHERE receipt IN (SELECT receipt FROM leaving)",
    R"(DELETE FROM submissions WHERE correlation IN
        (SELECT q.correlation FROM leaving_queries l CROSS JOIN queries q ON q.id = l.id))",
    "DELETE FROM queries WHERE id IN (SELECT id FROM leaving_queries)",
    "DELETE FROM postbacks WHERE receipt IN (SELECT receipt FROM leaving)",
    "DELETE FROM leaving_events",
    "DELETE FROM leaving_queries",
    "DELETE FROM leaving",
};

// The statements need the tables.
SQLite::Database& with_tables(SQLite::Database& database)
{
  database.exec(leaving_sql);
  database.exec(needed_events_sql);
  return database;
}

} // namespace

RetentionStatements::RetentionStatements(SQLite::Database& database)
    : last(with_tables(database), last_sql), select(database, select_sql), pieces(database, pieces_sql),
      delete_piece(database, "DELETE FROM pieces WHERE body_id = ?1 AND part = ?2")
{
  for (const char* sql : delete_sql)
    deletes.emplace_back(database, sql);
}

} // namespace postbackd::store::sqlite
