#include "store/sqlite/erasure/erasure_search.hpp"

#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/erasure/relatives.hpp"
#include "store/sqlite/erasure/sql_functions.hpp"
#include "store/sqlite/queries/query_finder.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// All columns that somebody else than postbackd writes.
constexpr auto named_queries_sql = R"(
  SELECT id, mentions(label) OR mentions(key) OR mentions(metadata) OR mentions(group_name) OR mentions(trace) OR mentions(reason) OR mentions(api) OR mentions(datasets)
             OR mentions(query_id) OR mentions(correlation)
    FROM queries WHERE id > ?1 ORDER BY id LIMIT ?2)";
constexpr auto names_of_queries_sql =
    "SELECT id, mentions(query_id) OR mentions(correlation) FROM queries WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr auto submissions_sql = R"(
  SELECT q.id, coalesce((SELECT mentions(s.q) OR mentions(s.parameters) OR mentions(s.message) OR mentions(s.acknowledged)
                           FROM submissions s WHERE s.correlation = q.correlation), 0)
    FROM queries q WHERE q.id > ?1 ORDER BY q.id LIMIT ?2)";
constexpr auto lone_submissions_sql = R"(
  SELECT correlation FROM submissions s
   WHERE NOT EXISTS (SELECT 1 FROM queries q WHERE q.correlation = s.correlation)
     AND (mentions(q) OR mentions(parameters) OR mentions(message) OR mentions(acknowledged) OR mentions(correlation)))";
constexpr auto objects_sql = R"(
  SELECT number, mentions(request) OR mentions(message) OR mentions(key) FROM queue_objects
   WHERE number > ?1 ORDER BY number LIMIT ?2)";
constexpr auto app_events_sql = R"(
  SELECT number, mentions(event_value) OR mentions(user_id) OR mentions(event_name) OR mentions(event_date)
                 OR mentions(app_name)
                 OR coalesce((SELECT mentions(document) FROM app_users u WHERE u.user_id = e.user_id), 0)
    FROM app_events e WHERE number > ?1 ORDER BY number LIMIT ?2)";
constexpr auto deliveries_sql = R"(
  SELECT id, mentions(last_error) OR mentions(message) OR mentions(reason)
             OR EXISTS (SELECT 1 FROM attempts a WHERE a.delivery = d.id AND mentions(a.detail))
    FROM deliveries d WHERE id > ?1 ORDER BY id LIMIT ?2)";
constexpr auto recoveries_sql =
    "SELECT query_row, mentions(last_error) FROM recoveries WHERE query_row > ?1 ORDER BY query_row LIMIT ?2";
constexpr auto groups_sql = "SELECT id, mentions(name) FROM groups WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr auto audits_sql = "SELECT id, mentions(query) FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2";
// A query that is erased has no body, unless its erasure was interrupted.
constexpr auto bodies_sql = R"(
  SELECT p.receipt, p.query_row,
         mentions(b.raw) OR mentions(b.json) OR mentions(p.problem) OR mentions(p.content_type)
           OR mentions(p.content_encoding) OR mentions(p.charset) OR mentions(p.query_id) OR mentions(p.correlation)
           OR (p.removed_at IS NULL
               AND EXISTS (SELECT 1 FROM queries q WHERE q.id = p.query_row AND q.erased_at IS NOT NULL)),
         b.raw_pieces, b.json_pieces,
         p.content = 'undecodable' AND p.removed_at IS NULL
           AND (lower(coalesce(p.charset, '')) GLOB 'utf-[13]*'
                OR is_opaque(coalesce((SELECT bytes FROM pieces WHERE body_id = b.raw_pieces AND part = 0), b.raw)))
    FROM postbacks p LEFT JOIN bodies b USING (receipt)
   WHERE p.receipt > ?1 ORDER BY p.receipt LIMIT ?2)";
constexpr auto names_of_postbacks_sql = R"(
  SELECT receipt, mentions(query_id) OR mentions(correlation) FROM postbacks
   WHERE receipt > ?1 AND (query_id IS NOT NULL OR correlation IS NOT NULL) ORDER BY receipt LIMIT ?2)";

} // namespace

FoundToErase ErasureSearch::find(const ToErase& which, SearchProgress progress)
{
  which_ = which;
  progress_ = std::move(progress);
  if (which_.query) {
    const auto row = find_query_row(database_, model::query_name_of(*which_.query));
    return row ? find_query(*row, std::nullopt) : FoundToErase{};
  }
  if (which_.receipt) {
    find_postback(*which_.receipt);
    return complete();
  }
  add_search_functions(database_, &*which_.subject);
  find_by_text();
  find_by_body();
  find_texts_of_others();
  return complete();
}

void ErasureSearch::find_postback(model::Receipt receipt)
{
  SQLite::Statement find(database_, "SELECT query_row FROM postbacks WHERE receipt = ?1");
  find.bind(1, static_cast<std::int64_t>(receipt));
  if (!find.executeStep()) return;
  if (const auto query = number_or_nothing(find, 0))
    found_.queries.push_back(*query);
  else
    found_.postbacks.push_back(static_cast<std::int64_t>(receipt));
}

FoundToErase ErasureSearch::complete(FoundToErase found)
{
  found_ = std::move(found);
  return complete();
}

FoundToErase ErasureSearch::find_query(std::int64_t row, const std::optional<std::string>& client)
{
  found_.queries.push_back(row);
  found_.client = client;
  return complete();
}

FoundToErase ErasureSearch::complete()
{
  add_relatives(database_, found_);
  return std::move(found_);
}

void ErasureSearch::append_in_parts(const char* sql, FoundToErase::Numbers& numbers)
{
  SQLite::Statement next(database_, sql);
  const auto take = [&](SQLite::Statement& row) {
    if (row.getColumn(1).getInt() != 0) numbers.push_back(row.getColumn(0).getInt64());
  };
  read_in_parts(next, take, [](std::int64_t) {});
}

void ErasureSearch::append_texts(const char* sql, FoundToErase::Texts& texts)
{
  SQLite::Statement find(database_, sql);
  while (find.executeStep())
    texts.push_back(find.getColumn(0).getString());
}

void ErasureSearch::find_by_text()
{
  append_in_parts(named_queries_sql, found_.queries);
  append_in_parts(names_of_queries_sql, found_.names_of_queries);
  append_in_parts(submissions_sql, found_.queries);
  append_in_parts(objects_sql, found_.objects);
  append_in_parts(app_events_sql, found_.app_events);
}

bool ErasureSearch::is_in_pieces(const SQLite::Column& body, SQLite::Statement& pieces)
{
  if (body.isNull()) return false;
  const Reset reset(pieces);
  pieces.bind(1, body.getInt64());
  model::SubjectSearch search(*which_.subject);
  while (pieces.executeStep())
    if (search.add(pieces.getColumn(0).getString())) return true;
  return search.add({});
}

void ErasureSearch::find_by_body()
{
  const std::int64_t total = database_.execAndGet("SELECT count(*) FROM bodies").getInt64();
  SQLite::Statement next(database_, bodies_sql);
  SQLite::Statement pieces(database_, "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part");
  const auto take = [&, this](SQLite::Statement& row) {
    const std::int64_t receipt = row.getColumn(0).getInt64();
    if (row.getColumn(2).getInt() == 0 && !is_in_pieces(row.getColumn(3), pieces) &&
        !is_in_pieces(row.getColumn(4), pieces)) {
      if (row.getColumn(5).getInt() != 0) found_.opaque.push_back(receipt);
      return;
    }
    const SQLite::Column query = row.getColumn(1);
    query.isNull() ? found_.postbacks.push_back(receipt) : found_.queries.push_back(query.getInt64());
  };
  read_in_parts(next, take, [&, this](std::int64_t done) {
    if (progress_) progress_(done, total);
  });
  append_in_parts(names_of_postbacks_sql, found_.names_of_postbacks);
}

// Also what handlers have said of the person in deliveries of other queries.
void ErasureSearch::find_texts_of_others()
{
  append_in_parts(deliveries_sql, found_.deliveries);
  append_in_parts(recoveries_sql, found_.recoveries);
  append_in_parts(audits_sql, found_.audits);
  append_in_parts(groups_sql, found_.groups);
  append_texts(lone_submissions_sql, found_.submissions);
  append_texts("SELECT key FROM fanbase_sent WHERE mentions(remote_id)", found_.sent);
  append_texts("SELECT user_id FROM app_users WHERE mentions(document) OR mentions(user_id)", found_.users);
  append_texts("SELECT DISTINCT user_id FROM app_registrations WHERE mentions(user_id) OR mentions(app_name)",
               found_.users);
  append_texts("SELECT document FROM fans WHERE mentions(document)", found_.fans);
}

} // namespace postbackd::store::sqlite
