#include "store/sqlite/postbacks/figures.hpp"

#include "store/sqlite/engine/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto figures_sql = R"(
  SELECT count(*) FILTER (WHERE expected), count(*) FILTER (WHERE expected AND state <> 'queued' AND state <> 'joined' AND deadline_at < ?1),
         min(created_at) FILTER (WHERE expected),
         (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),
         (SELECT count(*) FROM queue_objects WHERE state = 'pending' OR state = 'processing'),
         (SELECT count(*) FROM submissions WHERE next_attempt_at IS NOT NULL),
         (SELECT count(*) FROM recoveries WHERE next_attempt_at IS NOT NULL),
         count(*) FILTER (WHERE state = 'lost'), (SELECT received_at FROM postbacks ORDER BY receipt LIMIT 1)
    FROM (SELECT state, deadline_at, created_at, state <> 'failed' AND state <> 'lost' AND state <> 'closed' AS expected
            FROM queries INDEXED BY queries_waiting WHERE waiting))";

constexpr auto handler_figures_sql = R"(
  SELECT name, backlog, (SELECT count(*) FROM deliveries d WHERE d.handler = name AND d.state = 'dead'),
         oldest_at, circuit = 'open' AND backlog > 0
    FROM v_handlers WHERE active)";

std::chrono::milliseconds age_of(SQLite::Statement& row, int column, base::TimePoint now)
{
  const auto time = time_or_nothing(row, column);
  return time ? std::max(now - *time, std::chrono::milliseconds(0)) : std::chrono::milliseconds(0);
}

} // namespace

StoreFigures read_figures(SQLite::Database& database, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  SQLite::Statement all(database, figures_sql);
  bind_text(all, 1, time);
  all.executeStep();
  StoreFigures figures{.queued = 0,
                       .database_bytes = static_cast<std::uint64_t>(all.getColumn(3).getInt64()),
                       .journal_bytes = 0,
                       .pending = all.getColumn(0).getInt64(),
                       .overdue = all.getColumn(1).getInt64(),
                       .lost = all.getColumn(7).getInt64(),
                       .oldest = age_of(all, 2, now),
                       .objects = all.getColumn(4).getInt64(),
                       .queued_submissions = all.getColumn(5).getInt64(),
                       .kept_since = time_or_nothing(all, 8),
                       .recoveries = all.getColumn(6).getInt64(),
                       .handlers = {}};
  SQLite::Statement each(database, handler_figures_sql);
  while (each.executeStep())
    figures.handlers.push_back({each.getColumn(0).getString(), each.getColumn(1).getInt64(),
                                each.getColumn(2).getInt64(), age_of(each, 3, now),
                                each.getColumn(4).getInt() != 0});
  return figures;
}

} // namespace postbackd::store::sqlite
