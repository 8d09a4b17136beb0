#include "store/sqlite/history.hpp"

#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto by_query_id_sql = R"(
  SELECT p.receipt, p.kind, p.query, p.sha256 = ?2
    FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = ?1
   WHERE s.day >= ?3
   ORDER BY s.day DESC)";

constexpr auto by_digest_sql = R"(
  SELECT p.receipt, p.kind
    FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.sha256 = ?2 AND p.query_id IS NULL
   WHERE s.day >= ?3 AND p.route = ?1
   ORDER BY s.day DESC
   LIMIT 1)";

model::Kind kind_of_text(std::string_view text)
{
  using model::Kind;
  for (Kind kind : {Kind::result, Kind::notice, Kind::extra, Kind::unmatched})
    if (model::to_text(kind) == text) return kind;
  return Kind::undecodable;
}

} // namespace

History::History(SQLite::Database& database, std::chrono::days look_back)
    : look_back_(look_back), by_query_id_(database, by_query_id_sql), by_digest_(database, by_digest_sql)
{
}

History::Found History::find(const std::string& query_id, const base::Sha256& digest, base::TimePoint now)
{
  Found found;
  const Reset reset(by_query_id_);
  bind_text(by_query_id_, 1, query_id);
  bind_blob(by_query_id_, 2, digest);
  by_query_id_.bind(3, first_day(now));
  while (!found.repeat && by_query_id_.executeStep()) {
    if (!found.query && !by_query_id_.isColumnNull(2)) found.query = by_query_id_.getColumn(2).getInt64();
    if (by_query_id_.getColumn(3).getInt() == 1)
      found.repeat =
          Repeat{by_query_id_.getColumn(0).getInt64(), kind_of_text(by_query_id_.getColumn(1).getText())};
  }
  return found;
}

std::optional<History::Repeat> History::find_without_query_id(const std::string& route,
                                                              const base::Sha256& digest, base::TimePoint now)
{
  const Reset reset(by_digest_);
  bind_text(by_digest_, 1, route);
  bind_blob(by_digest_, 2, digest);
  by_digest_.bind(3, first_day(now));
  if (!by_digest_.executeStep()) return std::nullopt;
  return Repeat{by_digest_.getColumn(0).getInt64(), kind_of_text(by_digest_.getColumn(1).getText())};
}

std::string History::first_day(base::TimePoint now) const
{
  return text::format_time(now - look_back_).substr(0, 10);
}

} // namespace postbackd::store::sqlite
