#include "store/sqlite/erasure/erase_names.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/erased_name.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/common/settings.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Another name for a query; one that nobody can have taken before.
std::optional<std::string> replacement_of(SQLite::Database& database, const std::optional<std::string>& name,
                                          const std::string& column)
{
  if (!name) return name;
  std::string other = erased_name(setting(database, "store_id"), *name);
  SQLite::Statement find(database, "SELECT 1 FROM queries WHERE " + column + " = ?1");
  bind_text(find, 1, other);
  if (find.executeStep()) other = "erased-" + base::to_hex(base::random_bytes(16));
  return other;
}

// Gives a column that has the query's correlation the new one.
void point(SQLite::Database& database, const std::string& update, std::int64_t query,
           const std::string& correlation)
{
  SQLite::Statement statement(database,
                              "UPDATE " + update + " = (SELECT correlation FROM queries WHERE id = ?1)");
  statement.bind(1, query);
  bind_text(statement, 2, correlation);
  statement.exec();
}

} // namespace

void erase_names_of_query(SQLite::Database& database, std::int64_t query)
{
  std::optional<std::string> query_id;
  std::optional<std::string> correlation;
  {
    SQLite::Statement find(database, "SELECT query_id, correlation FROM queries WHERE id = ?1");
    find.bind(1, query);
    if (!find.executeStep()) return;
    query_id = replacement_of(database, text_or_nothing(find, 0), "query_id");
    correlation = replacement_of(database, text_or_nothing(find, 1), "correlation");
  }
  // What points to it first.
  if (correlation)
    for (const char* update : {"queries SET served_from = ?2 WHERE served_from",
                               "queue_objects SET correlation = ?2 WHERE correlation",
                               "submissions SET correlation = ?2 WHERE correlation"})
      point(database, update, query, *correlation);
  SQLite::Statement update(database, "UPDATE queries SET query_id = ?2, correlation = ?3 WHERE id = ?1");
  update.bind(1, query);
  bind_text_or_null(update, 2, query_id);
  bind_text_or_null(update, 3, correlation);
  update.exec();
}

void erase_names_of_postback(SQLite::Database& database, std::int64_t receipt)
{
  std::optional<std::string> query_id;
  {
    SQLite::Statement find(database, "SELECT query_id FROM postbacks WHERE receipt = ?1");
    find.bind(1, receipt);
    if (find.executeStep()) query_id = text_or_nothing(find, 0);
  }
  if (query_id) query_id = erased_name(setting(database, "store_id"), *query_id);
  SQLite::Statement update(
      database, "UPDATE postbacks SET query_id = ?2, correlation = NULL, stray = 0 WHERE receipt = ?1");
  update.bind(1, receipt);
  bind_text_or_null(update, 2, query_id);
  update.exec();
}

} // namespace postbackd::store::sqlite
