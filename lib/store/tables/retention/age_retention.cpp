#include "store/tables/retention/age_retention.hpp"

#include <deque>

#include "base/spawn.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/retention/old_rows.hpp"
#include "store/tables/retention/pause.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// A pass goes on where the last one ended; what had to stay then, and what may stand behind a row with a
// wrong time, is looked at so often.
constexpr std::chrono::hours whole_pass_period{24};

} // namespace

struct AgeRetention::Statements {
  Statements(sql::Database& database, const OldRows& kind) : next(database, kind.next_sql())
  {
    for (const std::string& sql : kind.deletes)
      deletes.emplace_back(database, sql);
  }

  // Looks at the next rows, and deletes those of them that may go.
  Progress step(Progress progress, const std::string& before, const std::string& now)
  {
    const std::vector<std::int64_t> old = find(progress, before);
    if (old.empty()) return progress;
    const std::string ids = list_of(old);
    for (sql::Statement& statement : deletes) {
      bind_text(statement, 1, ids);
      if (statement.values() > 1) bind_text(statement, 2, now);
      execute(statement);
    }
    progress.removed += static_cast<std::int64_t>(old.size());
    return progress;
  }

private:
  std::vector<std::int64_t> find(Progress& progress, const std::string& before)
  {
    std::vector<std::int64_t> old;
    progress.finished = true;
    const Reset reset(next);
    next.bind(1, progress.last);
    bind_text(next, 2, before);
    while (next.step() && next.column(1).int32() != 0) {
      progress.finished = false;
      progress.last = next.column(0).int64();
      if (next.column(2).int32() != 0) old.push_back(progress.last);
    }
    return old;
  }

  sql::Statement next;
  std::deque<sql::Statement> deletes;
};

AgeRetention::AgeRetention(Engine& engine, sql::Database& database, CommitQueue& queue)
    : database_(database), queue_(queue), reader_(engine.open_reader())
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
  sql::Statement look(reader_.database(), old_rows(kind).look_sql());
  while (!stop) {
    const Reset reset(look);
    look.bind(1, last);
    bind_text(look, 2, before);
    look.step();
    if (const auto found = number_or_nothing(look, 1)) return *found - 1;
    if (look.column(0).is_null()) return std::nullopt;
    last = look.column(0).int64();
  }
  return std::nullopt;
}

asio::awaitable<base::Result<void>> AgeRetention::look_behind(OldKind kind, Progress& done,
                                                              const std::string& before,
                                                              const std::atomic<bool>& stop)
{
  std::function<Behind()> look = [&] {
    return reader_.try_read([&] { return find_behind(kind, done.last, before, stop); });
  };
  const Behind behind = co_await base::run_on(thread_.get_executor(), std::move(look));
  if (!behind) co_return behind.error();
  if (*behind) done.last = **behind;
  done.finished = !*behind;
  co_return base::Result<void>{};
}

asio::awaitable<base::Result<std::int64_t>>
AgeRetention::remove(OldKind kind, base::TimePoint before, base::TimePoint now, const std::atomic<bool>& stop)
{
  const std::string oldest = text::format_time(before);
  const std::string time = text::format_time(now);
  Reached& reached = reached_[kind];
  const bool is_whole = now - reached.whole_pass_at >= whole_pass_period || now < reached.whole_pass_at;
  if (is_whole) reached = {now, 0};
  Progress done{.last = reached.last};
  bool is_behind = false; // a row with a wrong time
  auto step = [&] { return statements_of(kind).step(done, oldest, time); };
  while (!done.finished && !stop) {
    const auto began = Clock::now();
    const base::Result<Progress> stepped = co_await queue_.run(step);
    if (!stepped) co_return stepped.error();
    done = *stepped;
    if (!done.finished && !is_behind)
      reached.last = done.last; // rows before the first young one; those get old in time
    if (done.finished && is_whole) {
      is_behind = true;
      const base::Result<void> looked = co_await look_behind(kind, done, oldest, stop);
      if (!looked) co_return looked.error();
    }
    co_await pause_after(Clock::now() - began);
  }
  co_return done.removed;
}

} // namespace postbackd::store::tables
