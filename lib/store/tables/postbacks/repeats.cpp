#include "store/tables/postbacks/repeats.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

// The answer first, which is no part of the index of the others; of those, the first that came.
constexpr auto repeat_of_query_sql = R"(
  SELECT receipt, kind, 0 AS place FROM postbacks
   WHERE receipt = (SELECT receipt FROM queries WHERE id = ?3) AND sha256 = ?1 AND content = ?2
  UNION ALL
  SELECT receipt, kind, 1 FROM postbacks
   WHERE query_row = ?3 AND kind <> 'result' AND mark = ?4 AND sha256 = ?1 AND content = ?2
   ORDER BY 3, 1 LIMIT 1)";

constexpr auto unmatched_repeat_sql = R"(
  SELECT receipt, kind FROM postbacks
   WHERE query_row IS NULL AND query_id IS NOT DISTINCT FROM ?3 AND mark = ?6 AND sha256 = ?1
     AND (content = ?2 OR removed_at IS NOT NULL) -- an erased one is no content any more, and does not come back
     AND correlation IS NOT DISTINCT FROM ?4 AND (?3 IS NOT NULL OR route = ?5)
   ORDER BY receipt LIMIT 1)";

// As the column `mark`: the part of a digest that is in the indexes.
std::string_view mark_of(const model::Postback& postback)
{
  constexpr std::size_t marked = 8;
  return {reinterpret_cast<const char*>(postback.sha256.data()), marked};
}

} // namespace

Repeats::Repeats(sql::Database& database)
    : of_query_(database, repeat_of_query_sql), unmatched_(database, unmatched_repeat_sql)
{
}

std::optional<Repeats::Repeat> Repeats::find(const model::Postback& postback, std::int64_t query)
{
  const Reset reset(of_query_);
  bind_blob(of_query_, 1, postback.sha256);
  bind_word(of_query_, 2, model::to_text(postback.envelope.content));
  of_query_.bind(3, query);
  bind_blob(of_query_, 4, mark_of(postback));
  return row(of_query_);
}

std::optional<Repeats::Repeat> Repeats::find_unmatched(const model::Postback& postback,
                                                       const std::optional<std::string>& query_id,
                                                       const std::optional<std::string>& correlation)
{
  const Reset reset(unmatched_);
  bind_blob(unmatched_, 1, postback.sha256);
  bind_word(unmatched_, 2, model::to_text(postback.envelope.content));
  bind_text_or_null(unmatched_, 3, query_id);
  bind_text_or_null(unmatched_, 4, correlation);
  bind_text(unmatched_, 5, postback.route);
  bind_blob(unmatched_, 6, mark_of(postback));
  return row(unmatched_);
}

std::optional<Repeats::Repeat> Repeats::row(sql::Statement& statement)
{
  if (!statement.step()) return std::nullopt;
  return Repeat{statement.column(0).int64(),
                word_of<model::PostbackKind>(statement, 1, model::postback_kind_of)};
}

} // namespace postbackd::store::tables
