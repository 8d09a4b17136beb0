#include "store/tables/table_upkeep_store.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/erasure/eraser.hpp"
#include "store/tables/queries/event_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using boost::asio::awaitable;

// Bounds how long others wait while queries become overdue.
constexpr int most_overdue = 500;

constexpr auto has_overdue_sql =
    "SELECT 1 FROM queries WHERE waiting AND state IN ('pending', 'submitting') AND deadline_at < ?1 LIMIT 1";
constexpr auto overdue_sql = R"(
  UPDATE queries SET state = 'overdue'
   WHERE id IN (SELECT id FROM queries WHERE waiting AND state IN ('pending', 'submitting') AND deadline_at < ?1 LIMIT ?2)
  RETURNING id)";
constexpr auto recover_overdue_sql = R"(
  INSERT INTO recoveries (query_row, why, next_attempt_at)
  SELECT id, 'overdue', deadline_at FROM queries WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM recoveries WHERE query_row = ?1))";

// One search for each group that is open. One that is being filled is left alone meanwhile.
constexpr auto ended_groups_sql = R"(
  SELECT id FROM groups g INDEXED BY groups_open
   WHERE ended_at IS NULL AND (filled_until IS NULL OR filled_until < ?1)
     AND NOT EXISTS (SELECT 1 FROM queries q INDEXED BY queries_open_in_group
                      WHERE q.group_name = g.name AND q.client = g.client AND q.waiting AND NOT q.given_up)
   LIMIT 100)";
constexpr auto still_ended_sql = R"(
  SELECT id FROM groups g
   WHERE id = ?1 AND ended_at IS NULL AND (filled_until IS NULL OR filled_until < ?2)
     AND NOT EXISTS (SELECT 1 FROM queries q INDEXED BY queries_open_in_group
                      WHERE q.group_name = g.name AND q.client = g.client AND q.waiting AND NOT q.given_up))";
constexpr auto end_group_sql = "UPDATE groups SET ended_at = ?2, filled_until = NULL WHERE id = ?1";

constexpr auto newest_sql = "SELECT received_at FROM postbacks ORDER BY receipt DESC LIMIT 1";

std::int64_t make_overdue(sql::Database& database, const std::string& now)
{
  std::vector<std::int64_t> ids;
  {
    sql::Statement mark(database, overdue_sql);
    bind_text(mark, 1, now);
    mark.bind(2, most_overdue);
    while (mark.step())
      ids.push_back(mark.column(0).int64());
  }
  sql::Statement recover(database, recover_overdue_sql);
  EventTable events(database);
  for (const std::int64_t id : ids) {
    recover.bind(1, id);
    execute(recover);
    events.append(model::EventKind::overdue, {.query = id}, now);
  }
  return static_cast<std::int64_t>(ids.size());
}

std::vector<std::int64_t> find_ended_groups(sql::Database& database, const std::string& now)
{
  sql::Statement find(database, ended_groups_sql);
  bind_text(find, 1, now);
  std::vector<std::int64_t> groups;
  while (find.step())
    groups.push_back(find.column(0).int64());
  return groups;
}

// Of those that a reader has found, the ones that have got no query since.
std::int64_t end_groups_now(sql::Database& database, const std::vector<std::int64_t>& found,
                            const std::string& now)
{
  sql::Statement still(database, still_ended_sql);
  sql::Statement end(database, end_group_sql);
  EventTable events(database);
  std::int64_t count = 0;
  for (const std::int64_t group : found) {
    const Reset reset(still);
    still.bind(1, group);
    bind_text(still, 2, now);
    if (!still.step()) continue;
    end.bind(1, group);
    bind_text(end, 2, now);
    execute(end);
    events.append(model::EventKind::group, {.object = group}, now);
    ++count;
  }
  return count;
}

} // namespace

TableUpkeepStore::TableUpkeepStore(Engine& engine, sql::Database& writer, LargeBodies& large_bodies,
                                   CommitQueue& queue)
    : engine_(engine), writer_(writer), large_bodies_(large_bodies), queue_(queue),
      retention_(engine, writer, queue), age_retention_(engine, writer, queue), reader_(engine.open_reader())
{
}

base::Result<std::int64_t> TableUpkeepStore::mark_overdue(base::TimePoint now)
{
  const std::string time = text::format_time(now);
  // Seeks an index as a reader, so that the writer is not disturbed while nothing is overdue.
  const base::Result<bool> any = reader_.try_read([&] {
    sql::Statement find(reader_.database(), has_overdue_sql);
    bind_text(find, 1, time);
    return find.step();
  });
  if (!any) return any.error();
  if (!*any) return 0;
  return queue_.run_blocking([&] {
    engine_.require(writer_, Duty::keep);
    return make_overdue(writer_, time);
  });
}

base::Result<std::int64_t> TableUpkeepStore::end_groups(base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const auto ended = reader_.try_read([&] { return find_ended_groups(reader_.database(), time); });
  if (!ended) return ended.error();
  if (ended->empty()) return 0;
  return queue_.run_blocking([&] {
    engine_.require(writer_, Duty::keep);
    return end_groups_now(writer_, *ended, time);
  });
}

awaitable<void> TableUpkeepStore::remove_orphans(std::chrono::steady_clock::time_point now)
{
  return large_bodies_.remove_orphans(now);
}

awaitable<base::Result<std::int64_t>> TableUpkeepStore::remove_before(base::TimePoint time,
                                                                      const std::atomic<bool>& stop)
{
  base::Result<std::int64_t> removed = co_await retention_.remove_before(time, stop);
  if (!removed) large_bodies_.suspect_orphans(); // the rows of their postbacks are deleted first
  co_return removed;
}

awaitable<base::Result<std::int64_t>> TableUpkeepStore::remove_old(OldKind kind, base::TimePoint before,
                                                                   base::TimePoint now,
                                                                   const std::atomic<bool>& stop)
{
  return age_retention_.remove(kind, before, now, stop);
}

base::Result<std::optional<base::TimePoint>> TableUpkeepStore::last_seen()
{
  return reader_.try_read([&]() -> std::optional<base::TimePoint> {
    if (const auto seen = text::parse_time(setting(reader_.database(), "seen"))) return seen;
    sql::Statement newest(reader_.database(), newest_sql);
    if (!newest.step()) return std::nullopt;
    return time_or_nothing(newest, 0);
  });
}

awaitable<base::Result<void>> TableUpkeepStore::note_time(base::TimePoint now)
{
  const std::string time = text::format_time(now);
  auto write = [this, &time] {
    if (setting(writer_, "seen") < time) set_setting(writer_, "seen", time);
  };
  co_return co_await queue_.run(write);
}

// Those that an interrupted erasure has left; one step, because others wait for this thread.
base::Result<bool> TableUpkeepStore::erase_some_pieces()
{
  const auto any = reader_.try_read([&] { return Eraser::has_pieces(reader_.database()); });
  if (!any || !*any) return any;
  pieces_erased_ = true;
  const auto write = [this](const std::function<void(sql::Database&)>& work) {
    queue_.run_blocking([&] { work(writer_); }).value();
  };
  try {
    return Eraser::erase_some_pieces(write);
  } catch (const base::Failure& e) {
    return e.error();
  }
}

base::Result<bool> TableUpkeepStore::complete_erasure()
{
  const base::Result<std::string> asked =
      reader_.try_read([&] { return setting(reader_.database(), "scrub"); });
  if (!asked) return asked.error();
  const base::Result<bool> more = erase_some_pieces();
  if (!more || *more) return more ? base::Result<bool>(false) : more; // called again soon
  if (asked->empty() && !pieces_erased_) return false;
  const auto touch = [this] { return queue_.run_blocking([this] { commit_something(writer_); }); };
  if (const base::Result<void> emptied = engine_.destroy_erased(touch); !emptied) return emptied.error();
  auto answer = [&] {
    sql::Statement update(writer_, "UPDATE settings SET value = '' WHERE name = 'scrub' AND value = ?1");
    bind_text(update, 1, *asked);
    update.exec();
  };
  if (const base::Result<void> answered = queue_.run_blocking(answer); !answered) return answered.error();
  pieces_erased_ = false;
  return true;
}

} // namespace postbackd::store::tables
