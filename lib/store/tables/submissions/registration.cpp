#include "store/tables/submissions/registration.hpp"

#include "base/ascii.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// What contradictions are found by; the last column: whether POST /v1/hooks made it, so that its own URL is
// the client's.
constexpr auto known_columns = R"(
  SELECT q.id, q.client, q.query_id, q.correlation,
         q.correlation IS NOT NULL AND q.served_from IS NULL AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.correlation = q.correlation)
    FROM queries q WHERE )";
constexpr auto insert_sql = R"(
  INSERT INTO queries (query_id, correlation, label, api, datasets, client, key, metadata, group_name, trace, created_at, deadline_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12))";
// A program has registered it in the file: from now on it is the client's.
constexpr auto adopt_sql = R"(
  UPDATE queries
     SET client = ?2, key = ?3, label = coalesce(?4, label), metadata = coalesce(?5, metadata), api = coalesce(?6, api),
         datasets = coalesce(?7, datasets), group_name = coalesce(?8, group_name), trace = coalesce(?9, trace)
   WHERE id = ?1 AND client = '' AND ?2 <> '' AND erased_at IS NULL)";

} // namespace

Registration::Registration(sql::Database& database)
    : by_key_(database, std::string(known_columns) + "q.key = ?1 AND q.client = ?2"),
      by_query_id_(database, std::string(known_columns) + "q.query_id = ?1"),
      by_correlation_(database, std::string(known_columns) + "q.correlation = ?1"),
      insert_(database, insert_sql), adopt_(database, adopt_sql)
{
}

Enqueued Registration::register_query(const model::Query& query, base::TimePoint now)
{
  if (query.key)
    if (const auto known = find(by_key_, *query.key, query.client); known && !learns(*known, query)) {
      const bool is_same = query.query_id ? agrees(*known, query) : known->has_hooks;
      return {.correlation = known->id(), .row = known->row, .belongs_to_another = is_same ? "" : "key"};
    }
  const auto by_id = query.query_id ? find(by_query_id_, *query.query_id) : std::nullopt;
  const auto own = query.correlation ? find(by_correlation_, *query.correlation) : std::nullopt;
  for (const auto& [known, name] : {std::pair(by_id, "query_id"), std::pair(own, "id")})
    if (known && (!is_open_to(*known, query) || !may_become(*known, query)))
      return {.correlation = known->id(), .row = known->row, .belongs_to_another = name};
  if (query.query_id && query.correlation && !query.client.empty() && !(own && own->has_hooks))
    return {.is_unknown = true};
  const bool is_new = insert(query, now);
  const Known entered =
      (query.query_id ? find(by_query_id_, *query.query_id) : find(by_correlation_, *query.correlation))
          .value();
  if (!is_new) adopt(entered.row, query);
  return {.correlation = entered.id(), .row = entered.row, .is_new = is_new};
}

std::optional<Registration::Known> Registration::find(sql::Statement& by, const std::string& text,
                                                      const std::optional<std::string>& client)
{
  const Reset reset(by);
  bind_text(by, 1, text);
  if (client) bind_text(by, 2, *client);
  if (!by.step()) return std::nullopt;
  return Known{by.column(0).int64(), by.column(1).text(), text_or_nothing(by, 2), text_or_nothing(by, 3),
               by.column(4).int32() != 0};
}

bool Registration::is_open_to(const Known& known, const model::Query& query)
{
  return known.client.empty() || known.client == query.client;
}

// Whether what it has and what is given are of one query, as far as both are known.
bool Registration::may_become(const Known& known, const model::Query& query)
{
  return (!known.query_id || !query.query_id ||
          base::equal_ignoring_case(*known.query_id, *query.query_id)) &&
         (!known.correlation || !query.correlation || known.correlation == query.correlation);
}

bool Registration::agrees(const Known& known, const model::Query& query)
{
  return known.query_id && may_become(known, query);
}

// Under the key that its hooks were made with.
bool Registration::learns(const Known& known, const model::Query& query)
{
  return query.query_id && query.correlation && !known.query_id && known.correlation == query.correlation;
}

bool Registration::insert(const model::Query& query, base::TimePoint now)
{
  const std::string created_at = text::format_time(now);
  const auto deadline_at = text::format_any_time(query.deadline_at);
  const Reset reset(insert_);
  int index = 1;
  for (const auto* text : {&query.query_id, &query.correlation, &query.label, &query.api, &query.datasets})
    bind_text_or_null(insert_, index++, *text);
  bind_text(insert_, index++, query.client);
  for (const auto* text : {&query.key, &query.metadata, &query.group, &query.trace})
    bind_text_or_null(insert_, index++, *text);
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
  for (const auto* text :
       {&query.key, &query.label, &query.metadata, &query.api, &query.datasets, &query.group, &query.trace})
    bind_text_or_null(adopt_, index++, *text);
  adopt_.exec();
}

} // namespace postbackd::store::tables
