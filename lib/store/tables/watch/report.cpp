#include "store/tables/watch/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using std::chrono::milliseconds;

// So many queries or deliveries are looked at; of more, so many that stand evenly between them.
constexpr std::int64_t looked_at = 5'000;
constexpr int most_missing = 100;
constexpr int most_refusals = 50;

constexpr const char* day_counts[] = {"registered",      "results",        "notices", "extras",
                                      "unmatched",       "undecodable",    "repeats", "bytes",
                                      "deliveries_done", "deliveries_dead"};

// The rows of a table whose times are in the report's: ids and times grow together.
struct Ids {
  std::int64_t first = 0;
  std::int64_t last = -1; // with it
  std::int64_t size() const { return last - first + 1; }
};

// Returns the first id whose row is not before the time, or the one after the last. A search by halves.
std::int64_t first_since(sql::Database& database, const char* table, const std::string& time)
{
  // Apart: both in one SELECT are a scan.
  sql::Statement ends(
      database,
      fmt::format("SELECT coalesce((SELECT min(id) FROM {0}), 1), coalesce((SELECT max(id) FROM {0}), 0) + 1",
                  table));
  ends.step();
  std::int64_t low = ends.column(0).int64();
  std::int64_t high = ends.column(1).int64();
  sql::Statement next(
      database, fmt::format("SELECT id, created_at >= ?2 FROM {} WHERE id >= ?1 ORDER BY id LIMIT 1", table));
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const Reset reset(next);
    next.bind(1, middle);
    bind_text(next, 2, time);
    if (!next.step() || next.column(1).int32() != 0)
      high = middle;
    else
      low = next.column(0).int64() + 1;
  }
  return low;
}

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
  const std::string first = text::format_time(report.from).substr(0, 10);
  const std::string last = text::format_time(report.to - milliseconds(1)).substr(0, 10);
  std::string sums;
  for (const char* column : day_counts)
    sums += fmt::format("{}coalesce(sum({}), 0)", sums.empty() ? "" : ", ", column);
  sql::Statement sum(database, fmt::format("SELECT {} FROM stats WHERE day BETWEEN ?1 AND ?2", sums));
  bind_text(sum, 1, first);
  bind_text(sum, 2, last);
  sum.step();
  int index = 0;
  for (const char* column : day_counts)
    report.counts[column] = sum.column(index++).int64();
  sql::Statement refused(
      database,
      "SELECT reason, remote, path, sum(count), max(last) FROM refusals WHERE day BETWEEN ?1 AND ?2 "
      "GROUP BY reason, remote, path ORDER BY 4 DESC LIMIT ?3");
  bind_text(refused, 1, first);
  bind_text(refused, 2, last);
  refused.bind(3, most_refusals);
  while (refused.step())
    report.refusals.push_back({text_or_empty(refused, 0), text_or_empty(refused, 1),
                               text_or_empty(refused, 2),
                               static_cast<std::uint64_t>(refused.column(3).int64()), time_of(refused, 4)});
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
