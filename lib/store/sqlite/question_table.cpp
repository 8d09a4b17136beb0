#include "store/sqlite/question_table.hpp"

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

constexpr auto disputed_sql = R"(
  SELECT 1
    FROM questions own JOIN queries me ON me.correlation = own.correlation
         JOIN questions s ON substr(s.q, 1, 64) = substr(own.q, 1, 64) AND s.q = own.q AND s.submitted_at IS NOT NULL
         JOIN queries q ON q.correlation = s.correlation
   WHERE own.correlation = ?1 AND s.correlation <> ?1 AND q.query_id IS NULL AND q.api = me.api
     AND (q.state = 'submitting' OR q.state = 'overdue' OR q.state = 'notified' OR q.state = 'recovering')
     AND s.submitted_at <= ?2 AND (s.submitted_at > own.submitted_at OR own.submitted_at > ?2))";

std::string text_of(SQLite::Statement& row, int column) { return text_or_nothing(row, column).value_or(""); }

} // namespace

QuestionTable::QuestionTable(SQLite::Database& database, PostbackTable& postbacks)
    : postbacks_(postbacks), say_(database, say_sql), set_state_(database, set_state_sql),
      deadline_(database, deadline_sql), disputed_(database, disputed_sql), requeue_(database, requeue_sql),
      queued_(database, queued_sql), facts_(database, facts_sql), begin_(database, begin_sql),
      unqueue_(database, unqueue_sql), submitted_(database, submitted_sql)
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
    // The platform may write whole seconds.
    const std::string latest = text::format_time(asked_at + std::chrono::seconds(1));
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

} // namespace postbackd::store::sqlite
