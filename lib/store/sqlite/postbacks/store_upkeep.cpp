// SqlitePostbackStore: what is done once in a while: retention, orphans, erasures, the time.
#include "store/sqlite/engine/statement.hpp"
#include "store/sqlite/postbacks/sqlite_postback_store.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

using boost::asio::awaitable;

constexpr auto last_seen_sql = R"(
  SELECT coalesce(nullif((SELECT value FROM settings WHERE name = 'seen'), ''),
                  (SELECT received_at FROM postbacks ORDER BY receipt DESC LIMIT 1)))";
constexpr auto set_sql = "UPDATE settings SET value = ?2 WHERE name = ?1";

} // namespace

awaitable<void> SqlitePostbackStore::remove_orphans()
{
  if (large_bodies_.may_have_orphans()) co_await large_bodies_.remove_orphans();
}

awaitable<base::Result<std::int64_t>> SqlitePostbackStore::remove_before(base::TimePoint time,
                                                                         const std::atomic<bool>& stop)
{
  base::Result<std::int64_t> removed = co_await retention_.remove_before(time, stop);
  if (!removed) large_bodies_.suspect_orphans(); // the rows of their postbacks are deleted first
  co_return removed;
}

awaitable<base::Result<std::int64_t>> SqlitePostbackStore::remove_old(OldKind kind, base::TimePoint before,
                                                                      base::TimePoint now,
                                                                      const std::atomic<bool>& stop)
{
  return age_retention_.remove(kind, before, now, stop);
}

base::Result<std::optional<base::TimePoint>> SqlitePostbackStore::last_seen()
{
  const std::lock_guard lock(reader_mutex_);
  try {
    SQLite::Statement find(reader_.database(), last_seen_sql);
    find.executeStep();
    const SQLite::Column time = find.getColumn(0);
    if (time.isNull()) return std::optional<base::TimePoint>();
    return text::parse_time(time.getString());
  } catch (const SQLite::Exception& e) {
    return to_error(e);
  }
}

awaitable<base::Result<void>> SqlitePostbackStore::note_time(base::TimePoint now)
{
  auto write = [this, now] { set("seen", now); };
  co_return co_await queue_.run(write);
}

void SqlitePostbackStore::set(const char* name, base::TimePoint time)
{
  SQLite::Statement update(writer_, set_sql);
  update.bind(1, name);
  const std::string text = text::format_time(time); // bound without a copy
  bind_text(update, 2, text);
  update.exec();
}

base::Result<bool> SqlitePostbackStore::complete_erasure()
{
  std::string asked;
  {
    const std::lock_guard lock(reader_mutex_);
    try {
      asked = reader_.database().execAndGet("SELECT value FROM settings WHERE name = 'scrub'").getString();
    } catch (const SQLite::Exception& e) {
      return to_error(e);
    }
  }
  if (asked.empty()) return false;
  if (const base::Result<void> emptied = checkpointer_.empty_wal(); !emptied) return emptied.error();
  auto answer = [this, &asked] {
    SQLite::Statement update(writer_, "UPDATE settings SET value = '' WHERE name = 'scrub' AND value = ?1");
    bind_text(update, 1, asked);
    update.exec();
  };
  if (const base::Result<void> answered = queue_.run_blocking(answer); !answered) return answered.error();
  return true;
}

} // namespace postbackd::store::sqlite
