#include "store/tables/erasure/erasure_search.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/erasure/relatives.hpp"
#include "store/tables/queries/query_finder.hpp"

namespace postbackd::store::tables
{
namespace
{

// In those that are read in parts: a number, and all columns of its row that somebody else than postbackd
// writes.
constexpr auto named_queries_sql = R"(
  SELECT id, label, key, metadata, group_name, trace, reason, api, datasets, query_id, correlation
    FROM queries WHERE id > ?1 ORDER BY id LIMIT ?2)";
constexpr auto names_of_queries_sql =
    "SELECT id, query_id, correlation FROM queries WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr auto submissions_sql = R"(
  SELECT q.id, s.q, s.parameters, s.message, s.acknowledged
    FROM queries q LEFT JOIN submissions s ON s.correlation = q.correlation WHERE q.id > ?1 ORDER BY q.id LIMIT ?2)";
constexpr auto objects_sql =
    "SELECT number, request, message, key FROM queue_objects WHERE number > ?1 ORDER BY number LIMIT ?2";
constexpr auto app_events_sql = R"(
  SELECT number, event_value, e.user_id, event_name, event_date, app_name, u.document
    FROM app_events e LEFT JOIN app_users u ON u.user_id = e.user_id WHERE number > ?1 ORDER BY number LIMIT ?2)";
constexpr auto deliveries_sql =
    "SELECT id, last_error, message, reason FROM deliveries WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr auto attempts_sql = R"(
  SELECT d.id, a.detail FROM (SELECT id FROM deliveries WHERE id > ?1 ORDER BY id LIMIT ?2) d
    LEFT JOIN attempts a ON a.delivery = d.id ORDER BY d.id)";
constexpr auto recoveries_sql =
    "SELECT query_row, last_error FROM recoveries WHERE query_row > ?1 ORDER BY query_row LIMIT ?2";
constexpr auto groups_sql = "SELECT id, name FROM groups WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr auto audits_sql = "SELECT id, query FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr auto names_of_postbacks_sql = R"(
  SELECT receipt, query_id, correlation FROM postbacks
   WHERE receipt > ?1 AND (query_id IS NOT NULL OR correlation IS NOT NULL) ORDER BY receipt LIMIT ?2)";
// A query that is erased has no body, unless its erasure was interrupted.
constexpr auto bodies_sql = R"(
  SELECT p.receipt, p.query_row, b.raw_pieces, b.json_pieces, p.content = 'undecodable' AND p.removed_at IS NULL,
         p.removed_at IS NULL AND EXISTS (SELECT 1 FROM queries q WHERE q.id = p.query_row AND q.erased_at IS NOT NULL),
         p.charset, b.raw, b.json, p.problem, p.content_type, p.content_encoding, p.query_id, p.correlation
    FROM postbacks p LEFT JOIN bodies b ON b.receipt = p.receipt
   WHERE p.receipt > ?1 ORDER BY p.receipt LIMIT ?2)";
constexpr int first_text_of_body = 6;

// In these, the first column is a text that names the row.
constexpr auto lone_submissions_sql = R"(
  SELECT correlation, q, parameters, message, acknowledged FROM submissions s
   WHERE NOT EXISTS (SELECT 1 FROM queries q WHERE q.correlation = s.correlation))";

template<class Values>
void sort_once(Values& values)
{
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

bool is_compressed_or_binary(std::string_view bytes)
{
  const bool gzip = bytes.starts_with("\x1f\x8b");
  const bool zlib = bytes.starts_with("\x78\x01") || bytes.starts_with("\x78\x5e") ||
                    bytes.starts_with("\x78\x9c") || bytes.starts_with("\x78\xda");
  return gzip || zlib || bytes.find('\0') != std::string_view::npos;
}

bool is_wide(const std::string& charset)
{
  const std::string name = base::lower(charset);
  return name.starts_with("utf-1") || name.starts_with("utf-3");
}

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
  find_by_text();
  find_by_body();
  find_texts_of_others();
  return complete();
}

void ErasureSearch::find_postback(model::Receipt receipt)
{
  sql::Statement find(database_, "SELECT query_row FROM postbacks WHERE receipt = ?1");
  find.bind(1, static_cast<std::int64_t>(receipt));
  if (!find.step()) return;
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

bool ErasureSearch::mentions(sql::Statement& row, int first) const
{
  for (int column = first; column < row.columns(); ++column)
    if (which_.subject->is_in(row.column(column).bytes())) return true;
  return false;
}

void ErasureSearch::append_in_parts(const char* sql, FoundToErase::Numbers& numbers)
{
  sql::Statement next(database_, sql);
  const auto take = [&](sql::Statement& row) {
    if (mentions(row, 1)) numbers.push_back(row.column(0).int64());
  };
  read_in_parts(next, take, [](std::int64_t) {});
}

void ErasureSearch::append_texts(const char* sql, FoundToErase::Texts& texts, int first)
{
  sql::Statement find(database_, sql);
  while (find.step())
    if (mentions(find, first)) texts.push_back(find.column(0).text());
}

void ErasureSearch::find_by_text()
{
  append_in_parts(named_queries_sql, found_.queries);
  append_in_parts(names_of_queries_sql, found_.names_of_queries);
  append_in_parts(submissions_sql, found_.queries);
  append_in_parts(objects_sql, found_.objects);
  append_in_parts(app_events_sql, found_.app_events);
}

bool ErasureSearch::is_in_pieces(const sql::Column& body, sql::Statement& pieces)
{
  if (body.is_null()) return false;
  const Reset reset(pieces);
  pieces.bind(1, body.int64());
  model::SubjectSearch search(*which_.subject);
  while (pieces.step())
    if (search.add(pieces.column(0).bytes())) return true;
  return search.add({});
}

// Whether nobody can look into a body that is undecodable.
bool ErasureSearch::is_opaque(sql::Statement& row, sql::Statement& pieces)
{
  if (row.column(4).int32() == 0) return false;
  if (is_wide(row.column(first_text_of_body).text())) return true;
  if (row.column(2).is_null()) return is_compressed_or_binary(row.column(first_text_of_body + 1).bytes());
  const Reset reset(pieces);
  pieces.bind(1, row.column(2).int64());
  return pieces.step() && is_compressed_or_binary(pieces.column(0).bytes());
}

void ErasureSearch::find_by_body()
{
  const std::int64_t total = number_of(database_, "SELECT count(*) FROM bodies");
  sql::Statement next(database_, bodies_sql);
  sql::Statement pieces(database_, "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part");
  const auto take = [&, this](sql::Statement& row) {
    const std::int64_t receipt = row.column(0).int64();
    if (row.column(5).int32() == 0 && !mentions(row, first_text_of_body) &&
        !is_in_pieces(row.column(2), pieces) && !is_in_pieces(row.column(3), pieces)) {
      if (is_opaque(row, pieces)) found_.opaque.push_back(receipt);
      return;
    }
    const sql::Column query = row.column(1);
    query.is_null() ? found_.postbacks.push_back(receipt) : found_.queries.push_back(query.int64());
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
  append_in_parts(attempts_sql, found_.deliveries);
  append_in_parts(recoveries_sql, found_.recoveries);
  append_in_parts(audits_sql, found_.audits);
  append_in_parts(groups_sql, found_.groups);
  append_texts(lone_submissions_sql, found_.submissions, 0);
  append_texts("SELECT key, remote_id FROM fanbase_sent", found_.sent, 1);
  append_texts("SELECT user_id, document FROM app_users", found_.users, 0);
  append_texts("SELECT user_id, app_name FROM app_registrations", found_.users, 0);
  append_texts("SELECT document FROM fans", found_.fans, 0);
  sort_once(found_.users);
  sort_once(found_.deliveries);
}

} // namespace postbackd::store::tables
