#include "store/tables/retention/retention_statements.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/retention/open_events.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto last_sql = R"(
  SELECT max(receipt) FROM (SELECT receipt FROM postbacks WHERE receipt > ?1 AND receipt < ?2 ORDER BY receipt LIMIT ?3) p)";

// The newest postback and the newest query stay: their numbers must not be used again. So do the newest
// event, and one with an open or the newest delivery. A query goes with its answer, and after its other
// postbacks, in a later pass: the views show a postback with its query.
std::string select_sql()
{
  const std::string is_needed = fmt::format("(e.id = (SELECT max(id) FROM events) OR {} OR EXISTS (SELECT 1 "
                                            "FROM deliveries d WHERE d.event_id = e.id "
                                            "AND d.id = (SELECT max(id) FROM deliveries)))",
                                            event_is_open);
  return fmt::format(R"(
  SELECT p.receipt, CASE WHEN q.receipt = p.receipt AND q.id < (SELECT max(id) FROM queries) THEN q.id END
    FROM postbacks p LEFT JOIN queries q ON q.id = p.query_row
   WHERE p.receipt > ?1 AND p.receipt <= ?2 AND p.receipt < (SELECT max(receipt) FROM postbacks)
     AND NOT (q.id IS NOT NULL AND (q.waiting OR q.answered_at >= ?4 OR q.receipt >= ?3))
     AND NOT EXISTS (SELECT 1 FROM queries f WHERE f.served_from = q.correlation AND f.receipt = p.receipt
                        AND (f.answered_at >= ?4 OR f.id = (SELECT max(id) FROM queries)))
     AND NOT (q.receipt = p.receipt AND EXISTS (SELECT 1 FROM postbacks n WHERE n.query_row = q.id AND n.kind <> 'result'))
     AND NOT EXISTS (SELECT 1 FROM events e WHERE e.receipt = p.receipt AND {0})
     AND NOT EXISTS (SELECT 1 FROM events e WHERE e.query_row = q.id AND {0}))",
                     is_needed);
}

// In these, ?1 is a list of ids (list_of).
constexpr auto served_sql = R"(
  SELECT f.id FROM json_each(?1) l CROSS JOIN queries q ON q.id = l.value CROSS JOIN queries f ON f.served_from = q.correlation
   WHERE f.receipt = q.receipt)";
constexpr auto events_sql = R"(
  SELECT e.id FROM json_each(?1) l CROSS JOIN events e ON e.receipt = l.value
  UNION SELECT e.id FROM json_each(?2) l CROSS JOIN events e ON e.query_row = l.value)";
constexpr auto leaving_pieces_sql = R"(
  SELECT raw_pieces, json_pieces FROM bodies
   WHERE receipt IN (SELECT value FROM json_each(?1)) AND (raw_pieces IS NOT NULL OR json_pieces IS NOT NULL))";

constexpr std::pair<std::vector<std::int64_t> LeavingRows::*, const char*> delete_sql[] = {
    {&LeavingRows::events, R"(DELETE FROM attempts WHERE delivery IN
        (SELECT d.id FROM json_each(?1) v CROSS JOIN deliveries d ON d.event_id = v.value))"},
    {&LeavingRows::events, "DELETE FROM deliveries WHERE event_id IN (SELECT value FROM json_each(?1))"},
    {&LeavingRows::events, "DELETE FROM events WHERE id IN (SELECT value FROM json_each(?1))"},
    {&LeavingRows::postbacks, "DELETE FROM bodies WHERE receipt IN (SELECT value FROM json_each(?1))"},
    {&LeavingRows::queries, R"(DELETE FROM submissions WHERE correlation IN
        (SELECT q.correlation FROM json_each(?1) l CROSS JOIN queries q ON q.id = l.value))"},
    {&LeavingRows::queries, "DELETE FROM queries WHERE id IN (SELECT value FROM json_each(?1))"},
    {&LeavingRows::postbacks, "DELETE FROM postbacks WHERE receipt IN (SELECT value FROM json_each(?1))"},
};

// Appends the numbers of all columns that have one.
void read_numbers(sql::Statement& statement, std::vector<std::int64_t>& numbers)
{
  const Reset reset(statement);
  while (statement.step())
    for (int column = 0; column < statement.columns(); ++column)
      if (const auto number = number_or_nothing(statement, column)) numbers.push_back(*number);
}

} // namespace

RetentionStatements::RetentionStatements(sql::Database& database)
    : last(database, last_sql), delete_piece(database, "DELETE FROM pieces WHERE body_id = ?1 AND part = ?2"),
      select_(database, select_sql()), served_(database, served_sql), events_(database, events_sql),
      pieces_(database, leaving_pieces_sql)
{
  for (const auto& [rows, sql] : delete_sql)
    deletes_.push_back({rows, sql::Statement(database, sql)});
}

LeavingRows RetentionStatements::select_leaving(const RangeOfPostbacks& range)
{
  LeavingRows leaving;
  select_.bind(1, range.after);
  select_.bind(2, range.last);
  select_.bind(3, range.end);
  bind_text(select_, 4, range.end_time);
  {
    const Reset reset(select_);
    while (select_.step()) {
      leaving.postbacks.push_back(select_.column(0).int64());
      if (const auto query = number_or_nothing(select_, 1)) leaving.queries.push_back(*query);
    }
  }
  const std::string answered = list_of(leaving.queries);
  bind_text(served_, 1, answered);
  read_numbers(served_, leaving.queries);
  const std::string postbacks = list_of(leaving.postbacks);
  const std::string queries = list_of(leaving.queries);
  bind_text(events_, 1, postbacks);
  bind_text(events_, 2, queries);
  read_numbers(events_, leaving.events);
  return leaving;
}

std::vector<std::int64_t> RetentionStatements::pieces_of(const LeavingRows& leaving)
{
  std::vector<std::int64_t> bodies;
  const std::string postbacks = list_of(leaving.postbacks);
  bind_text(pieces_, 1, postbacks);
  read_numbers(pieces_, bodies);
  return bodies;
}

void RetentionStatements::remove(const LeavingRows& leaving)
{
  for (auto& [rows, statement] : deletes_) {
    const std::string ids = list_of(leaving.*rows);
    bind_text(statement, 1, ids);
    execute(statement);
  }
}

} // namespace postbackd::store::tables
