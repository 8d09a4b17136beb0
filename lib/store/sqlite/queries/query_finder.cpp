#include "store/sqlite/queries/query_finder.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto find_row_sql = R"(
  SELECT coalesce((SELECT id FROM queries WHERE correlation = ?1), (SELECT id FROM queries WHERE query_id = ?1)))";

} // namespace

QueryRecord read_query(SQLite::Statement& row)
{
  return {.row = row.getColumn(18).getInt64(),
          .correlation = text_or_empty(row, 0),
          .query_id = text_or_empty(row, 1),
          .state = word_of<model::QueryState>(row, 2, model::query_state_of),
          .label = text_or_empty(row, 3),
          .key = text_or_empty(row, 15),
          .metadata = text_or_empty(row, 16),
          .client = text_or_empty(row, 17),
          .api = text_or_empty(row, 4),
          .datasets = text_or_empty(row, 5),
          .created_at = time_of(row, 6),
          .deadline_at = time_or_nothing(row, 7),
          .answered_at = time_or_nothing(row, 8),
          .status = text_or_empty(row, 9),
          .receipt = number_or_nothing(row, 10),
          .code = number_or_nothing(row, 11),
          .message = text_or_empty(row, 12),
          .closed_at = time_or_nothing(row, 13),
          .reason = text_or_empty(row, 14),
          .erased_at = time_or_nothing(row, 20),
          .served_from = text_or_empty(row, 19)};
}

std::optional<std::int64_t> find_query_row(SQLite::Database& database, const std::string& id)
{
  SQLite::Statement find(database, find_row_sql);
  bind_text(find, 1, id);
  find.executeStep();
  return number_or_nothing(find, 0);
}

QueryRecord query_of_row(SQLite::Database& database, std::int64_t row)
{
  SQLite::Statement find(database, std::string("SELECT ") + query_columns + " FROM queries q" + query_joins +
                                       "WHERE q.id = ?1");
  find.bind(1, row);
  find.executeStep();
  return read_query(find);
}

std::optional<QueryRecord> find_query(SQLite::Database& database, const std::string& id)
{
  const auto row = find_query_row(database, id);
  if (!row) return std::nullopt;
  return query_of_row(database, *row);
}

} // namespace postbackd::store::sqlite
