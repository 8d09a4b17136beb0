#include "store/sqlite/postbacks/age_retention.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/spawn.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/postbacks/old_rows.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// Leaves three quarters of the writer's time, as Retention does.
constexpr int pause_steps = 3;
constexpr std::chrono::seconds longest_pause{1};
// A pass goes on where the last one ended; what had to stay then, and what may stand behind a row with a
// wrong time, is looked at so often.
constexpr std::chrono::hours whole_pass_period{24};

SQLite::Database& with_table(SQLite::Database& database)
{
  database.exec("CREATE TEMP TABLE IF NOT EXISTS old (id INTEGER PRIMARY KEY, now TEXT)");
  return database;
}

} // namespace

struct AgeRetention::Statements {
  Statements(SQLite::Database& database, const OldRows& kind)
      : next(with_table(database), kind.next_sql()),
        insert(database, "INSERT INTO old (id, now) VALUES (?1, ?2)"), clear(database, "DELETE FROM old")
  {
    for (const std::string& sql : kind.deletes)
      deletes.emplace_back(database, sql);
  }

  struct Progress {
    std::int64_t last = 0;
    std::int64_t removed = 0;
    bool finished = false;
  };
  // Looks at the next rows, and deletes those of them that may go.
  Progress step(Progress progress, const std::string& before, const std::string& now)
  {
    std::vector<std::int64_t> old;
    progress.finished = true;
    {
      const Reset reset(next);
      next.bind(1, progress.last);
      bind_text(next, 2, before);
      while (next.executeStep() && next.getColumn(1).getInt() != 0) {
        progress.finished = false;
        progress.last = next.getColumn(0).getInt64();
        if (next.getColumn(2).getInt() != 0) old.push_back(progress.last);
      }
    }
    for (const std::int64_t id : old) {
      insert.bind(1, id);
      bind_text(insert, 2, now);
      execute(insert);
    }
    if (old.empty()) return progress;
    for (SQLite::Statement& statement : deletes)
      execute(statement);
    execute(clear);
    progress.removed += static_cast<std::int64_t>(old.size());
    return progress;
  }

  SQLite::Statement next;
  SQLite::Statement insert;
  SQLite::Statement clear;
  std::vector<SQLite::Statement> deletes;
};

AgeRetention::AgeRetention(const ConnectionOptions& options, SQLite::Database& database, CommitQueue& queue)
    : database_(database), queue_(queue), reader_(options)
{
}

AgeRetention::~AgeRetention() = default;

AgeRetention::Statements& AgeRetention::statements_of(OldKind kind)
{
  auto& statements = statements_[kind];
  if (!statements) statements = std::make_unique<Statements>(database_, old_rows(kind));
  return *statements;
}

std::optional<std::int64_t> AgeRetention::find_behind(OldKind kind, std::int64_t last,
                                                      const std::string& before,
                                                      const std::atomic<bool>& stop)
{
  SQLite::Statement look(reader_.database(), old_rows(kind).look_sql());
  while (!stop) {
    const Reset reset(look);
    look.bind(1, last);
    bind_text(look, 2, before);
    look.executeStep();
    if (const auto found = number_or_nothing(look, 1)) return *found - 1;
    if (look.getColumn(0).isNull()) return std::nullopt;
    last = look.getColumn(0).getInt64();
  }
  return std::nullopt;
}

asio::awaitable<base::Result<std::int64_t>>
AgeRetention::remove(OldKind kind, base::TimePoint before, base::TimePoint now, const std::atomic<bool>& stop)
{
  const std::string oldest = text::format_time(before);
  const std::string time = text::format_time(now);
  Reached& reached = reached_[kind];
  const bool is_whole = now - reached.whole_pass_at >= whole_pass_period || now < reached.whole_pass_at;
  if (is_whole) reached = {now, 0};
  Statements::Progress done{.last = reached.last};
  bool is_behind = false; // a row with a wrong time
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor);
  auto step = [&] { return statements_of(kind).step(done, oldest, time); };
  while (!done.finished && !stop) {
    const auto began = Clock::now();
    const base::Result<Statements::Progress> stepped = co_await queue_.run(step);
    if (!stepped) co_return stepped.error();
    done = *stepped;
    if (done.finished && is_whole) {
      std::function<Behind()> look = [&] {
        return reader_.try_read([&] { return find_behind(kind, done.last, oldest, stop); });
      };
      const Behind behind = co_await base::run_on(thread_.get_executor(), std::move(look));
      if (!behind) co_return behind.error();
      if (*behind) done.last = **behind;
      done.finished = !*behind;
      is_behind = true;
    } else if (!done.finished && !is_behind) {
      reached.last = done.last; // rows before the first young one; those get old in time
    }
    pause.expires_after(std::min<Clock::duration>(pause_steps * (Clock::now() - began), longest_pause));
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return done.removed;
}

} // namespace postbackd::store::sqlite
