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
  // Its pieces have been in the WAL.
  auto scrub = [this] { writer_.exec("UPDATE settings SET value = 'discarded' WHERE name = 'scrub'"); };
  if (kept && kept->discarded && raw) co_await queue_.run(scrub);
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
