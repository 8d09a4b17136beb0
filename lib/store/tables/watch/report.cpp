#include "store/tables/watch/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sql/statement.hpp"
#include "store/tables/common/first_since.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "store/tables/watch/day_table.hpp"
#include "store/tables/watch/refusal_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using std::chrono::milliseconds;

// So many queries or deliveries are looked at; of more, so many that stand evenly between them.
constexpr std::int64_t looked_at = 5'000;
constexpr int most_missing = 100;
constexpr std::size_t most_refusals = 50;

// The rows of a table whose times are in the report's.
struct Ids {
  std::int64_t first = 0;
  std::int64_t last = -1; // with it
  std::int64_t size() const { return last - first + 1; }
};

Ids ids_between(sql::Database& database, const char* table, const Report& report)
{
  const std::string from = text::format_time(report.from);
  const std::string to = text::format_time(report.to);
  return {first_since(database, table, from), first_since(database, table, to) - 1};
}

// Calls `take` for the rows of `sql`, whose ?1 is the least id, and whose first column is the id. Returns
// whether it took all.
bool look(sql::Database& database, const std::string& sql, const Ids& ids,
          const std::function<void(sql::Statement&)>& take)
{
  sql::Statement next(database, sql + " ORDER BY 1 LIMIT 1");
  const std::int64_t step = std::max<std::int64_t>(1, ids.size() / looked_at);
  for (std::int64_t id = ids.first; id <= ids.last;) {
    const Reset reset(next);
    next.bind(1, id);
    if (!next.step()) break;
    const std::int64_t found = next.column(0).int64();
    if (found > ids.last) break;
    take(next);
    id = std::max(found + 1, id + step);
  }
  return step == 1;
}

// Returns the time between two columns, unless one of them is missing.
std::optional<milliseconds> between(sql::Statement& row, int from, int to)
{
  const auto begin = time_or_nothing(row, from);
  const auto end = time_or_nothing(row, to);
  if (!begin || !end) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(*end - *begin));
}

void look_at_queries(sql::Database& database, const Ids& ids, Report& report)
{
  constexpr auto sql = R"(
    SELECT q.id AS id, q.created_at, q.answered_at, p.received_at, p.kept_at, q.deadline_at < q.answered_at,
           EXISTS (SELECT 1 FROM submissions s WHERE s.correlation = q.correlation)
      FROM queries q LEFT JOIN postbacks p ON p.receipt = q.receipt WHERE q.id >= ?1)";
  std::int64_t seen = 0;
  std::int64_t submitted = 0;
  std::int64_t late = 0;
  std::vector<milliseconds> to_result;
  std::vector<milliseconds> to_kept;
  report.sampled = !look(database, sql, ids, [&](sql::Statement& row) {
    ++seen;
    submitted += row.column(6).int32();
    late += row.column(5).int32();
    if (const auto time = between(row, 1, 2)) to_result.push_back(*time);
    if (const auto time = between(row, 3, 4)) to_kept.push_back(*time);
  });
  if (!report.sampled) report.registered = seen;
  const double each = seen > 0 ? static_cast<double>(report.registered) / static_cast<double>(seen) : 0;
  report.submitted = static_cast<std::int64_t>(static_cast<double>(submitted) * each);
  report.late = static_cast<std::int64_t>(static_cast<double>(late) * each);
  report.query_to_result = percentiles_of(to_result);
  report.received_to_kept = percentiles_of(to_kept);
}

// Those that are not answered are in an index of their own.
void count_waiting(sql::Database& database, const Ids& ids, Report& report)
{
  sql::Statement count(
      database,
      "SELECT state, count(*) FROM queries INDEXED BY queries_waiting WHERE waiting AND id BETWEEN ?1 "
      "AND ?2 GROUP BY state");
  count.bind(1, ids.first);
  count.bind(2, ids.last);
  std::int64_t waiting = 0;
  while (count.step()) {
    report.by_state[count.column(0).text()] = count.column(1).int64();
    waiting += count.column(1).int64();
  }
  report.answered = std::max<std::int64_t>(0, report.registered - waiting);
  sql::Statement missing(
      database,
      std::string("SELECT ") + query_columns + " FROM queries q" + query_joins +
          "WHERE q.id IN (SELECT id FROM queries INDEXED BY queries_waiting WHERE waiting AND id BETWEEN "
          "?1 AND ?2 AND state <> 'closed' AND state <> 'failed' ORDER BY id LIMIT ?3) ORDER BY q.id");
  missing.bind(1, ids.first);
  missing.bind(2, ids.last);
  missing.bind(3, most_missing);
  while (missing.step())
    report.missing.push_back(read_query(missing));
}

void look_at_deliveries(sql::Database& database, Report& report)
{
  std::vector<milliseconds> times;
  look(database,
       "SELECT d.id AS id, e.created_at, d.done_at FROM deliveries d JOIN events e ON e.id = d.event_id "
       "WHERE d.id "
       ">= ?1 AND d.state = 'done'",
       ids_between(database, "deliveries", report), [&](sql::Statement& row) {
         if (const auto time = between(row, 1, 2)) times.push_back(*time);
       });
  report.kept_to_delivered = percentiles_of(times);
}

void add_days(sql::Database& database, Report& report)
{
  const std::string first = text::day_of(report.from);
  const std::string last = text::day_of(report.to - milliseconds(1));
  report.counts = sum_days(database, first, last);
  report.refusals = sum_refusals(database, first, last, most_refusals);
}

} // namespace

Report make_report(sql::Database& database, base::TimePoint from, base::TimePoint to)
{
  Report report;
  report.from = from;
  report.to = to;
  add_days(database, report);
  const Ids queries = ids_between(database, "queries", report);
  report.registered = queries.size(); // unless some have been deleted: looked at below
  look_at_queries(database, queries, report);
  count_waiting(database, queries, report);
  look_at_deliveries(database, report);
  return report;
}

} // namespace postbackd::store::tables
