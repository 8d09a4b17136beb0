#include "store/tables/retention/old_rows.hpp"

#include <fmt/format.h>

#include <map>

#include "store/tables/common/empty_body.hpp"
#include "store/tables/retention/open_events.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr int rows_at_once = 200;
constexpr int rows_in_a_look = 5'000;

// Deletes the events e of a condition with their deliveries and attempts; then what `deletes` adds.
std::vector<std::string> with_events(const std::string& condition, std::vector<std::string> deletes)
{
  const std::string finished = "SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE "
                               "d.id < (SELECT max(id) FROM deliveries) AND " +
                               condition;
  std::vector<std::string> all{
      "DELETE FROM attempts WHERE delivery IN (" + finished + ")",
      "DELETE FROM deliveries WHERE id IN (" + finished + ")",
      "DELETE FROM events WHERE id < (SELECT max(id) FROM events) AND id IN (SELECT e.id FROM events e "
      "WHERE " +
          condition + ") AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = events.id)"};
  all.insert(all.end(), deletes.begin(), deletes.end());
  return all;
}

OldRows bodies()
{
  return {
      "postbacks p",
      "p.receipt",
      "p.received_at",
      fmt::format(R"(p.query_row IS NOT NULL AND p.removed_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM queries q WHERE q.id = p.query_row AND q.waiting)
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.receipt = p.receipt AND {}))",
                  event_is_open),
      {R"(DELETE FROM pieces WHERE body_id IN (SELECT raw_pieces FROM bodies WHERE receipt IN (SELECT value FROM json_each(?1))
                                      UNION SELECT json_pieces FROM bodies WHERE receipt IN (SELECT value FROM json_each(?1))))",
       std::string(empty_body_sql) + "receipt IN (SELECT value FROM json_each(?1))",
       "UPDATE postbacks SET removed_at = ?2 WHERE receipt IN (SELECT value FROM json_each(?1))"}};
}

// Those whose events are all gone.
constexpr auto old_queries = "id IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (SELECT 1 FROM events "
                             "WHERE query_row = queries.id)";

OldRows queries()
{
  return {"queries q", "q.id", "q.created_at",
          fmt::format(R"(q.given_up AND NOT q.touched AND NOT q.shares
             AND q.id < (SELECT max(id) FROM queries)
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.query_row = q.id AND {}))",
                      event_is_open),
          with_events(
              "e.query_row IN (SELECT value FROM json_each(?1))",
              {fmt::format(
                   "DELETE FROM submissions WHERE correlation IN (SELECT correlation FROM queries WHERE {})",
                   old_queries),
               fmt::format("DELETE FROM queries WHERE {}", old_queries)})};
}

OldRows deliveries()
{
  return {"deliveries d",
          "d.id",
          "d.created_at",
          "d.state IN ('done', 'dead') AND d.id < (SELECT max(id) FROM deliveries)",
          {"DELETE FROM attempts WHERE delivery IN (SELECT value FROM json_each(?1))",
           "DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(?1))"}};
}

// What causes events by its number; `kinds` is a condition on them.
OldRows numbered(const std::string& table, const std::string& may_go, const std::string& kinds)
{
  return {table, "number", "created_at",
          fmt::format("{} AND number < (SELECT max(number) FROM {}) AND NOT EXISTS (SELECT 1 FROM events e "
                      "WHERE e.object = number AND {} AND {})",
                      may_go, table, kinds, event_is_open),
          with_events("e.object IN (SELECT value FROM json_each(?1)) AND " + kinds,
                      {fmt::format("DELETE FROM {} WHERE number IN (SELECT value FROM json_each(?1)) AND NOT "
                                   "EXISTS (SELECT 1 FROM events e WHERE e.object = number AND {})",
                                   table, kinds)})};
}

OldRows audit()
{
  return {"audit",
          "id",
          "at",
          "id < (SELECT max(id) FROM audit)",
          {"DELETE FROM audit WHERE id IN (SELECT value FROM json_each(?1))"}};
}

} // namespace

std::string OldRows::next_sql() const
{
  return fmt::format("SELECT {0}, {1} < ?2, {2} FROM {3} WHERE {0} > ?1 ORDER BY {0} LIMIT {4}", id, time,
                     may_go, table, rows_at_once);
}

std::string OldRows::look_sql() const
{
  return fmt::format("SELECT max(id), min(id) FILTER (WHERE time < ?2) "
                     "FROM (SELECT {0} AS id, {1} AS time FROM {2} WHERE {0} > ?1 ORDER BY {0} LIMIT {3}) o",
                     id, time, table, rows_in_a_look);
}

const OldRows& old_rows(OldKind kind)
{
  static const std::map<OldKind, OldRows> all{
      {OldKind::bodies, bodies()},
      {OldKind::queries, queries()},
      {OldKind::deliveries, deliveries()},
      {OldKind::objects, numbered("queue_objects", "state IN ('completed', 'failed')",
                                  "e.kind IN ('ticket-create', 'update-fandata')")},
      {OldKind::app_events, numbered("app_events", "TRUE", "e.kind = 'app-event'")},
      {OldKind::audit, audit()}};
  return all.at(kind);
}

} // namespace postbackd::store::tables
