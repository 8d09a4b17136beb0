#include "store/tables/common/first_since.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

std::int64_t first_since(sql::Database& database, const char* table, const std::string& time)
{
  // Apart: both in one SELECT are a scan.
  sql::Statement ends(
      database,
      fmt::format("SELECT coalesce((SELECT min(id) FROM {0}), 1), coalesce((SELECT max(id) FROM {0}), 0) + 1",
                  table));
  ends.step();
  std::int64_t low = ends.column(0).int64();
  std::int64_t high = ends.column(1).int64();
  sql::Statement next(
      database, fmt::format("SELECT id, created_at >= ?2 FROM {} WHERE id >= ?1 ORDER BY id LIMIT 1", table));
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    const Reset reset(next);
    next.bind(1, middle);
    bind_text(next, 2, time);
    if (!next.step() || next.column(1).int32() != 0)
      high = middle;
    else
      low = next.column(0).int64() + 1;
  }
  return low;
}

} // namespace postbackd::store::tables
