#include "store/tables/queries/query_selection.hpp"

#include <algorithm>
#include <cstdint>

#include "sql/statement.hpp"
#include "store/tables/common/first_since.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

std::string condition_of(const QuerySelection& selection)
{
  std::string sql = "TRUE";
  if (selection.client) sql += " AND q.client = ?1 AND q.client <> ''";
  // Literals and `waiting`, as partial indexes have them.
  if (selection.state == model::QueryState::recovered)
    sql += " AND q.state = 'recovered'";
  else if (selection.state)
    sql += selection.state == model::QueryState::answered ? " AND q.state = ?2"
                                                          : " AND q.state = ?2 AND q.waiting";
  if (selection.label) sql += " AND q.label = ?3";
  if (selection.key) sql += " AND q.key = ?4";
  if (selection.api) sql += " AND q.api = ?5";
  if (selection.group) sql += " AND q.group_name = ?8";
  // The index of a state is not in the order of ids: with a `+`, it is not given up for a walk through a
  // time.
  const bool waits = selection.state && *selection.state != model::QueryState::answered &&
                     *selection.state != model::QueryState::recovered;
  const std::string id = waits ? " AND +q.id" : " AND q.id";
  if (selection.before || selection.until) sql += id + " < ?6";
  if (selection.since) sql += id + " >= ?9";
  if (selection.receipt) sql += " AND q.id = (SELECT query_row FROM postbacks WHERE receipt = ?10)";
  return sql;
}

// The row before which they are.
std::int64_t end_of(sql::Database& database, const QuerySelection& selection)
{
  const std::int64_t row = selection.before.value_or(INT64_MAX);
  if (!selection.until) return row;
  return std::min(row, first_since(database, "queries", text::format_time(*selection.until)));
}

} // namespace

// First the ids alone: the index of a state has them, and to sort them is cheap.
std::string selection_sql(const QuerySelection& selection)
{
  return std::string("SELECT ") + query_columns + " FROM queries q" + query_joins +
         "WHERE q.id IN (SELECT q.id FROM queries q WHERE " + condition_of(selection) +
         " ORDER BY q.id DESC LIMIT ?7) ORDER BY q.id DESC";
}

std::vector<QueryRecord> select_queries(sql::Database& database, const QuerySelection& selection,
                                        std::size_t most)
{
  sql::Statement list(database, selection_sql(selection));
  if (selection.client) bind_text(list, 1, *selection.client);
  if (selection.state && *selection.state != model::QueryState::recovered)
    bind_word(list, 2, model::to_text(*selection.state));
  if (selection.label) bind_text(list, 3, *selection.label);
  if (selection.key) bind_text(list, 4, *selection.key);
  if (selection.api) bind_text(list, 5, *selection.api);
  if (selection.group) bind_text(list, 8, *selection.group);
  if (selection.before || selection.until) list.bind(6, end_of(database, selection));
  if (selection.since) list.bind(9, first_since(database, "queries", text::format_time(*selection.since)));
  if (selection.receipt) list.bind(10, *selection.receipt);
  list.bind(7, static_cast<std::int64_t>(most));
  std::vector<QueryRecord> queries;
  while (list.step())
    queries.push_back(read_query(list));
  return queries;
}

} // namespace postbackd::store::tables
