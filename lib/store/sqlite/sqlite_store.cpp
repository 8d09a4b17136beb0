#include "store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto figures_sql = R"(
  SELECT count(*),
         count(*) FILTER (WHERE deadline_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
         coalesce(CAST(1000 * 86400.0 * (julianday('now') - julianday(min(created_at))) AS INTEGER), 0),
         (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),
         (SELECT count(*) FROM queue_objects WHERE state = 'pending' OR state = 'processing'),
         (SELECT count(*) FROM questions WHERE next_attempt_at IS NOT NULL),
         (SELECT count(*) FROM recoveries WHERE next_attempt_at IS NOT NULL)
    FROM v_pending)";

constexpr auto handler_figures_sql = R"(
  SELECT name, backlog, (SELECT count(*) FROM deliveries d WHERE d.handler = name AND d.state = 'dead'),
         coalesce(CAST(1000 * 86400.0 * (julianday('now') - julianday(oldest)) AS INTEGER), 0), circuit = 'open'
    FROM v_handlers WHERE active)";

std::size_t size_of(const model::Postback& postback)
{
  const auto& json = postback.envelope.json;
  return sizeof postback + postback.raw.bytes().size() + (json ? json->bytes().size() : 0);
}

using Pieces = std::optional<LargeBodies::Pieces>;

class KeepJob final : public CommitQueue::Job
{
public:
  KeepJob(SQLite::Database& database, PostbackTable& table, const model::Postback& postback)
      : Job(size_of(postback)), database_(database), table_(table), postback_(postback)
  {
  }

  void run() override
  {
    BodyPieces pieces;
    if (raw) require_all(database_, *raw), pieces.raw = raw->body;
    if (json) require_all(database_, *json), pieces.json = json->body;
    kept_ = table_.keep(postback_, pieces);
  }
  const model::Kept& kept() const { return *kept_; }

  // What is kept in pieces already.
  Pieces raw;
  Pieces json;

private:
  SQLite::Database& database_;
  PostbackTable& table_;
  const model::Postback& postback_;
  std::optional<model::Kept> kept_;
};

class ProbeJob final : public CommitQueue::Job
{
public:
  ProbeJob(SQLite::Database& database, std::string now) : Job(0), database_(database), now_(std::move(now)) {}

  void run() override
  {
    SQLite::Statement write(database_, "UPDATE settings SET value = ?1 WHERE name = 'probe'");
    write.bind(1, now_);
    write.exec();
  }

private:
  SQLite::Database& database_;
  std::string now_;
};

} // namespace

SqliteStore::SqliteStore(Options options, const base::Clock& clock)
    : path_(options.connection.path), clock_(clock),
      connection_(options.connection, Connection::Mode::create),
      postbacks_((mirror_settings(options), connection_.database()), clock, options.look_back),
      checkpointer_(options.connection), queue_(connection_, queue_options(options)),
      large_bodies_(connection_.database(), queue_, options.free_space),
      retention_(connection_.database(), queue_), reader_(options.connection, Connection::Mode::read),
      deliveries_(options.connection, connection_.database(), queue_),
      questions_(options.connection, connection_.database(), postbacks_, queue_, options.free_space),
      fanbase_(options.connection, connection_.database(), queue_, options.free_space)
{
}

CommitQueue::Options SqliteStore::queue_options(Options& options)
{
  CommitQueue::Options result;
  result.most_jobs = options.queue_jobs;
  result.most_bytes = options.queue_bytes;
  result.before_group = [this] { postbacks_.begin_group(); };
  result.before_commit = [this] { postbacks_.end_group(); };
  result.after_commit = [this](int wal_pages) { checkpointer_.committed(wal_pages, connection_); };
  result.on_group = std::move(options.on_group);
  result.on_fatal = std::move(options.on_fatal);
  return result;
}

// Triggers run in other programs too, and read the configuration here.
void SqliteStore::mirror_settings(const Options& options)
{
  SQLite::Statement set(connection_.database(),
                        "UPDATE settings SET value = ?2 WHERE name = ?1 AND value <> ?2");
  const auto write = [&set](const char* name, const std::string& value) {
    const Reset reset(set);
    set.bind(1, name);
    set.bind(2, value);
    set.exec();
  };
  write("deadline", fmt::format("+{} seconds", options.deadline.count()));
  write("look_back", fmt::format("-{} days", options.look_back.count()));
}

boost::asio::awaitable<base::Result<model::Kept>> SqliteStore::keep(const model::Postback& postback)
{
  KeepJob job(connection_.database(), postbacks_, postback);
  const auto& json = postback.envelope.json;
  base::Result<void> spooled = co_await keep_pieces(postback.raw, job.raw);
  if (spooled && json) spooled = co_await keep_pieces(*json, job.json);
  if (spooled) co_await queue_.run(job);
  const bool unnamed = !spooled || job.error() || job.kept().repeat;
  for (const Pieces& pieces : {job.raw, job.json})
    if (pieces) large_bodies_.settle(*pieces);
  if (unnamed && job.raw) co_await large_bodies_.remove(job.raw->body);
  if (unnamed && job.json) co_await large_bodies_.remove(job.json->body);
  if (!spooled) co_return spooled.error();
  if (job.error()) co_return *job.error();
  co_return job.kept();
}

boost::asio::awaitable<base::Result<void>>
SqliteStore::keep_pieces(const base::Blob& bytes, std::optional<LargeBodies::Pieces>& pieces)
{
  if (bytes.in_memory()) co_return base::Result<void>();
  const base::Result<LargeBodies::Pieces> kept = co_await large_bodies_.keep(bytes);
  if (!kept) co_return kept.error();
  pieces = *kept;
  co_return base::Result<void>();
}

boost::asio::awaitable<void> SqliteStore::remove_leftovers()
{
  if (large_bodies_.may_have_orphans()) co_await large_bodies_.remove_orphans();
}

boost::asio::awaitable<base::Result<std::int64_t>> SqliteStore::remove_before(base::TimePoint time,
                                                                              const std::atomic<bool>& stop)
{
  base::Result<std::int64_t> removed = co_await retention_.remove_before(time, stop);
  if (!removed) large_bodies_.suspect_orphans(); // of a postback whose row had gone first
  co_return removed;
}

boost::asio::awaitable<base::Result<void>> SqliteStore::probe()
{
  ProbeJob job(connection_.database(), text::format_time(clock_.now()));
  co_await queue_.run(job);
  if (job.error()) co_return *job.error();
  co_return base::Result<void>();
}

base::Result<Figures> SqliteStore::figures()
{
  const std::lock_guard lock(reader_mutex_);
  try {
    SQLite::Statement ask(reader_.database(), figures_sql);
    ask.executeStep();
    std::error_code no_wal;
    const auto wal = std::filesystem::file_size(path_.string() + "-wal", no_wal);
    std::vector<HandlerFigures> handlers;
    SQLite::Statement each(reader_.database(), handler_figures_sql);
    while (each.executeStep())
      handlers.push_back(
          {each.getColumn(0).getString(), each.getColumn(1).getInt64(), each.getColumn(2).getInt64(),
           std::chrono::milliseconds(each.getColumn(3).getInt64()), each.getColumn(4).getInt() != 0});
    return Figures{.queued = queue_.count_waiting(),
                   .database_bytes = static_cast<std::uint64_t>(ask.getColumn(3).getInt64()),
                   .wal_bytes = no_wal ? 0 : wal,
                   .pending = ask.getColumn(0).getInt64(),
                   .overdue = ask.getColumn(1).getInt64(),
                   .oldest = std::chrono::milliseconds(ask.getColumn(2).getInt64()),
                   .objects = ask.getColumn(4).getInt64(),
                   .queued_questions = ask.getColumn(5).getInt64(),
                   .recoveries = ask.getColumn(6).getInt64(),
                   .handlers = std::move(handlers)};
  } catch (const SQLite::Exception& e) {
    return to_error(e);
  }
}

} // namespace postbackd::store::sqlite
