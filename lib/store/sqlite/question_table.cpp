#include "store/sqlite/question_table.hpp"

#include <algorithm>

#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto say_sql = "UPDATE questions SET code = ?2, message = ?3 WHERE correlation = ?1";
// A postback may have come before the acknowledgement: then it stands.
constexpr auto set_state_sql =
    "UPDATE queries SET state = ?2 WHERE correlation = ?1 AND state = 'submitting'";
constexpr auto requeue_sql = "UPDATE questions SET next_attempt_at = ?2 WHERE correlation = ?1";

constexpr auto queued_sql =
    "SELECT correlation FROM questions WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2";
constexpr auto facts_sql = R"(
  SELECT s.route, q.api, q.datasets, s.q, q.label, s.key, s.deadline, s.attempts + 1
    FROM questions s JOIN queries q ON q.correlation = s.correlation
   WHERE s.correlation = ?1 AND q.state = 'queued')";
constexpr auto begin_sql = "UPDATE queries SET state = 'submitting', deadline_at = ?2 WHERE correlation = ?1";
constexpr auto unqueue_sql = "UPDATE questions SET next_attempt_at = NULL WHERE correlation = ?1";
constexpr auto submitted_sql = "UPDATE questions SET next_attempt_at = NULL, attempts = attempts + 1, "
                               "submitted_at = ?2 WHERE correlation = ?1";

constexpr auto due_sql =
    "SELECT query FROM recoveries WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2";
constexpr auto recover_sql =
    "UPDATE queries SET state = 'recovering' WHERE id = ?1 AND waiting AND state <> 'recovering'";
constexpr auto recovery_sql = R"(
  SELECT q.correlation, q.query_id, s.route, q.api, q.datasets, s.q, s.submitted_at, s.asked_again, r.attempts + 1
    FROM recoveries r JOIN queries q ON q.id = r.query LEFT JOIN questions s ON s.correlation = q.correlation
   WHERE r.query = ?1 AND q.waiting)";
constexpr auto drop_sql = "DELETE FROM recoveries WHERE query = ?1";
constexpr auto later_sql =
    "UPDATE recoveries SET attempts = attempts + 1, next_attempt_at = ?2, last_error = ?3 WHERE query = ?1";
constexpr auto lose_sql = "UPDATE queries SET state = 'lost' WHERE id = ?1 AND waiting";
constexpr auto ask_again_sql = R"(
  UPDATE questions SET asked_again = 1, next_attempt_at = ?2
   WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1 AND waiting AND query_id IS NULL))";
constexpr auto queue_again_sql = "UPDATE queries SET state = 'queued' WHERE id = ?1";

std::string text_of(SQLite::Statement& row, int column) { return text_or_nothing(row, column).value_or(""); }

} // namespace

QuestionTable::QuestionTable(SQLite::Database& database, PostbackTable& postbacks)
    : postbacks_(postbacks), say_(database, say_sql), set_state_(database, set_state_sql),
      requeue_(database, requeue_sql), queued_(database, queued_sql), facts_(database, facts_sql),
      begin_(database, begin_sql), unqueue_(database, unqueue_sql), submitted_(database, submitted_sql),
      due_(database, due_sql), recover_(database, recover_sql), recovery_(database, recovery_sql),
      drop_(database, drop_sql), later_(database, later_sql), lose_(database, lose_sql),
      ask_again_(database, ask_again_sql), queue_again_(database, queue_again_sql)
{
}

void QuestionTable::record(const Answer& answer)
{
  using Outcome = Answer::Outcome;
  bind_text(say_, 1, answer.correlation);
  answer.code ? say_.bind(2, *answer.code) : say_.bind(2);
  bind_text(say_, 3, answer.message);
  execute(say_);
  if (!answer.query_id.empty()) postbacks_.identify(answer.correlation, answer.query_id, true);
  // Without a name it waits as one whose acknowledgement was lost.
  if (answer.outcome == Outcome::accepted && !answer.query_id.empty())
    set_state(answer.correlation, "pending");
  if (answer.outcome == Outcome::refused) set_state(answer.correlation, "failed");
  if (answer.outcome != Outcome::not_accepted || !set_state(answer.correlation, "queued")) return;
  const std::string next_attempt_at = text::format_time(answer.next_attempt_at);
  bind_text(requeue_, 1, answer.correlation);
  bind_text(requeue_, 2, next_attempt_at);
  execute(requeue_);
}

bool QuestionTable::set_state(const std::string& correlation, const char* state)
{
  const Reset reset(set_state_);
  bind_text(set_state_, 1, correlation);
  bind_word(set_state_, 2, state);
  return set_state_.exec() > 0;
}

void QuestionTable::claim_submissions(std::size_t most, base::TimePoint now, std::vector<Submission>& claimed)
{
  if (most == 0) return;
  std::vector<std::string> due;
  const std::string time = text::format_time(now);
  {
    const Reset reset(queued_);
    bind_text(queued_, 1, time);
    queued_.bind(2, static_cast<std::int64_t>(most));
    while (queued_.executeStep())
      due.push_back(queued_.getColumn(0).getString());
  }
  for (const std::string& correlation : due)
    submit(correlation, now, claimed);
}

void QuestionTable::submit(const std::string& correlation, base::TimePoint now,
                           std::vector<Submission>& claimed)
{
  Submission submission{.correlation = correlation};
  {
    const Reset reset(facts_);
    bind_text(facts_, 1, correlation);
    if (!facts_.executeStep()) { // it has its answer, or is gone
      bind_text(unqueue_, 1, correlation);
      return execute(unqueue_);
    }
    submission.route = text_of(facts_, 0);
    submission.question = {.api = text_of(facts_, 1),
                           .datasets = text_of(facts_, 2),
                           .q = text_of(facts_, 3),
                           .label = text_or_nothing(facts_, 4),
                           .key = text_or_nothing(facts_, 5),
                           .deadline = std::chrono::seconds(facts_.getColumn(6).getInt64())};
    submission.attempt = facts_.getColumn(7).getInt();
  }
  const std::string deadline_at = text::format_time(now + submission.question.deadline);
  bind_text(begin_, 1, correlation);
  bind_text(begin_, 2, deadline_at);
  execute(begin_);
  const std::string time = text::format_time(now);
  bind_text(submitted_, 1, correlation);
  bind_text(submitted_, 2, time);
  execute(submitted_);
  claimed.push_back(std::move(submission));
}

void QuestionTable::claim_recoveries(const QuestionStore::Step& step, base::TimePoint now,
                                     std::vector<Recovery>& claimed)
{
  if (step.most_recoveries == 0) return;
  std::vector<std::int64_t> due;
  const std::string time = text::format_time(now);
  {
    const Reset reset(due_);
    bind_text(due_, 1, time);
    due_.bind(2, static_cast<std::int64_t>(step.most_recoveries + step.running.size()));
    while (due_.executeStep() && due.size() < step.most_recoveries)
      if (const std::int64_t query = due_.getColumn(0).getInt64();
          std::find(step.running.begin(), step.running.end(), query) == step.running.end())
        due.push_back(query);
  }
  for (const std::int64_t query : due)
    recover(query, claimed);
}

void QuestionTable::recover(std::int64_t query, std::vector<Recovery>& claimed)
{
  recover_.bind(1, query);
  execute(recover_);
  {
    const Reset reset(recovery_);
    recovery_.bind(1, query);
    if (recovery_.executeStep()) {
      claimed.push_back({query, text_of(recovery_, 0), text_of(recovery_, 1), text_of(recovery_, 2),
                         text_of(recovery_, 3), text_of(recovery_, 4), text_of(recovery_, 5),
                         text_of(recovery_, 6), recovery_.getColumn(7).getInt() != 0,
                         recovery_.getColumn(8).getInt()});
      return;
    }
  }
  drop_.bind(1, query);
  execute(drop_);
}

void QuestionTable::record(const RecoveryReport& report, base::TimePoint now)
{
  using Outcome = RecoveryReport::Outcome;
  const std::string time = text::format_time(now);
  if (report.outcome == Outcome::ask_again) {
    bind_text(ask_again_, 2, time);
    const Reset reset(ask_again_);
    ask_again_.bind(1, report.query);
    if (ask_again_.exec() > 0) {
      queue_again_.bind(1, report.query);
      execute(queue_again_);
    }
  }
  if (report.outcome == Outcome::lost) {
    lose_.bind(1, report.query);
    execute(lose_);
  }
  if (report.outcome == Outcome::later || report.outcome == Outcome::lost) {
    const auto next_attempt_at = report.outcome == Outcome::later
                                     ? std::optional(text::format_time(report.next_attempt_at))
                                     : std::nullopt;
    later_.bind(1, report.query);
    bind_text_or_null(later_, 2, next_attempt_at);
    bind_text(later_, 3, report.error);
    execute(later_);
    return;
  }
  drop_.bind(1, report.query);
  execute(drop_);
}

} // namespace postbackd::store::sqlite
