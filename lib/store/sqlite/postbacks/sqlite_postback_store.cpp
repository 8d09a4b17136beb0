#include "store/sqlite/postbacks/sqlite_postback_store.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <filesystem>

#include "store/sqlite/engine/statement.hpp"
#include "store/sqlite/postbacks/figures.hpp"
#include "store/sqlite/postbacks/query_events.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace asio = boost::asio;
using asio::awaitable;
using Pieces = std::optional<LargeBodies::Pieces>;

// How often a probe is looked at.
constexpr std::chrono::milliseconds first_look{1};
constexpr std::chrono::milliseconds longest_look{50};
constexpr auto no_write = "the store takes no write now: another program holds its lock, or the disk is slow";

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

constexpr auto last_seen_sql = R"(
  SELECT coalesce(nullif((SELECT value FROM settings WHERE name = 'seen'), ''),
                  (SELECT received_at FROM postbacks ORDER BY receipt DESC LIMIT 1)))";
constexpr auto set_sql = "UPDATE settings SET value = ?2 WHERE name = ?1";

std::size_t size_of(const model::Postback& postback)
{
  const auto& json = postback.envelope.json;
  return sizeof postback + postback.raw.bytes().size() + (json ? json->bytes().size() : 0);
}

std::int64_t make_overdue(SQLite::Database& database, const std::string& now)
{
  std::vector<std::int64_t> ids;
  {
    SQLite::Statement mark(database, overdue_sql);
    bind_text(mark, 1, now);
    mark.bind(2, most_overdue);
    while (mark.executeStep())
      ids.push_back(mark.getColumn(0).getInt64());
  }
  SQLite::Statement recover(database, recover_overdue_sql);
  QueryEvents events(database);
  for (const std::int64_t id : ids) {
    recover.bind(1, id);
    execute(recover);
    events.append(model::EventKind::overdue, id, now);
  }
  return static_cast<std::int64_t>(ids.size());
}

} // namespace

SqlitePostbackStore::SqlitePostbackStore(const ConnectionOptions& options, const StoreOptions& store,
                                         SQLite::Database& writer, PostbackTable& table,
                                         Checkpointer& checkpointer, CommitQueue& queue)
    : path_(options.path), writer_(writer), table_(table), checkpointer_(checkpointer), queue_(queue),
      large_bodies_(writer, queue, store.has_room), retention_(writer, queue), age_retention_(writer, queue),
      reader_(options, Connection::Mode::read)
{
}

awaitable<base::Result<model::Kept>> SqlitePostbackStore::keep(const model::Postback& postback,
                                                               base::TimePoint now)
{
  Pieces raw;
  Pieces json;
  auto write = [&] {
    BodyPieces pieces;
    if (raw) require_all(writer_, *raw), pieces.raw = raw->body;
    if (json) require_all(writer_, *json), pieces.json = json->body;
    return table_.keep(postback, pieces, now);
  };
  base::Result<void> spooled = co_await keep_pieces(postback.raw, raw);
  if (spooled && postback.envelope.json) spooled = co_await keep_pieces(*postback.envelope.json, json);
  base::Result<model::Kept> kept = base::Error{base::Errc::unavailable, ""};
  if (spooled)
    kept = co_await queue_.run(write, size_of(postback));
  else
    kept = spooled.error();
  const bool unnamed = !kept || kept->repeat || kept->discarded;
  for (const Pieces& pieces : {raw, json})
    if (pieces) large_bodies_.settle(*pieces);
  if (unnamed && raw) co_await large_bodies_.remove(raw->body);
  if (unnamed && json) co_await large_bodies_.remove(json->body);
  co_return kept;
}

awaitable<base::Result<void>> SqlitePostbackStore::keep_pieces(const base::Blob& bytes, Pieces& pieces)
{
  if (bytes.in_memory()) co_return base::Result<void>();
  const base::Result<LargeBodies::Pieces> kept = co_await large_bodies_.keep(bytes);
  if (!kept) co_return kept.error();
  pieces = *kept;
  co_return base::Result<void>();
}

awaitable<base::Result<std::int64_t>> SqlitePostbackStore::mark_overdue(base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const base::Result<bool> any = has_overdue(time);
  if (!any) co_return any.error();
  if (!*any) co_return 0;
  auto mark = [this, &time] { return make_overdue(writer_, time); };
  co_return co_await queue_.run(mark);
}

// Seeks an index as a reader, so that the writer is not disturbed while nothing is overdue.
base::Result<bool> SqlitePostbackStore::has_overdue(const std::string& now)
{
  const std::lock_guard lock(reader_mutex_);
  try {
    SQLite::Statement find(reader_.database(), has_overdue_sql);
    bind_text(find, 1, now);
    return find.executeStep();
  } catch (const SQLite::Exception& e) {
    return to_error(e);
  }
}

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

awaitable<base::Result<void>> SqlitePostbackStore::probe(base::TimePoint now,
                                                         std::chrono::milliseconds patience)
{
  const auto end = std::chrono::steady_clock::now() + patience;
  const std::shared_ptr<const Probe> probe = begin_probe(now);
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  for (auto pause = first_look; !probe->done; pause = std::min(2 * pause, longest_look)) {
    if (std::chrono::steady_clock::now() > end) co_return base::Error{base::Errc::unavailable, no_write};
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return probe->outcome;
}

std::shared_ptr<const SqlitePostbackStore::Probe> SqlitePostbackStore::begin_probe(base::TimePoint now)
{
  const std::lock_guard lock(probe_mutex_);
  if (probe_ && !probe_->done) return probe_;
  const auto probe = std::make_shared<Probe>();
  auto write = [this, now] { set("probe", now); };
  queue_.start(write, [probe](const base::Result<void>& outcome) {
    probe->outcome = outcome;
    probe->done = true;
  });
  probe_ = probe; // only a probe that will end
  return probe;
}

base::Result<StoreFigures> SqlitePostbackStore::figures(base::TimePoint now)
{
  const std::lock_guard lock(reader_mutex_);
  try {
    StoreFigures figures = read_figures(reader_.database(), now);
    figures.queued = queue_.count_waiting();
    std::error_code absent;
    const auto wal = std::filesystem::file_size(path_.string() + "-wal", absent);
    figures.journal_bytes = absent ? 0 : wal;
    return figures;
  } catch (const SQLite::Exception& e) {
    return to_error(e);
  }
}

} // namespace postbackd::store::sqlite
