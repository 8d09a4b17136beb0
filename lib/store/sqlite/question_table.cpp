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
constexpr auto set_state_sql = R"(
  UPDATE queries SET state = ?2, deadline_at = ?4
   WHERE correlation = ?1 AND state = 'submitting'
     AND (SELECT attempts FROM questions WHERE correlation = ?1) = ?3)";
constexpr auto deadline_sql = "SELECT deadline FROM questions WHERE correlation = ?1 AND attempts = ?2";
constexpr auto requeue_sql = "UPDATE questions SET next_attempt_at = ?2 WHERE correlation = ?1";

constexpr auto queued_sql =
    "SELECT correlation FROM questions WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2";
constexpr auto facts_sql = R"(
  SELECT s.route, q.api, q.datasets, s.q, q.label, s.key, s.deadline, s.attempts + 1
    FROM questions s JOIN queries q ON q.correlation = s.correlation
   WHERE s.correlation = ?1 AND q.state = 'queued')";
constexpr auto begin_sql = "UPDATE queries SET state = 'submitting', deadline_at = ?2 WHERE correlation = ?1";
constexpr auto unqueue_sql = "UPDATE questions SET next_attempt_at = NULL WHERE correlation = ?1";
// Once it may have been accepted, the log is searched from then on.
constexpr auto submitted_sql = R"(
  UPDATE questions
     SET next_attempt_at = NULL, attempts = attempts + 1, code = NULL, message = NULL,
         submitted_at = iif(asked_again AND submitted_at IS NOT NULL, submitted_at, ?2)
   WHERE correlation = ?1)";

constexpr auto due_sql =
    "SELECT query FROM recoveries WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2";
constexpr auto recover_sql =
    "UPDATE queries SET state = 'recovering' WHERE id = ?1 AND waiting AND state <> 'recovering'";
constexpr auto recovery_sql = R"(
  SELECT q.correlation, q.query_id, s.route, q.api, q.datasets, s.q, s.submitted_at, s.asked_again, r.attempts + 1
    FROM recoveries r JOIN queries q ON q.id = r.query LEFT JOIN questions s ON s.correlation = q.correlation
   WHERE r.query = ?1 AND q.waiting)";
constexpr auto drop_sql = R"(
  DELETE FROM recoveries
   WHERE query = ?1 AND NOT EXISTS (SELECT 1 FROM queries WHERE id = ?1 AND waiting AND state <> 'queued'))";
constexpr auto later_sql = R"(
  UPDATE recoveries SET attempts = attempts + ?4, next_attempt_at = ?2, last_error = ?3 WHERE query = ?1)";
constexpr auto lose_sql = "UPDATE queries SET state = 'lost' WHERE id = ?1 AND waiting";
constexpr auto ask_again_sql = R"(
  UPDATE questions SET asked_again = 1, next_attempt_at = ?2
   WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1 AND waiting AND query_id IS NULL))";
constexpr auto queue_again_sql = "UPDATE queries SET state = 'queued' WHERE id = ?1";

constexpr auto disputed_sql = R"(
  SELECT 1
    FROM questions own JOIN queries me ON me.correlation = own.correlation
         JOIN questions s ON substr(s.q, 1, 64) = substr(own.q, 1, 64) AND s.q = own.q AND s.submitted_at IS NOT NULL
         JOIN queries q ON q.correlation = s.correlation
   WHERE own.correlation = ?1 AND s.correlation <> ?1 AND q.query_id IS NULL AND q.api = me.api AND q.datasets = me.datasets
     AND (q.state = 'submitting' OR q.state = 'overdue' OR q.state = 'notified' OR q.state = 'recovering')
     AND s.submitted_at <= ?2 AND (s.submitted_at > own.submitted_at OR own.submitted_at > ?2))";

std::string text_of(SQLite::Statement& row, int column) { return text_or_nothing(row, column).value_or(""); }

} // namespace

QuestionTable::QuestionTable(SQLite::Database& database, PostbackTable& postbacks)
    : postbacks_(postbacks), say_(database, say_sql), set_state_(database, set_state_sql),
      deadline_(database, deadline_sql), disputed_(database, disputed_sql), requeue_(database, requeue_sql),
      queued_(database, queued_sql), facts_(database, facts_sql), begin_(database, begin_sql),
      unqueue_(database, unqueue_sql), submitted_(database, submitted_sql), due_(database, due_sql),
      recover_(database, recover_sql), recovery_(database, recovery_sql), drop_(database, drop_sql),
      later_(database, later_sql), lose_(database, lose_sql), ask_again_(database, ask_again_sql),
      queue_again_(database, queue_again_sql)
{
}

void QuestionTable::record(const Answer& answer, base::TimePoint now)
{
  using Outcome = Answer::Outcome;
  if (!answer.query_id.empty()) postbacks_.identify(answer.correlation, answer.query_id, true);
  const auto deadline = deadline_of(answer);
  if (!deadline) return; // it has been asked again since
  bind_text(say_, 1, answer.correlation);
  answer.code ? say_.bind(2, *answer.code) : say_.bind(2);
  bind_text(say_, 3, answer.message);
  execute(say_);
  // Without a name it waits as one whose acknowledgement was lost.
  const bool named = answer.outcome == Outcome::accepted && !answer.query_id.empty();
  const char* state = named                                     ? "pending"
                      : answer.outcome == Outcome::refused      ? "failed"
                      : answer.outcome == Outcome::not_accepted ? "queued"
                                                                : "submitting";
  if (!set_state(answer, state, now + *deadline) || answer.outcome != Outcome::not_accepted) return;
  const std::string next_attempt_at = text::format_time(answer.next_attempt_at);
  bind_text(requeue_, 1, answer.correlation);
  bind_text(requeue_, 2, next_attempt_at);
  execute(requeue_);
}

std::optional<std::chrono::seconds> QuestionTable::deadline_of(const Answer& answer)
{
  const Reset reset(deadline_);
  bind_text(deadline_, 1, answer.correlation);
  deadline_.bind(2, answer.attempt);
  if (!deadline_.executeStep()) return std::nullopt;
  return std::chrono::seconds(deadline_.getColumn(0).getInt64());
}

bool QuestionTable::set_state(const Answer& answer, const char* state, base::TimePoint deadline)
{
  const std::string deadline_at = text::format_time(deadline);
  const Reset reset(set_state_);
  bind_text(set_state_, 1, answer.correlation);
  bind_word(set_state_, 2, state);
  set_state_.bind(3, answer.attempt);
  bind_text(set_state_, 4, deadline_at);
  return set_state_.exec() > 0;
}

Adoption QuestionTable::adopt(const std::string& correlation, const std::string& query_id,
                              base::TimePoint asked_at)
{
  {
    const std::string latest = text::format_time(asked_at);
    const Reset reset(disputed_);
    bind_text(disputed_, 1, correlation);
    bind_text(disputed_, 2, latest);
    if (disputed_.executeStep()) return Adoption::disputed;
  }
  return postbacks_.identify(correlation, query_id, false) ? Adoption::adopted : Adoption::owned;
}

void QuestionTable::claim_submissions(const QuestionStore::Step& step, base::TimePoint now,
                                      std::vector<Submission>& claimed)
{
  if (step.most_submissions == 0) return;
  std::vector<std::string> due;
  const std::string time = text::format_time(now);
  {
    const Reset reset(queued_);
    bind_text(queued_, 1, time);
    queued_.bind(2, static_cast<std::int64_t>(step.most_submissions));
    while (queued_.executeStep())
      due.push_back(queued_.getColumn(0).getString());
  }
  for (const std::string& correlation : due)
    submit(correlation, now, step.allowance, claimed);
}

void QuestionTable::submit(const std::string& correlation, base::TimePoint now,
                           std::chrono::milliseconds allowance, std::vector<Submission>& claimed)
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
  const std::string deadline_at = text::format_time(now + allowance + submission.question.deadline);
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
  const bool over = report.outcome == Outcome::found ||
                    (report.outcome == Outcome::ask_again && ask_again(report.query, now));
  if (over) {
    drop_.bind(1, report.query);
    return execute(drop_);
  }
  if (report.outcome == Outcome::lost) {
    lose_.bind(1, report.query);
    execute(lose_);
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

// False when it has got its QueryId meanwhile.
bool QuestionTable::ask_again(std::int64_t query, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  {
    const Reset reset(ask_again_);
    ask_again_.bind(1, query);
    bind_text(ask_again_, 2, time);
    if (ask_again_.exec() == 0) return false;
  }
  queue_again_.bind(1, query);
  execute(queue_again_);
  return true;
}

} // namespace postbackd::store::sqlite
