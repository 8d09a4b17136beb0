#include "store/sqlite/query_table.hpp"

#include <SQLiteCpp/Statement.h>

#include "store/sqlite/statement.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto register_sql = R"(
  INSERT INTO queries (query_id, correlation, label, api, datasets, deadline_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6))";

const char* sql_of(Listing listing)
{
  switch (listing) {
  case Listing::all:
    return "SELECT * FROM v_queries ORDER BY created_at DESC";
  case Listing::pending:
    return "SELECT * FROM v_pending ORDER BY created_at DESC";
  case Listing::overdue:
    return "SELECT * FROM v_overdue ORDER BY deadline_at";
  case Listing::unmatched:
    return "SELECT * FROM v_unmatched ORDER BY receipt DESC";
  }
  return "";
}

std::vector<std::string> columns_of(SQLite::Statement& statement)
{
  std::vector<std::string> names;
  for (int i = 0; i < statement.getColumnCount(); ++i)
    names.emplace_back(statement.getColumnName(i));
  return names;
}

Row row_of(SQLite::Statement& statement)
{
  Row row;
  for (int i = 0; i < statement.getColumnCount(); ++i)
    row.push_back(text_or_nothing(statement, i));
  return row;
}

Rows select(SQLite::Database& database, const char* sql, const std::string& query_id)
{
  SQLite::Statement statement(database, sql);
  statement.bind(1, query_id);
  Rows result{columns_of(statement), {}};
  while (statement.executeStep())
    result.rows.push_back(row_of(statement));
  return result;
}

} // namespace

bool register_query(SQLite::Database& database, const model::Query& query)
{
  SQLite::Statement insert(database, register_sql);
  int index = 1;
  for (const auto* text :
       {&query.query_id, &query.correlation, &query.label, &query.api, &query.datasets, &query.deadline_at})
    bind_text_or_null(insert, index++, *text);
  return insert.exec() == 1;
}

Rows find_query(SQLite::Database& database, const std::string& query_id)
{
  return select(database, "SELECT * FROM v_queries WHERE query_id = ?1", query_id);
}

Rows find_postbacks(SQLite::Database& database, const std::string& query_id)
{
  return select(database, "SELECT * FROM v_postbacks WHERE query_id = ?1 ORDER BY receipt", query_id);
}

void list(SQLite::Database& database, Listing listing,
          const std::function<void(const std::vector<std::string>&)>& header,
          const std::function<bool(const Row&)>& row)
{
  SQLite::Statement statement(database, sql_of(listing));
  header(columns_of(statement));
  while (statement.executeStep())
    if (!row(row_of(statement))) return;
}

} // namespace postbackd::store::sqlite
