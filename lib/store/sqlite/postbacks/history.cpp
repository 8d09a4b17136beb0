#include "store/sqlite/postbacks/history.hpp"

#include "store/sqlite/engine/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto answered_sql = R"(
  SELECT q.id
    FROM stats s CROSS JOIN queries q ON q.day = s.day AND q.query_id = ?1
   WHERE s.day >= ?2 AND NOT q.waiting
   ORDER BY s.day DESC
   LIMIT 1)";

// A query older than look_back that was answered within it.
constexpr auto answered_lately_sql = R"(
  SELECT q.id
    FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = ?1 CROSS JOIN queries q ON q.id = p.query_row
   WHERE s.day >= ?2 AND NOT q.waiting AND q.query_id = ?1
   ORDER BY s.day DESC
   LIMIT 1)";

constexpr auto by_query_id_sql = R"(
  SELECT p.receipt, p.kind
    FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = ?1 AND p.mark = substr(?2, 1, 8)
   WHERE s.day >= ?3 AND p.sha256 = ?2 AND p.content = ?4 AND p.query_row IS ?5 AND (?5 IS NOT NULL OR p.correlation IS ?6)
   ORDER BY s.day DESC
   LIMIT 1)";

constexpr auto by_digest_sql = R"(
  SELECT p.receipt, p.kind
    FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id IS NULL AND p.mark = substr(?2, 1, 8)
   WHERE s.day >= ?3 AND p.sha256 = ?2 AND p.content = ?4 AND p.query_row IS ?5 AND p.route = ?1 AND p.correlation IS ?6
   ORDER BY s.day DESC
   LIMIT 1)";

} // namespace

History::History(SQLite::Database& database, std::chrono::days look_back)
    : look_back_(look_back), answered_(database, answered_sql),
      answered_lately_(database, answered_lately_sql), by_query_id_(database, by_query_id_sql),
      by_digest_(database, by_digest_sql)
{
}

std::optional<std::int64_t> History::answered_query(const std::string& query_id, base::TimePoint now)
{
  const std::string day = first_day(now);
  for (SQLite::Statement* find : {&answered_, &answered_lately_}) {
    const Reset reset(*find);
    bind_text(*find, 1, query_id);
    bind_text(*find, 2, day);
    if (find->executeStep()) return find->getColumn(0).getInt64();
  }
  return std::nullopt;
}

std::optional<History::Repeat> History::repeat_of(const Key& key, base::TimePoint now)
{
  SQLite::Statement& statement = key.query_id ? by_query_id_ : by_digest_;
  const Reset reset(statement);
  bind_text(statement, 1, key.query_id ? *key.query_id : key.route);
  bind_blob(statement, 2, key.digest);
  statement.bind(3, first_day(now));
  bind_word(statement, 4, model::to_text(key.content));
  key.query ? statement.bind(5, *key.query) : statement.bind(5);
  bind_text_or_null(statement, 6, key.correlation);
  if (!statement.executeStep()) return std::nullopt;
  return Repeat{statement.getColumn(0).getInt64(),
                word_of<model::PostbackKind>(statement, 1, model::postback_kind_of)};
}

std::string History::first_day(base::TimePoint now) const { return text::day_of(now - look_back_); }

} // namespace postbackd::store::sqlite
