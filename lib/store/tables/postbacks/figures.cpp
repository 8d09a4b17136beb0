#include "store/tables/postbacks/figures.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/postbacks/postback_table.hpp"
#include "store/tables/watch/alert_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// Who asks all the time takes a twentieth of a core; a count that is no load is made each time.
constexpr int share = 20;
constexpr std::chrono::milliseconds no_load{10};

// The index alone is read: its rows have the state, the deadline and the id, and ids grow with time.
constexpr auto query_counts_sql = R"(
  SELECT count(*) FILTER (WHERE expected), count(*) FILTER (WHERE expected AND state <> 'queued' AND state <> 'joined' AND deadline_at < ?1),
         min(id) FILTER (WHERE expected), count(*) FILTER (WHERE state = 'lost')
    FROM (SELECT id, state, deadline_at, state <> 'failed' AND state <> 'lost' AND state <> 'closed' AS expected
            FROM queries INDEXED BY queries_waiting WHERE waiting) q)";
constexpr auto figures_sql = R"(
  SELECT (SELECT created_at FROM queries WHERE id = ?1),
         (SELECT count(*) FROM queue_objects WHERE state = 'pending' OR state = 'processing'),
         (SELECT count(*) FROM submissions WHERE next_attempt_at IS NOT NULL),
         (SELECT count(*) FROM recoveries WHERE next_attempt_at IS NOT NULL),
         (SELECT received_at FROM postbacks ORDER BY receipt LIMIT 1))";

constexpr auto doubtful_sql = R"(
  SELECT count(*), max(receipt) FROM postbacks INDEXED BY postbacks_doubtful
   WHERE receipt >= ?1 AND correlation IS NOT NULL AND problem IS NOT NULL AND problem <> 'erased' AND content <> 'undecodable')";
constexpr auto handler_figures_sql = R"(
  SELECT name, backlog, (SELECT count(*) FROM deliveries d WHERE d.handler = name AND d.state = 'dead' AND d.dismissed_at IS NULL),
         oldest_at, circuit = 'open' AND backlog > 0, active,
         coalesce((SELECT last_error FROM deliveries d WHERE d.handler = name AND d.state = 'due' AND circuit = 'open'
                    ORDER BY next_attempt_at DESC LIMIT 1),
                  (SELECT last_error FROM deliveries d WHERE d.handler = name AND d.state = 'dead' AND d.dismissed_at IS NULL
                    ORDER BY d.id DESC LIMIT 1))
    FROM v_handlers)";
constexpr auto store_facts_sql = R"(
  SELECT nullif((SELECT value FROM settings WHERE name = 'made'), ''), nullif((SELECT value FROM settings WHERE name = 'restored'), ''),
         nullif((SELECT value FROM settings WHERE name = 'backup'), ''),
         nullif((SELECT value FROM settings WHERE name = 'backup_due'), ''),
         (SELECT received_at FROM postbacks ORDER BY receipt DESC LIMIT 1),
         (SELECT coalesce(sum(expired), 0) FROM stats WHERE day >= ?1))";
constexpr auto earlier_size_sql = R"(
  SELECT database_bytes, day FROM stats
   WHERE day >= ?1 AND day < ?2 AND database_bytes IS NOT NULL ORDER BY day LIMIT 1)";

std::chrono::milliseconds age_of(sql::Statement& row, int column, base::TimePoint now)
{
  const auto time = time_or_nothing(row, column);
  return time ? std::max(now - *time, std::chrono::milliseconds(0)) : std::chrono::milliseconds(0);
}

// Bytes a day, over the last week.
std::int64_t growth_of(sql::Database& database, std::int64_t bytes, base::TimePoint now)
{
  const std::string week_ago = text::day_of(now - std::chrono::days(7));
  const std::string today = text::day_of(now);
  sql::Statement find(database, earlier_size_sql);
  bind_text(find, 1, week_ago);
  bind_text(find, 2, today);
  if (!find.step()) return 0;
  const auto then = text::parse_time(find.column(1).text() + "T00:00:00.000Z");
  const auto days = then ? std::chrono::floor<std::chrono::days>(now - *then).count() : 1;
  return std::max((bytes - find.column(0).int64()) / std::max<std::int64_t>(days, 1), std::int64_t{0});
}

void add_facts(sql::Database& database, base::TimePoint now, StoreFigures& figures)
{
  sql::Statement facts(database, store_facts_sql);
  const std::string yesterday = text::day_of(now - std::chrono::days(1));
  bind_text(facts, 1, yesterday);
  facts.step();
  figures.made_at = time_or_nothing(facts, 0);
  figures.restored_at = time_or_nothing(facts, 1);
  figures.backed_up_at = time_or_nothing(facts, 2);
  figures.backup_due = time_or_nothing(facts, 3);
  figures.newest = time_or_nothing(facts, 4);
  figures.expired = facts.column(5).int64();
  figures.growth = growth_of(database, static_cast<std::int64_t>(figures.database_bytes), now);
}

StoreFigures count(sql::Database& database, Engine& engine, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  sql::Statement queries(database, query_counts_sql);
  bind_text(queries, 1, time);
  queries.step();
  sql::Statement all(database, figures_sql);
  all.bind(1, queries.column(2).int64()); // 0 if there is none
  all.step();
  StoreFigures figures{.queued = 0,
                       .database_bytes = static_cast<std::uint64_t>(number_of(database, engine.size_sql())),
                       .journal_bytes = 0,
                       .pending = queries.column(0).int64(),
                       .overdue = queries.column(1).int64(),
                       .lost = queries.column(3).int64(),
                       .oldest = age_of(all, 0, now),
                       .objects = all.column(1).int64(),
                       .queued_submissions = all.column(2).int64(),
                       .kept_since = time_or_nothing(all, 4),
                       .recoveries = all.column(3).int64(),
                       .handlers = {}};
  sql::Statement each(database, handler_figures_sql);
  while (each.step())
    figures.handlers.push_back({each.column(0).text(), each.column(1).int64(), each.column(2).int64(),
                                age_of(each, 3, now), each.column(4).int32() != 0,
                                each.column(5).int32() != 0, text_or_empty(each, 6)});
  sql::Statement doubtful(database, doubtful_sql);
  doubtful.bind(1, static_cast<std::int64_t>(PostbackTable::first_receipt(now - std::chrono::days(1))));
  doubtful.step();
  figures.doubtful = doubtful.column(0).int64();
  figures.last_doubtful = number_or_nothing(doubtful, 1);
  add_facts(database, now, figures);
  figures.alerts = open_alerts(database);
  figures.server = engine.describe(database);
  return figures;
}

} // namespace

base::Result<StoreFigures> Figures::read(base::TimePoint now)
{
  const std::lock_guard lock(mutex_);
  const Clock::time_point began = Clock::now();
  if (last_ && began < fresh_until_) return *last_;
  base::Result<StoreFigures> figures =
      reader_.try_read([&] { return count(reader_.database(), engine_, now); });
  if (!figures) return figures;
  const bool is_first = !last_; // which prepares what the others find
  last_ = *figures;
  const Clock::time_point end = Clock::now();
  fresh_until_ = is_first || end - began < no_load ? end : end + share * (end - began);
  return figures;
}

} // namespace postbackd::store::tables
