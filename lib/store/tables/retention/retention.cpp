#include "store/tables/retention/retention.hpp"

#include <deque>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/postbacks/postback_table.hpp"
#include "store/tables/retention/pause.hpp"
#include "store/tables/retention/retention_statements.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// A step takes this long, and about as long again to be committed.
constexpr std::chrono::milliseconds step_time{2};
constexpr int postbacks_of_a_step = 100;

struct Body {
  std::int64_t number;
  std::int64_t next_part = 0;
};

// A pass over the oldest rows; its steps run on the writer thread.
class Pass
{
public:
  Pass(Engine& engine, sql::Database& database, RetentionStatements& statements, base::TimePoint time)
      : engine_(engine), database_(database), statements_(statements),
        end_(PostbackTable::first_receipt(time)), end_time_(text::format_time(time))
  {
  }

  // Works for about step_time. A step that was rolled back runs again unchanged.
  void step()
  {
    Progress progress = done_;
    began_ = Clock::now();
    progress.finished = false;
    do {
      if (!progress.bodies.empty())
        delete_piece(progress);
      else if (!progress.postbacks_done)
        delete_postbacks(progress);
      else
        progress.finished = !engine_.give_back_space(database_);
    } while (!progress.finished && Clock::now() < began_ + step_time);
    next_ = std::move(progress);
  }
  // Returns how long the step took.
  Clock::duration committed()
  {
    done_ = next_;
    return Clock::now() - began_;
  }

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

  void delete_postbacks(Progress& progress)
  {
    const std::int64_t last = last_of_next(progress.last);
    progress.postbacks_done = last == 0;
    if (last == 0) return;
    const LeavingRows leaving = statements_.select_leaving({progress.last, last, end_, end_time_});
    for (const std::int64_t body : statements_.pieces_of(leaving))
      progress.bodies.push_back({body, 0});
    statements_.remove(leaving);
    progress.deleted += static_cast<std::int64_t>(leaving.postbacks.size());
    progress.last = last;
  }

  std::int64_t last_of_next(model::Receipt after)
  {
    sql::Statement& last = statements_.last;
    const Reset reset(last);
    last.bind(1, static_cast<std::int64_t>(after));
    last.bind(2, end_);
    last.bind(3, postbacks_of_a_step);
    last.step();
    return last.column(0).int64(); // 0 for NULL
  }

  void delete_piece(Progress& progress)
  {
    Body& body = progress.bodies.front();
    sql::Statement& remove = statements_.delete_piece;
    const Reset reset(remove);
    remove.bind(1, body.number);
    remove.bind(2, body.next_part++);
    if (remove.exec() == 0) progress.bodies.pop_front();
  }

  Engine& engine_;
  sql::Database& database_;
  RetentionStatements& statements_;
  model::Receipt end_;
  std::string end_time_;
  Clock::time_point began_;
  Progress done_;
  Progress next_;
};

} // namespace

Retention::Retention(Engine& engine, sql::Database& database, CommitQueue& queue)
    : engine_(engine), database_(database), queue_(queue),
      statements_(std::make_unique<RetentionStatements>(database))
{
}

Retention::~Retention() = default;

asio::awaitable<base::Result<std::int64_t>> Retention::remove_before(base::TimePoint time,
                                                                     const std::atomic<bool>& stop)
{
  Pass pass(engine_, database_, *statements_, time);
  auto step = [&pass] { pass.step(); };
  while (!pass.finished() && !stop) {
    const base::Result<void> stepped = co_await queue_.run(step);
    if (!stepped) co_return stepped.error();
    co_await pause_after(pass.committed());
  }
  co_return pass.deleted();
}

} // namespace postbackd::store::tables
