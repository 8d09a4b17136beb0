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
// The trigger queries_known ignores what is known already, or completes it (schema/6_matching.sql).
constexpr auto known_sql = R"(
  SELECT coalesce(correlation, query_id), client FROM queries
   WHERE id = coalesce((SELECT id FROM queries WHERE query_id = ?1), (SELECT id FROM queries WHERE correlation = ?2)))";

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
  const bool is_new = insert(database, query, now);
  SQLite::Statement find(database, known_sql);
  bind_text_or_null(find, 1, query.query_id);
  bind_text_or_null(find, 2, query.correlation);
  find.executeStep();
  const std::string client = find.getColumn(1).getString();
  return {find.getColumn(0).getString(), is_new, client != query.client && !client.empty()};
}

} // namespace postbackd::store::sqlite
