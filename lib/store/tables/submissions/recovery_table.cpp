#include "store/tables/submissions/recovery_table.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto due_recovery_sql =
    "SELECT query_row FROM recoveries WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2";
constexpr auto recover_sql =
    "UPDATE queries SET state = 'recovering' WHERE id = ?1 AND waiting AND state NOT IN "
    "('recovering', 'failed', 'lost', 'closed')";
constexpr auto recovery_sql = R"(
  SELECT q.correlation, q.query_id, s.route, q.api, q.datasets, s.q, s.submitted_at, s.resubmitted, s.recover, r.attempts + 1, q.trace
    FROM recoveries r JOIN queries q ON q.id = r.query_row LEFT JOIN submissions s ON s.correlation = q.correlation
   WHERE r.query_row = ?1 AND q.waiting AND NOT q.given_up)";
constexpr auto drop_sql = R"(
  DELETE FROM recoveries
   WHERE query_row = ?1 AND NOT EXISTS (SELECT 1 FROM queries WHERE id = ?1 AND waiting AND state <> 'queued' AND state <> 'closed'))";
constexpr auto later_sql = R"(
  UPDATE recoveries SET attempts = attempts + ?4, next_attempt_at = ?2, last_error = ?3 WHERE query_row = ?1)";
constexpr auto lose_sql =
    "UPDATE queries SET state = 'lost' WHERE id = ?1 AND waiting AND state <> 'closed' AND state <> 'lost'";
constexpr auto submit_again_sql = R"(
  UPDATE submissions SET resubmitted = TRUE, next_attempt_at = ?2
   WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1 AND waiting AND state <> 'closed' AND query_id IS NULL))";
constexpr auto unnamed_sql =
    "SELECT correlation FROM queries WHERE id = ?1 AND query_id IS NULL AND correlation IS NOT NULL";
constexpr auto queue_again_sql = "UPDATE queries SET state = 'queued' WHERE id = ?1";

} // namespace

RecoveryTable::RecoveryTable(sql::Database& database)
    : due_(database, due_recovery_sql), recover_(database, recover_sql), recovery_(database, recovery_sql),
      drop_(database, drop_sql), later_(database, later_sql), lose_(database, lose_sql),
      submit_again_(database, submit_again_sql), queue_again_(database, queue_again_sql),
      unnamed_(database, unnamed_sql), events_(database), usage_(database)
{
}

void RecoveryTable::claim(const SubmissionStore::Step& step, base::TimePoint now,
                          std::vector<Recovery>& claimed)
{
  if (step.most_recoveries == 0) return;
  std::vector<std::int64_t> due;
  const std::string time = text::format_time(now);
  {
    const Reset reset(due_);
    bind_text(due_, 1, time);
    due_.bind(2, static_cast<std::int64_t>(step.most_recoveries + step.running.size()));
    while (due_.step() && due.size() < step.most_recoveries)
      if (const std::int64_t query = due_.column(0).int64();
          std::find(step.running.begin(), step.running.end(), query) == step.running.end())
        due.push_back(query);
  }
  for (const std::int64_t query : due)
    recover(query, claimed);
}

void RecoveryTable::recover(std::int64_t query, std::vector<Recovery>& claimed)
{
  recover_.bind(1, query);
  execute(recover_);
  {
    const Reset reset(recovery_);
    recovery_.bind(1, query);
    if (recovery_.step()) {
      claimed.push_back(
          {query, text_or_empty(recovery_, 0), text_or_empty(recovery_, 1), text_or_empty(recovery_, 2),
           text_or_empty(recovery_, 3), text_or_empty(recovery_, 4), text_or_empty(recovery_, 5),
           time_or_nothing(recovery_, 6), recovery_.column(7).int32() != 0, recovery_.column(8).int32() != 0,
           recovery_.column(9).int32(), text_or_empty(recovery_, 10)});
      return;
    }
  }
  drop_.bind(1, query);
  execute(drop_);
}

void RecoveryTable::record(const RecoveryReport& report, base::TimePoint now)
{
  using Outcome = RecoveryReport::Outcome;
  const bool over = report.outcome == Outcome::found ||
                    (report.outcome == Outcome::resubmit && resubmit(report.query, now));
  if (over) {
    drop_.bind(1, report.query);
    return execute(drop_);
  }
  if (report.outcome == Outcome::lost) {
    const Reset reset(lose_);
    lose_.bind(1, report.query);
    if (lose_.exec() > 0) {
      give_back(report.query);
      events_.append(model::EventKind::lost, {.query = report.query}, text::format_time(now));
    }
  }
  const auto next_attempt_at = report.outcome == Outcome::lost
                                   ? std::nullopt
                                   : std::optional(text::format_time(report.next_attempt_at));
  later_.bind(1, report.query);
  bind_text_or_null(later_, 2, next_attempt_at);
  bind_text(later_, 3, report.error);
  later_.bind(4, report.counts ? 1 : 0);
  execute(later_);
}

// The platform has never had it, if it has named no QueryId and its log has no record.
void RecoveryTable::give_back(std::int64_t query)
{
  const Reset reset(unnamed_);
  unnamed_.bind(1, query);
  if (unnamed_.step()) usage_.give_back(unnamed_.column(0).text());
}

// Returns false if the query has its QueryId by now.
bool RecoveryTable::resubmit(std::int64_t query, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  {
    const Reset reset(submit_again_);
    submit_again_.bind(1, query);
    bind_text(submit_again_, 2, time);
    if (submit_again_.exec() == 0) return false;
  }
  queue_again_.bind(1, query);
  execute(queue_again_);
  return true;
}

} // namespace postbackd::store::tables
