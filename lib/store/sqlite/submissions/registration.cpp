#include "store/sqlite/submissions/registration.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
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
constexpr auto known_query_sql = R"(
  SELECT id, coalesce(correlation, query_id), client FROM queries WHERE query_id = ?1
  UNION ALL
  SELECT id, coalesce(correlation, query_id), client FROM queries WHERE correlation = ?2)";
// A program has registered it in the file: from now on it is the client's.
constexpr auto adopt_sql = R"(
  UPDATE queries
     SET client = ?2, key = ?3, label = coalesce(?4, label), metadata = coalesce(?5, metadata), api = coalesce(?6, api),
         datasets = coalesce(?7, datasets)
   WHERE id = ?1 AND client = '' AND ?2 <> '' AND erased_at IS NULL)";

} // namespace

Registration::Registration(SQLite::Database& database)
    : by_key_(database, by_key_sql), known_(database, known_query_sql), insert_(database, insert_sql),
      adopt_(database, adopt_sql)
{
}

Enqueued Registration::register_query(const model::Query& query, base::TimePoint now)
{
  if (query.key)
    if (const auto known = find_by_key(query)) return *known;
  for (const Known& known : find_known(query))
    if (known.client != query.client && !known.client.empty()) return {known.id, false, true};
  const bool is_new = insert(query, now);
  const Known known = find_known(query).at(0);
  if (!is_new) adopt(known.row, query);
  return {known.id, is_new, false};
}

// Returns the rows with this QueryId and this correlation.
std::vector<Registration::Known> Registration::find_known(const model::Query& query)
{
  const Reset reset(known_);
  bind_text_or_null(known_, 1, query.query_id);
  bind_text_or_null(known_, 2, query.correlation);
  std::vector<Known> known;
  while (known_.executeStep())
    known.push_back(
        {known_.getColumn(0).getInt64(), known_.getColumn(1).getString(), known_.getColumn(2).getString()});
  return known;
}

std::optional<Enqueued> Registration::find_by_key(const model::Query& query)
{
  const Reset reset(by_key_);
  bind_text(by_key_, 1, *query.key);
  bind_text(by_key_, 2, query.client);
  if (!by_key_.executeStep()) return std::nullopt;
  const bool same = !query.query_id || text_or_nothing(by_key_, 1) == query.query_id;
  return Enqueued{by_key_.getColumn(0).getString(), false, !same};
}

bool Registration::insert(const model::Query& query, base::TimePoint now)
{
  const std::string created_at = text::format_time(now);
  const auto deadline_at =
      query.deadline_at ? std::optional(text::format_time(*query.deadline_at)) : std::nullopt;
  const Reset reset(insert_);
  int index = 1;
  for (const auto* text : {&query.query_id, &query.correlation, &query.label, &query.api, &query.datasets})
    bind_text_or_null(insert_, index++, *text);
  bind_text(insert_, index++, query.client);
  bind_text_or_null(insert_, index++, query.key);
  bind_text_or_null(insert_, index++, query.metadata);
  bind_text(insert_, index++, created_at);
  bind_text_or_null(insert_, index, deadline_at);
  return insert_.exec() > 0;
}

void Registration::adopt(std::int64_t row, const model::Query& query)
{
  const Reset reset(adopt_);
  adopt_.bind(1, row);
  bind_text(adopt_, 2, query.client);
  int index = 3;
  for (const auto* text : {&query.key, &query.label, &query.metadata, &query.api, &query.datasets})
    bind_text_or_null(adopt_, index++, *text);
  adopt_.exec();
}

} // namespace postbackd::store::sqlite
