#include "store/tables/erasure/erase_names.hpp"

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/erased_name.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/common/settings.hpp"

namespace postbackd::store::tables
{
namespace
{

// Another name for a query; one that nobody can have taken before.
std::optional<std::string> replacement_of(sql::Database& database, const std::optional<std::string>& name,
                                          const std::string& column)
{
  if (!name) return name;
  std::string other = erased_name(setting(database, "store_id"), *name);
  sql::Statement find(database, "SELECT 1 FROM queries WHERE " + column + " = ?1");
  bind_text(find, 1, other);
  if (find.step()) other = "erased-" + base::to_hex(base::random_bytes(16));
  return other;
}

// Gives a column that has the query's correlation the new one.
void point(sql::Database& database, const std::string& update, std::int64_t query,
           const std::string& correlation)
{
  sql::Statement statement(database,
                           "UPDATE " + update + " = (SELECT correlation FROM queries WHERE id = ?1)");
  statement.bind(1, query);
  bind_text(statement, 2, correlation);
  statement.exec();
}

} // namespace

void erase_names_of_query(sql::Database& database, std::int64_t query)
{
  std::optional<std::string> query_id;
  std::optional<std::string> correlation;
  {
    sql::Statement find(database, "SELECT query_id, correlation FROM queries WHERE id = ?1");
    find.bind(1, query);
    if (!find.step()) return;
    query_id = replacement_of(database, text_or_nothing(find, 0), "query_id");
    correlation = replacement_of(database, text_or_nothing(find, 1), "correlation");
  }
  // What points to it first.
  if (correlation)
    for (const char* update : {"queries SET served_from = ?2 WHERE served_from",
                               "queue_objects SET correlation = ?2 WHERE correlation",
                               "submissions SET correlation = ?2 WHERE correlation"})
      point(database, update, query, *correlation);
  sql::Statement update(database, "UPDATE queries SET query_id = ?2, correlation = ?3 WHERE id = ?1");
  update.bind(1, query);
  bind_text_or_null(update, 2, query_id);
  bind_text_or_null(update, 3, correlation);
  update.exec();
}

void erase_names_of_postback(sql::Database& database, std::int64_t receipt)
{
  std::optional<std::string> query_id;
  {
    sql::Statement find(database, "SELECT query_id FROM postbacks WHERE receipt = ?1");
    find.bind(1, receipt);
    if (find.step()) query_id = text_or_nothing(find, 0);
  }
  if (query_id) query_id = erased_name(setting(database, "store_id"), *query_id);
  sql::Statement update(
      database, "UPDATE postbacks SET query_id = ?2, correlation = NULL, stray = 0 WHERE receipt = ?1");
  update.bind(1, receipt);
  bind_text_or_null(update, 2, query_id);
  update.exec();
}

} // namespace postbackd::store::tables
