#include "store/tables/watch/refusal_table.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr int rows_of_a_day = 300;
constexpr std::chrono::days kept_refusals{400};

// A sender that is not there yet is one of the rest once the day has its rows.
constexpr auto add_refusal_sql = R"(
  INSERT INTO refusals (day, reason, remote, path, count, last)
  SELECT ?1, ?2, CASE WHEN room THEN ?3 ELSE '' END, CASE WHEN room THEN ?4 ELSE '' END, ?5, ?6
    FROM (SELECT EXISTS (SELECT 1 FROM refusals WHERE day = ?1 AND reason = ?2 AND remote = ?3 AND path = ?4)
                 OR (SELECT count(*) FROM refusals WHERE day = ?1) < ?7 AS room) r
   WHERE true
  ON CONFLICT (day, reason, remote, path) DO UPDATE SET count = refusals.count + excluded.count,
         last = CASE WHEN refusals.last > excluded.last THEN refusals.last ELSE excluded.last END)";

} // namespace

void add_refusals(sql::Database& database, const std::vector<RefusalCount>& refusals)
{
  sql::Statement add(database, add_refusal_sql);
  std::string newest;
  for (const RefusalCount& refusal : refusals) {
    const std::string last = text::format_time(refusal.last);
    const std::string day = last.substr(0, 10);
    bind_text(add, 1, day);
    bind_text(add, 2, refusal.reason);
    bind_text(add, 3, refusal.remote);
    bind_text(add, 4, refusal.path);
    add.bind(5, static_cast<std::int64_t>(refusal.count));
    bind_text(add, 6, last);
    add.bind(7, rows_of_a_day);
    execute(add);
    newest = std::max(newest, last);
  }
  if (newest.empty()) return;
  const auto time = text::parse_time(newest);
  const std::string oldest = text::format_time(*time - kept_refusals).substr(0, 10);
  sql::Statement remove(database, "DELETE FROM refusals WHERE day < ?1");
  bind_text(remove, 1, oldest);
  remove.exec();
}

std::vector<RefusalCount> sum_refusals(sql::Database& database, const std::string& first_day,
                                       const std::string& last_day, std::size_t most)
{
  sql::Statement sum(
      database, "SELECT reason, remote, path, sum(count), max(last) FROM refusals WHERE day BETWEEN ?1 AND "
                "?2 GROUP BY reason, remote, path ORDER BY 4 DESC LIMIT ?3");
  bind_text(sum, 1, first_day);
  bind_text(sum, 2, last_day);
  sum.bind(3, static_cast<std::int64_t>(most));
  std::vector<RefusalCount> refusals;
  while (sum.step())
    refusals.push_back({text_or_empty(sum, 0), text_or_empty(sum, 1), text_or_empty(sum, 2),
                        static_cast<std::uint64_t>(sum.column(3).int64()), time_of(sum, 4)});
  return refusals;
}

} // namespace postbackd::store::tables
