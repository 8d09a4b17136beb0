#include "store/sqlite/submissions/registration.hpp"

#include <SQLiteCpp/Statement.h>

#include "store/sqlite/engine/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto by_key_sql =
    "SELECT coalesce(correlation, query_id), query_id FROM queries WHERE key = ?1 AND client = ?2";
constexpr auto insert_sql = R"(
  INSERT INTO queries (query_id, correlation, label, api, datasets, client, key, metadata, created_at, deadline_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))";
constexpr auto known_sql = R"(
  SELECT id, coalesce(correlation, query_id), client FROM queries WHERE query_id = ?1
  UNION ALL
  SELECT id, coalesce(correlation, query_id), client FROM queries WHERE correlation = ?2)";
// A program has registered it in the file: from now on it is the client's.
constexpr auto adopt_sql = R"(
  UPDATE queries
     SET client = ?2, key = ?3, label = coalesce(?4, label), metadata = coalesce(?5, metadata), api = coalesce(?6, api),
         datasets = coalesce(?7, datasets)
   WHERE id = ?1 AND client = '' AND ?2 <> '')";

struct Known {
  std::int64_t row;
  std::string id;
  std::string client;
};

// Returns the rows with this QueryId and this correlation.
std::vector<Known> find_known(SQLite::Database& database, const model::Query& query)
{
  SQLite::Statement find(database, known_sql);
  bind_text_or_null(find, 1, query.query_id);
  bind_text_or_null(find, 2, query.correlation);
  std::vector<Known> known;
  while (find.executeStep())
    known.push_back(
        {find.getColumn(0).getInt64(), find.getColumn(1).getString(), find.getColumn(2).getString()});
  return known;
}

void adopt(SQLite::Database& database, std::int64_t row, const model::Query& query)
{
  SQLite::Statement adopt(database, adopt_sql);
  adopt.bind(1, row);
  bind_text(adopt, 2, query.client);
  int index = 3;
  for (const auto* text : {&query.key, &query.label, &query.metadata, &query.api, &query.datasets})
    bind_text_or_null(adopt, index++, *text);
  adopt.exec();
}

std::optional<Enqueued> find_by_key(SQLite::Database& database, const model::Query& query)
{
  SQLite::Statement find(database, by_key_sql);
  bind_text(find, 1, *query.key);
  bind_text(find, 2, query.client);
  if (!find.executeStep()) return std::nullopt;
  const bool same = !query.query_id || text_or_nothing(find, 1) == query.query_id;
  return Enqueued{find.getColumn(0).getString(), false, !same};
}

bool insert(SQLite::Database& database, const model::Query& query, base::TimePoint now)
{
  const std::string created_at = text::format_time(now);
  const auto deadline_at =
      query.deadline_at ? std::optional(text::format_time(*query.deadline_at)) : std::nullopt;
  SQLite::Statement insert(database, insert_sql);
  int index = 1;
  for (const auto* text : {&query.query_id, &query.correlation, &query.label, &query.api, &query.datasets})
    bind_text_or_null(insert, index++, *text);
  bind_text(insert, index++, query.client);
  bind_text_or_null(insert, index++, query.key);
  bind_text_or_null(insert, index++, query.metadata);
  bind_text(insert, index++, created_at);
  bind_text_or_null(insert, index, deadline_at);
  return insert.exec() > 0;
}

} // namespace

Enqueued register_query(SQLite::Database& database, const model::Query& query, base::TimePoint now)
{
  if (query.key)
    if (const auto known = find_by_key(database, query)) return *known;
  for (const Known& known : find_known(database, query))
    if (known.client != query.client && !known.client.empty()) return {known.id, false, true};
  const bool is_new = insert(database, query, now);
  const Known known = find_known(database, query).at(0);
  if (!is_new) adopt(database, known.row, query);
  return {known.id, is_new, false};
}

} // namespace postbackd::store::sqlite
