#include "store/tables/queries/query_actions.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/event_table.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "store/tables/queries/usage_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

struct Closable {
  std::int64_t row;
  bool lost;
  std::string unsent; // its correlation, if it waits for its turn
};

std::string time_or_empty(std::optional<base::TimePoint> time)
{
  return time ? text::format_time(*time) : "";
}

// The text that follows all texts with this beginning.
std::string end_of_prefix(const std::string& prefix)
{
  return prefix + "\xF4\x8F\xBF\xBF";
} // the last character

// The queries that can be closed.
std::string closable(const QueriesToClose& which)
{
  std::string sql = which.only_unsent
                        ? " FROM queries WHERE waiting AND state IN ('queued', 'joined')"
                        : " FROM queries WHERE waiting AND state IN ('queued', 'pending', 'overdue', "
                          "'notified', 'recovering', 'lost', 'joined')";
  if (which.id || which.row) sql += " AND id = ?1";
  if (which.deadline_before)
    sql += " AND state <> 'lost' AND state <> 'queued' AND state <> 'joined' AND deadline_at < ?2";
  if (which.label) sql += " AND label = ?4";
  if (which.group) sql += " AND group_name = ?5";
  if (which.key_prefix) sql += " AND key >= ?6 AND key < ?7";
  if (which.client) sql += " AND client = ?8";
  if (which.key) sql += " AND key = ?9";
  if (which.state) sql += " AND state = ?10";
  if (which.api) sql += " AND api = ?11";
  if (which.since) sql += " AND created_at >= ?12";
  if (which.until) sql += " AND created_at < ?13";
  if (!which.rows.empty()) sql += fmt::format(" AND id IN ({})", fmt::join(which.rows, ","));
  return sql;
}

void bind(sql::Statement& statement, sql::Database& database, const QueriesToClose& which)
{
  if (which.row) statement.bind(1, *which.row);
  if (which.id) statement.bind(1, find_query_row(database, model::query_name_of(*which.id)).value_or(0));
  if (which.deadline_before) statement.bind(2, text::format_time(*which.deadline_before));
  if (which.label) statement.bind(4, *which.label);
  if (which.group) statement.bind(5, *which.group);
  if (which.key_prefix) statement.bind(6, *which.key_prefix);
  if (which.key_prefix) statement.bind(7, end_of_prefix(*which.key_prefix));
  if (which.client) statement.bind(8, *which.client);
  if (which.key) statement.bind(9, *which.key);
  if (which.state) bind_word(statement, 10, model::to_text(*which.state));
  if (which.api) statement.bind(11, *which.api);
  if (which.since) statement.bind(12, text::format_time(*which.since));
  if (which.until) statement.bind(13, text::format_time(*which.until));
}

std::vector<Closable> find_closable(sql::Database& database, const QueriesToClose& which, std::size_t most)
{
  sql::Statement find(database,
                      "SELECT id, state = 'lost', CASE WHEN state = 'queued' THEN correlation ELSE '' END" +
                          closable(which) + " LIMIT ?3");
  bind(find, database, which);
  find.bind(3, static_cast<std::int64_t>(most));
  std::vector<Closable> found;
  while (find.step())
    found.push_back({find.column(0).int64(), find.column(1).int32() != 0, text_or_empty(find, 2)});
  return found;
}

std::string condition_of(const QueryFilter& filter)
{
  using Waiting = QueryFilter::Waiting;
  std::string sql = "TRUE";
  if (filter.waiting != Waiting::any) sql += " AND q.waiting AND NOT q.given_up";
  if (filter.waiting == Waiting::overdue)
    sql += " AND q.state <> 'queued' AND q.state <> 'joined' AND q.deadline_at < ?1";
  if (filter.state) sql += " AND q.state = ?2";
  if (filter.label) sql += " AND q.label = ?3";
  if (filter.since) sql += " AND q.created_at >= ?4";
  if (filter.group) sql += " AND q.group_name = ?6";
  return sql;
}

} // namespace

void list_queries(sql::Database& database, const QueryFilter& filter, std::size_t most, base::TimePoint now,
                  const std::function<bool(const QueryRecord&)>& take)
{
  const std::string time = text::format_time(now);
  const std::string since = time_or_empty(filter.since);
  const bool by_deadline = filter.waiting == QueryFilter::Waiting::overdue;
  sql::Statement list(database, std::string("SELECT ") + query_columns + " FROM queries q" + query_joins +
                                    "WHERE " + condition_of(filter) + " ORDER BY " +
                                    (by_deadline ? "q.deadline_at" : "q.id") + " DESC LIMIT ?5");
  if (by_deadline) bind_text(list, 1, time);
  if (filter.state) bind_word(list, 2, model::to_text(*filter.state));
  if (filter.label) bind_text(list, 3, *filter.label);
  if (filter.since) bind_text(list, 4, since);
  if (filter.group) bind_text(list, 6, *filter.group);
  list.bind(5, static_cast<std::int64_t>(most));
  while (list.step())
    if (!take(read_query(list))) return;
}

std::vector<std::int64_t> find_closable_rows(sql::Database& database, const QueriesToClose& which)
{
  sql::Statement find(database, "SELECT id" + closable(which));
  bind(find, database, which);
  std::vector<std::int64_t> rows;
  while (find.step())
    rows.push_back(find.column(0).int64());
  return rows;
}

std::int64_t count_closable(sql::Database& database, const QueriesToClose& which)
{
  sql::Statement count(database, "SELECT count(*)" + closable(which));
  bind(count, database, which);
  count.step();
  return count.column(0).int64();
}

std::int64_t close_queries(sql::Database& database, const QueriesToClose& which, const std::string& reason,
                           std::size_t most, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  sql::Statement close(database,
                       "UPDATE queries SET state = 'closed', closed_at = ?2, reason = ?3 WHERE id = ?1");
  sql::Statement drop_recovery(database, "DELETE FROM recoveries WHERE query_row = ?1");
  sql::Statement unqueue(database, "UPDATE submissions SET next_attempt_at = NULL WHERE correlation = ?1");
  EventTable events(database);
  UsageTable usage(database);
  const std::vector<Closable> found = find_closable(database, which, most);
  for (const Closable& query : found) {
    close.bind(1, query.row);
    bind_text(close, 2, time);
    bind_text(close, 3, reason);
    execute(close);
    drop_recovery.bind(1, query.row);
    execute(drop_recovery);
    if (!query.unsent.empty()) {
      usage.give_back(query.unsent);
      bind_text(unqueue, 1, query.unsent);
      execute(unqueue);
    }
    if (!query.lost)
      events.append(model::EventKind::closed, {.query = query.row}, time); // that was its end already
  }
  return static_cast<std::int64_t>(found.size());
}

} // namespace postbackd::store::tables
