#include "store/tables/watch/day_table.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr const char* counted[] = {"registered",  "results", "notices", "extras",          "unmatched",
                                   "undecodable", "repeats", "bytes",   "deliveries_done", "deliveries_dead"};

std::map<std::string, std::int64_t> read_counts(sql::Statement& row, int column)
{
  std::map<std::string, std::int64_t> counts;
  for (const char* name : counted)
    counts[name] = row.column(column++).int64();
  return counts;
}

} // namespace

std::map<std::string, std::int64_t> sum_days(sql::Database& database, const std::string& first_day,
                                             const std::string& last_day)
{
  std::string sums;
  for (const char* column : counted)
    sums += fmt::format("{}coalesce(sum({}), 0)", sums.empty() ? "" : ", ", column);
  sql::Statement sum(database, fmt::format("SELECT {} FROM stats WHERE day BETWEEN ?1 AND ?2", sums));
  bind_text(sum, 1, first_day);
  bind_text(sum, 2, last_day);
  sum.step();
  return read_counts(sum, 0);
}

std::vector<DayCounts> list_days(sql::Database& database, const std::string& since_day)
{
  std::string columns;
  for (const char* column : counted)
    columns += fmt::format(", {}", column);
  sql::Statement list(database, fmt::format("SELECT day{} FROM stats WHERE day >= ?1 ORDER BY day", columns));
  bind_text(list, 1, since_day);
  std::vector<DayCounts> days;
  while (list.step())
    days.push_back({text_or_empty(list, 0), read_counts(list, 1)});
  return days;
}

} // namespace postbackd::store::tables
