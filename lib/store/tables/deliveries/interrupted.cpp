#include "store/tables/deliveries/interrupted.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto end_interrupted_sql = R"(
  UPDATE attempts SET outcome = 'retry', finished_at = ?1, detail = 'the daemon ended while it ran'
   WHERE finished_at IS NULL AND delivery IN (SELECT id FROM deliveries WHERE state = 'running'{0}))";
constexpr auto release_sql =
    "UPDATE deliveries SET state = 'due', next_attempt_at = ?1 WHERE state = 'running'{0}";
// Where one process alone delivers, whoever asks has not begun yet.
constexpr auto of_dead = R"( AND (split_part(claimed_by, '/', 1) = ?2
                                  OR NOT EXISTS (SELECT 1 FROM processes p WHERE p.name = split_part(claimed_by, '/', 1)
                                                    AND p.until > clock_timestamp())))";

std::int64_t run(sql::Database& database, const char* sql, const std::string& process, const std::string& now)
{
  sql::Statement statement(database, fmt::format(fmt::runtime(sql), sql::worded(database, "", of_dead)));
  bind_text(statement, 1, now);
  if (statement.values() > 1) bind_text(statement, 2, process);
  return statement.exec();
}

} // namespace

std::int64_t release_interrupted(sql::Database& database, const std::string& process, const std::string& now)
{
  run(database, end_interrupted_sql, process, now);
  return run(database, release_sql, process, now);
}

} // namespace postbackd::store::tables
