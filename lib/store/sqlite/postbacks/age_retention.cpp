#include "store/sqlite/postbacks/age_retention.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "sqlite/statement.hpp"
#include "store/sqlite/names.hpp"
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
// A pass goes on where the last one ended; what had to stay then is looked at again so often.
constexpr std::chrono::hours whole_pass_period{24};

// `next` returns rows after ?1 in their order: id, time, whether it may go. The newest stays: its number must
// not be used again. `deletes` use the temporary table `old`, with IN: SQLite knows nothing of its size, and
// a join may begin with the other table, whole.
struct Kind {
  std::string next;
  std::vector<std::string> deletes;
};

// An event e that handlers have not been given yet, or whose delivery is not finished.
constexpr auto open_event = R"(
  (e.id > (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'routed') AND EXISTS (SELECT 1 FROM handlers WHERE active))
   OR EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id AND d.state IN ('due', 'running', 'held')))";

// Deletes the events e of a condition with their deliveries and attempts; then what `deletes` adds.
std::vector<std::string> with_events(const std::string& condition, std::vector<std::string> deletes)
{
  const std::string finished = "SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE "
                               "d.id < (SELECT max(id) FROM deliveries) AND " +
                               condition;
  std::vector<std::string> all{
      "DELETE FROM attempts WHERE delivery IN (" + finished + ")",
      "DELETE FROM deliveries WHERE id IN (" + finished + ")",
      "DELETE FROM events WHERE id < (SELECT max(id) FROM events) AND id IN (SELECT e.id FROM events e "
      "WHERE " +
          condition + ") AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = events.id)"};
  all.insert(all.end(), deletes.begin(), deletes.end());
  return all;
}

Kind bodies()
{
  return {
      fmt::format(R"(
      SELECT p.receipt, p.received_at,
             p.query_row IS NOT NULL AND p.removed_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM queries q WHERE q.id = p.query_row AND q.waiting)
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.receipt = p.receipt AND ({}))
        FROM postbacks p WHERE p.receipt > ?1 ORDER BY p.receipt LIMIT 100)",
                  open_event),
      {R"(DELETE FROM pieces WHERE body_id IN (SELECT raw_pieces FROM bodies WHERE receipt IN (SELECT id FROM old)
                                      UNION SELECT json_pieces FROM bodies WHERE receipt IN (SELECT id FROM old)))",
       R"(UPDATE bodies SET raw = x'', json = NULL, raw_pieces = NULL, json_pieces = NULL
               WHERE receipt IN (SELECT id FROM old))",
       "UPDATE postbacks SET removed_at = (SELECT max(now) FROM old) WHERE receipt IN (SELECT id FROM old)"}};
}

Kind queries()
{
  return {fmt::format(R"(
      SELECT q.id, q.created_at,
             q.state IN ('failed', 'lost', 'closed') AND NOT q.touched AND NOT q.shares
             AND q.id < (SELECT max(id) FROM queries)
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.query_row = q.id AND ({}))
        FROM queries q WHERE q.id > ?1 ORDER BY q.id LIMIT 200)",
                      open_event),
          with_events("e.query_row IN (SELECT id FROM old)",
                      {"DELETE FROM old WHERE EXISTS (SELECT 1 FROM events WHERE query_row = old.id)",
                       R"(DELETE FROM submissions WHERE correlation IN (SELECT correlation FROM queries WHERE
                             id IN (SELECT id FROM old)))",
                       "DELETE FROM queries WHERE id IN (SELECT id FROM old)"})};
}

Kind deliveries()
{
  return {
      R"(SELECT d.id, d.created_at, d.state IN ('done', 'dead') AND d.id < (SELECT max(id) FROM deliveries)
               FROM deliveries d WHERE d.id > ?1 ORDER BY d.id LIMIT 200)",
      {"DELETE FROM attempts WHERE delivery IN (SELECT id FROM old)",
       "DELETE FROM deliveries WHERE id IN (SELECT id FROM old)"}};
}

Kind objects()
{
  return {fmt::format(R"(
      SELECT o.number, o.created_at,
             o.state IN ('completed', 'failed') AND o.number < (SELECT max(number) FROM queue_objects)
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.object = o.number AND e.kind IN ('ticket-create', 'update-fandata') AND ({}))
        FROM queue_objects o WHERE o.number > ?1 ORDER BY o.number LIMIT 200)",
                      open_event),
          with_events("e.object IN (SELECT id FROM old) AND e.kind IN ('ticket-create', 'update-fandata')",
                      {R"(DELETE FROM queue_objects WHERE number IN (SELECT id FROM old)
                             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.object = number AND e.kind IN ('ticket-create', 'update-fandata')))"})};
}

Kind app_events()
{
  return {fmt::format(R"(
      SELECT a.number, a.created_at,
             a.number < (SELECT max(number) FROM app_events)
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.object = a.number AND e.kind = 'app-event' AND ({}))
        FROM app_events a WHERE a.number > ?1 ORDER BY a.number LIMIT 200)",
                      open_event),
          with_events("e.object IN (SELECT id FROM old) AND e.kind = 'app-event'",
                      {R"(DELETE FROM app_events WHERE number IN (SELECT id FROM old)
                             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.object = number AND e.kind = 'app-event'))"})};
}

Kind audit()
{
  return {"SELECT id, at, id < (SELECT max(id) FROM audit) FROM audit WHERE id > ?1 ORDER BY id LIMIT 200",
          {"DELETE FROM audit WHERE id IN (SELECT id FROM old)"}};
}

const Kind& kind_of(OldKind kind)
{
  static const std::map<OldKind, Kind> kinds{
      {OldKind::bodies, bodies()},   {OldKind::queries, queries()},       {OldKind::deliveries, deliveries()},
      {OldKind::objects, objects()}, {OldKind::app_events, app_events()}, {OldKind::audit, audit()}};
  return kinds.at(kind);
}

SQLite::Database& with_table(SQLite::Database& database)
{
  database.exec("CREATE TEMP TABLE IF NOT EXISTS old (id INTEGER PRIMARY KEY, now TEXT)");
  return database;
}

} // namespace

struct AgeRetention::Statements {
  Statements(SQLite::Database& database, const Kind& kind)
      : next(with_table(database), kind.next), insert(database, "INSERT INTO old (id, now) VALUES (?1, ?2)"),
        clear(database, "DELETE FROM old")
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
      while (next.executeStep() && next.getColumn(1).getString() < before) {
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

AgeRetention::AgeRetention(SQLite::Database& database, CommitQueue& queue)
    : database_(database), queue_(queue)
{
}

AgeRetention::~AgeRetention() = default;

AgeRetention::Statements& AgeRetention::statements_of(OldKind kind)
{
  auto& statements = statements_[kind];
  if (!statements) statements = std::make_unique<Statements>(database_, kind_of(kind));
  return *statements;
}

asio::awaitable<base::Result<std::int64_t>>
AgeRetention::remove(OldKind kind, base::TimePoint before, base::TimePoint now, const std::atomic<bool>& stop)
{
  const std::string oldest = text::format_time(before);
  const std::string time = text::format_time(now);
  Reached& reached = reached_[kind];
  if (now - reached.whole_pass_at >= whole_pass_period || now < reached.whole_pass_at) reached = {now, 0};
  Statements::Progress done{.last = reached.last};
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor);
  auto step = [&] { return statements_of(kind).step(done, oldest, time); };
  while (!done.finished && !stop) {
    const auto began = Clock::now();
    const base::Result<Statements::Progress> stepped = co_await queue_.run(step);
    if (!stepped) co_return stepped.error();
    done = *stepped;
    reached.last = done.last;
    pause.expires_after(std::min<Clock::duration>(pause_steps * (Clock::now() - began), longest_pause));
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return done.removed;
}

} // namespace postbackd::store::sqlite
