#include "store/sqlite/postbacks/figures.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/watch/alert_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
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
            FROM queries INDEXED BY queries_waiting WHERE waiting))";
constexpr auto figures_sql = R"(
  SELECT (SELECT created_at FROM queries WHERE id = ?1),
         (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),
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
         (SELECT coalesce(sum(expired), 0) FROM stats WHERE day >= date(?1, '-1 day')))";
constexpr auto growth_sql = R"(
  SELECT coalesce((SELECT CAST((?1 - database_bytes) / max(1.0, julianday(?2) - julianday(day)) AS INTEGER) FROM stats
                    WHERE day >= date(?2, '-7 days') AND day < ?2 AND database_bytes IS NOT NULL ORDER BY day LIMIT 1), 0))";

std::chrono::milliseconds age_of(SQLite::Statement& row, int column, base::TimePoint now)
{
  const auto time = time_or_nothing(row, column);
  return time ? std::max(now - *time, std::chrono::milliseconds(0)) : std::chrono::milliseconds(0);
}

void add_facts(SQLite::Database& database, const std::string& today, StoreFigures& figures)
{
  SQLite::Statement facts(database, store_facts_sql);
  bind_text(facts, 1, today);
  facts.executeStep();
  figures.made_at = time_or_nothing(facts, 0);
  figures.restored_at = time_or_nothing(facts, 1);
  figures.backed_up_at = time_or_nothing(facts, 2);
  figures.backup_due = time_or_nothing(facts, 3);
  figures.newest = time_or_nothing(facts, 4);
  figures.expired = facts.getColumn(5).getInt64();
  SQLite::Statement growth(database, growth_sql);
  growth.bind(1, static_cast<std::int64_t>(figures.database_bytes));
  bind_text(growth, 2, today);
  growth.executeStep();
  figures.growth = std::max(growth.getColumn(0).getInt64(), std::int64_t{0});
}

StoreFigures count(SQLite::Database& database, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  SQLite::Statement queries(database, query_counts_sql);
  bind_text(queries, 1, time);
  queries.executeStep();
  SQLite::Statement all(database, figures_sql);
  all.bind(1, queries.getColumn(2).getInt64()); // 0 if there is none
  all.executeStep();
  StoreFigures figures{.queued = 0,
                       .database_bytes = static_cast<std::uint64_t>(all.getColumn(1).getInt64()),
                       .journal_bytes = 0,
                       .pending = queries.getColumn(0).getInt64(),
                       .overdue = queries.getColumn(1).getInt64(),
                       .lost = queries.getColumn(3).getInt64(),
                       .oldest = age_of(all, 0, now),
                       .objects = all.getColumn(2).getInt64(),
                       .queued_submissions = all.getColumn(3).getInt64(),
                       .kept_since = time_or_nothing(all, 5),
                       .recoveries = all.getColumn(4).getInt64(),
                       .handlers = {}};
  SQLite::Statement each(database, handler_figures_sql);
  while (each.executeStep())
    figures.handlers.push_back({each.getColumn(0).getString(), each.getColumn(1).getInt64(),
                                each.getColumn(2).getInt64(), age_of(each, 3, now),
                                each.getColumn(4).getInt() != 0, each.getColumn(5).getInt() != 0,
                                text_or_empty(each, 6)});
  SQLite::Statement doubtful(database, doubtful_sql);
  doubtful.bind(1, static_cast<std::int64_t>(PostbackTable::first_receipt(now - std::chrono::days(1))));
  doubtful.executeStep();
  figures.doubtful = doubtful.getColumn(0).getInt64();
  figures.last_doubtful = number_or_nothing(doubtful, 1);
  add_facts(database, time.substr(0, 10), figures);
  figures.alerts = open_alerts(database);
  return figures;
}

} // namespace

base::Result<StoreFigures> Figures::read(base::TimePoint now)
{
  const std::lock_guard lock(mutex_);
  const Clock::time_point began = Clock::now();
  if (last_ && began < fresh_until_) return *last_;
  base::Result<StoreFigures> figures = reader_.try_read([&] { return count(reader_.database(), now); });
  if (!figures) return figures;
  last_ = *figures;
  const Clock::time_point end = Clock::now();
  fresh_until_ = end - began < no_load ? end : end + share * (end - began);
  return figures;
}

} // namespace postbackd::store::sqlite
