#include "store/tables/submissions/parting.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

// In all of them, ?1 is the query.
constexpr auto heir_of_result_sql = R"(
  SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.correlation
   WHERE q.id = ?1 AND f.receipt = q.receipt AND f.erased_at IS NULL
  UNION ALL SELECT f.id FROM queries q JOIN queries f ON f.correlation = q.served_from
   WHERE q.id = ?1 AND f.receipt = q.receipt AND f.erased_at IS NULL
  UNION ALL SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.served_from
   WHERE q.id = ?1 AND f.receipt = q.receipt AND f.erased_at IS NULL AND f.id <> q.id
  LIMIT 1)";
// An event of the result is its own from now on, and the others say so already.
constexpr auto keep_events_sql = R"(
  UPDATE events SET query_row = ?1
   WHERE query_row IS NULL AND receipt = (SELECT p.receipt FROM queries q JOIN postbacks p ON p.receipt = q.receipt
                                           WHERE q.id = ?1 AND p.query_row = ?1))";
// ?2 is the heir.
constexpr auto give_followers_sql = R"(
  UPDATE queries SET served_from = CASE WHEN id <> ?2 THEN (SELECT correlation FROM queries WHERE id = ?2) END
   WHERE served_from = (SELECT correlation FROM queries WHERE id = ?1) AND receipt = (SELECT receipt FROM queries WHERE id = ?1))";
constexpr auto give_result_sql = "UPDATE postbacks SET query_row = ?2 WHERE receipt = (SELECT receipt FROM "
                                 "queries WHERE id = ?1) AND query_row = ?1";
// Closed, so that its row goes at the age of such queries: no postback takes it along.
constexpr auto leave_sql = R"(
  UPDATE queries
     SET receipt = NULL, answered_at = NULL, served_from = NULL, state = 'closed', closed_at = ?2,
         touched = EXISTS (SELECT 1 FROM postbacks WHERE query_row = ?1 AND kind <> 'result')
   WHERE id = ?1)";

void run(sql::Database& database, const char* sql, std::int64_t query, std::optional<std::int64_t> heir = {})
{
  sql::Statement statement(database, sql);
  statement.bind(1, query);
  if (heir) statement.bind(2, *heir);
  statement.exec();
}

} // namespace

void Parting::part(std::int64_t query, const std::string& now)
{
  SharedEnds(database_).end_all_of(query, now);
  sql::Statement find(database_, heir_of_result_sql);
  find.bind(1, query);
  if (find.step()) leave_result(query, find.column(0).int64(), now);
}

void Parting::leave_result(std::int64_t query, std::int64_t heir, const std::string& now)
{
  run(database_, keep_events_sql, query);
  run(database_, give_followers_sql, query, heir);
  run(database_, give_result_sql, query, heir);
  sql::Statement leave(database_, leave_sql);
  leave.bind(1, query);
  bind_text(leave, 2, now);
  leave.exec();
}

} // namespace postbackd::store::tables
