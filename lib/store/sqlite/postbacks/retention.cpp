#include "store/sqlite/postbacks/retention.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <functional>

#include "store/sqlite/engine/statement.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace asio = boost::asio;

// A step, and the pause after it: at most a fifth of the writer's time.
constexpr std::chrono::milliseconds step_time{4};
constexpr std::chrono::milliseconds pause_time{16};
constexpr int receipts_of_a_step = 100;

// Free pages that stay in the file for new rows, and pages that one step gives back.
constexpr int kept_free_pages = 1'024; // 4 MiB
constexpr int given_back_pages = 256;

constexpr auto old_sql = R"(
  SELECT p.receipt, p.query_row, b.raw_pieces, b.json_pieces
    FROM postbacks p LEFT JOIN bodies b USING (receipt)
   WHERE p.receipt > ?1 AND p.receipt < ?2
   ORDER BY p.receipt LIMIT ?3)";
constexpr auto is_needed_sql = R"(
  SELECT 1 WHERE ?1 = (SELECT max(receipt) FROM postbacks)
      OR EXISTS (SELECT 1 FROM queries WHERE id = ?2 AND (waiting OR answered_at >= ?4))
      OR EXISTS (SELECT 1 FROM queries WHERE id = ?2 AND receipt >= ?3)
      OR EXISTS (SELECT 1 FROM postbacks WHERE query_row = ?2 AND kind <> 'result' AND receipt >= ?3)
      OR EXISTS (SELECT 1 FROM events WHERE id = (SELECT max(id) FROM events) AND (receipt = ?1 OR query_row = ?2))
      OR EXISTS (SELECT 1 FROM events
                  WHERE receipt = ?1 AND id > (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'routed')
                    AND EXISTS (SELECT 1 FROM handlers WHERE active))
      OR EXISTS (SELECT 1 FROM events e JOIN deliveries d ON d.event_id = e.id
                  WHERE e.receipt = ?1 AND (d.state IN ('due', 'running', 'held') OR d.id = (SELECT max(id) FROM deliveries)))
      OR EXISTS (SELECT 1 FROM events e JOIN deliveries d ON d.event_id = e.id
                  WHERE e.query_row = ?2 AND (d.state IN ('due', 'running', 'held') OR d.id = (SELECT max(id) FROM deliveries))))";
constexpr const char* delete_sql[] = {
    R"(DELETE FROM attempts
        WHERE delivery IN (SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE e.receipt = ?1))",
    "DELETE FROM deliveries WHERE event_id IN (SELECT id FROM events WHERE receipt = ?1)",
    "DELETE FROM events WHERE receipt = ?1", "DELETE FROM bodies WHERE receipt = ?1",
    "DELETE FROM postbacks WHERE receipt = ?1"};
// The query that the postback has answered, with its own events and their deliveries.
constexpr const char* delete_query_sql[] = {
    R"(DELETE FROM attempts
        WHERE delivery IN (SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE e.query_row = ?1))",
    "DELETE FROM deliveries WHERE event_id IN (SELECT id FROM events WHERE query_row = ?1)",
    "DELETE FROM events WHERE query_row = ?1",
    R"(DELETE FROM submissions
        WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1 AND id < (SELECT max(id) FROM queries)))",
    "DELETE FROM queries WHERE id = ?1 AND id < (SELECT max(id) FROM queries)"};

struct Body {
  std::int64_t number;
  std::int64_t next_part = 0;
};

// A pass over the oldest rows; its steps run on the writer thread.
class Pass
{
public:
  Pass(SQLite::Database& database, base::TimePoint time)
      : database_(database), end_(PostbackTable::first_receipt(time)), end_time_(text::format_time(time))
  {
  }

  // Works for about step_time. A step that was rolled back runs again unchanged.
  void step()
  {
    Progress progress = done_;
    const auto end = std::chrono::steady_clock::now() + step_time;
    progress.finished = false;
    do {
      if (!progress.bodies.empty())
        delete_piece(progress);
      else if (!progress.postbacks_done)
        delete_postbacks(progress, end);
      else
        progress.finished = !give_back();
    } while (!progress.finished && std::chrono::steady_clock::now() < end);
    next_ = std::move(progress);
  }
  void committed() { done_ = next_; }

  bool finished() const { return done_.finished; }
  std::int64_t deleted() const { return done_.deleted; }

private:
  struct Progress {
    model::Receipt last = 0;
    std::int64_t deleted = 0;
    std::deque<Body> bodies; // in pieces, of deleted postbacks
    bool postbacks_done = false;
    bool finished = false;
  };

  void delete_postbacks(Progress& progress, std::chrono::steady_clock::time_point end)
  {
    SQLite::Statement old(database_, old_sql);
    old.bind(1, progress.last);
    old.bind(2, end_);
    old.bind(3, receipts_of_a_step);
    progress.postbacks_done = true;
    while (old.executeStep()) {
      if (std::chrono::steady_clock::now() >= end) {
        progress.postbacks_done = false;
        return;
      }
      progress.last = old.getColumn(0).getInt64();
      const SQLite::Column query = old.getColumn(1);
      delete_postback(progress, query.isNull() ? 0 : query.getInt64());
      for (int column : {2, 3})
        if (const SQLite::Column body = old.getColumn(column); deleted_last_ && !body.isNull())
          progress.bodies.push_back({body.getInt64(), 0});
      progress.postbacks_done = false;
    }
  }

  void delete_postback(Progress& progress, std::int64_t query)
  {
    deleted_last_ = !is_needed(progress.last, query);
    if (!deleted_last_) return;
    if (answers(query, progress.last))
      for (const char* sql : delete_query_sql)
        run(sql, query);
    for (const char* sql : delete_sql)
      run(sql, progress.last);
    ++progress.deleted;
  }

  bool is_needed(model::Receipt receipt, std::int64_t query)
  {
    SQLite::Statement find(database_, is_needed_sql);
    find.bind(1, receipt);
    find.bind(2, query);
    find.bind(3, end_);
    find.bind(4, end_time_);
    return find.executeStep();
  }

  bool answers(std::int64_t query, model::Receipt receipt)
  {
    SQLite::Statement find(database_, "SELECT 1 FROM queries WHERE id = ?1 AND receipt = ?2");
    find.bind(1, query);
    find.bind(2, receipt);
    return find.executeStep();
  }

  void delete_piece(Progress& progress)
  {
    Body& body = progress.bodies.front();
    SQLite::Statement remove(database_, "DELETE FROM pieces WHERE body_id = ?1 AND part = ?2");
    remove.bind(1, body.number);
    remove.bind(2, body.next_part++);
    if (remove.exec() == 0) progress.bodies.pop_front();
  }

  // Returns false when there is nothing left to give back.
  bool give_back()
  {
    const int free = database_.execAndGet("PRAGMA freelist_count").getInt();
    if (free <= kept_free_pages) return false;
    SQLite::Statement vacuum(database_,
                             "PRAGMA incremental_vacuum(" + std::to_string(given_back_pages) + ")");
    while (vacuum.executeStep()) {
    }
    return true;
  }

  void run(const char* sql, std::int64_t number)
  {
    SQLite::Statement statement(database_, sql);
    statement.bind(1, number);
    statement.exec();
  }

  SQLite::Database& database_;
  model::Receipt end_;
  std::string end_time_;
  Progress done_;
  Progress next_;
  bool deleted_last_ = false;
};

} // namespace

asio::awaitable<base::Result<std::int64_t>> Retention::remove_before(base::TimePoint time,
                                                                     const std::atomic<bool>& stop)
{
  Pass pass(database_, time);
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor);
  auto step = [&pass] { pass.step(); };
  while (!pass.finished() && !stop) {
    const base::Result<void> stepped = co_await queue_.run(step);
    if (!stepped) co_return stepped.error();
    pass.committed();
    pause.expires_after(pause_time);
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return pass.deleted();
}

} // namespace postbackd::store::sqlite
