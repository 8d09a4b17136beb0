#include "store/tables/postbacks/recent_queries.hpp"

#include "base/ascii.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr std::size_t places = 1 << 19; // 4 MiB
constexpr int most_at_once = 500;       // less than a millisecond
// At a start: most answers are to queries of the last minutes.
constexpr std::int64_t read_at_start = 50'000;

constexpr auto next_sql =
    "SELECT id, query_id FROM queries WHERE id > ?1 AND id > (SELECT max(id) FROM queries) - ?2 "
    "ORDER BY id LIMIT ?3";

// FNV-1a; QueryIds compare without case.
std::size_t place_of(const std::string& query_id)
{
  std::uint64_t hash = 14'695'981'039'346'656'037u;
  for (const char c : query_id)
    hash = (hash ^ static_cast<unsigned char>(base::lower(c))) * 1'099'511'628'211u;
  return (hash ^ hash >> 32) % places;
}

} // namespace

RecentQueries::RecentQueries(sql::Database& database)
    : is_used_(sql::worded(database, "1", "")[0] != '\0'), rows_(is_used_ ? places : 0),
      last_(number_of(database, "SELECT coalesce(max(id), 0) FROM queries") - read_at_start),
      next_(database, next_sql)
{
}

void RecentQueries::begin_group()
{
  if (!is_used_) return;
  const Reset reset(next_);
  next_.bind(1, last_);
  next_.bind(2, static_cast<std::int64_t>(places));
  next_.bind(3, most_at_once);
  while (next_.step()) {
    last_ = next_.column(0).int64();
    if (const sql::Column query_id = next_.column(1); !query_id.is_null())
      rows_[place_of(query_id.text())] = last_;
  }
}

std::optional<std::int64_t> RecentQueries::find(const std::string& query_id) const
{
  if (!is_used_) return std::nullopt;
  const std::int64_t row = rows_[place_of(query_id)];
  return row == 0 ? std::nullopt : std::optional(row);
}

} // namespace postbackd::store::tables
