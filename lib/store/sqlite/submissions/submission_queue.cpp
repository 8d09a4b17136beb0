#include "store/sqlite/submissions/submission_queue.hpp"

#include "model/correlation.hpp"
#include "model/fingerprint.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto same_key_sql = R"(
  SELECT coalesce(q.correlation, q.query_id), q.api IS ?2 AND q.datasets IS ?3 AND s.q IS ?4, q.state = 'failed', q.id
    FROM queries q LEFT JOIN submissions s ON s.correlation = q.correlation WHERE q.key = ?1 AND q.client = ?5)";
constexpr auto refused_sql = "UPDATE queries SET state = 'queued', served_from = NULL WHERE correlation = ?1";
constexpr auto queue_known_sql = "UPDATE submissions SET next_attempt_at = ?2, route = ?3, deadline = ?4, "
                                 "fingerprint = ?5 WHERE correlation = ?1";
constexpr auto insert_query_sql = R"(
  INSERT INTO queries (correlation, label, api, datasets, state, created_at, deadline_at, client, key, metadata)
  VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?7, ?8, ?9))";
constexpr auto insert_submission_sql = R"(
  INSERT INTO submissions (correlation, route, q, deadline, next_attempt_at, fingerprint) VALUES (?1, ?2, ?3, ?4, ?5, ?6))";

// As one whose acknowledgement was lost: ?2 is the time from which the log is searched.
constexpr const char* ask_log_first_sql[] = {
    "UPDATE queries SET state = 'recovering' WHERE correlation = ?1 AND ?2 IS NOT NULL",
    "UPDATE submissions SET recover = 1, attempts = 1, next_attempt_at = NULL, submitted_at = ?2 WHERE "
    "correlation = ?1",
    "INSERT INTO recoveries (query_row, why, next_attempt_at) SELECT id, 'asked', created_at FROM queries "
    "WHERE correlation = ?1 "
    "AND ?2 IS NOT NULL"};
// The log is searched so far back.
constexpr std::chrono::hours recover_window{72};

} // namespace

SubmissionQueue::SubmissionQueue(SQLite::Database& database)
    : known_(database, same_key_sql), refused_(database, refused_sql), queue_(database, queue_known_sql),
      insert_query_(database, insert_query_sql), insert_submission_(database, insert_submission_sql),
      served_(database), database_(database)
{
}

Enqueued SubmissionQueue::enqueue(const model::Submission& submission, const std::string& route,
                                  base::TimePoint now)
{
  if (submission.key)
    if (const auto known = find_known(submission, route, text::format_time(now))) return *known;
  const std::string correlation = model::new_correlation();
  if (submission.max_age)
    if (const auto source =
            served_.find_source(model::fingerprint_of(submission), now - *submission.max_age)) {
      const std::int64_t row = served_.insert(submission, correlation, *source, now);
      return {.correlation = correlation, .row = row, .is_new = true, .is_served = true};
    }
  const std::int64_t row = insert(submission, correlation, route, now);
  if (submission.recover) look_first(correlation, now - recover_window);
  return {.correlation = correlation, .row = row, .is_new = true};
}

void SubmissionQueue::look_first(const std::string& correlation, base::TimePoint since)
{
  const std::string time = text::format_time(since);
  for (const char* sql : ask_log_first_sql) {
    SQLite::Statement statement(database_, sql);
    bind_text(statement, 1, correlation);
    bind_text(statement, 2, time);
    statement.exec();
  }
}

std::optional<Enqueued> SubmissionQueue::find_known(const model::Submission& submission,
                                                    const std::string& route, const std::string& now)
{
  const Reset reset(known_);
  bind_text(known_, 1, *submission.key);
  bind_text(known_, 2, submission.api);
  bind_text(known_, 3, submission.datasets);
  bind_text(known_, 4, submission.q);
  bind_text(known_, 5, submission.client);
  if (!known_.executeStep()) return std::nullopt;
  const std::string correlation = known_.getColumn(0).getString();
  const std::int64_t row = known_.getColumn(3).getInt64();
  const bool is_same = known_.getColumn(1).getInt() != 0;
  const bool again = is_same && known_.getColumn(2).getInt() != 0;
  if (again) queue_again(submission, correlation, route, now);
  return Enqueued{.correlation = correlation, .row = row, .is_new = again, .is_different = !is_same};
}

void SubmissionQueue::queue_again(const model::Submission& submission, const std::string& correlation,
                                  const std::string& route, const std::string& now)
{
  bind_text(refused_, 1, correlation);
  execute(refused_);
  const std::string fingerprint = model::fingerprint_of(submission);
  bind_text(queue_, 1, correlation);
  bind_text(queue_, 2, now);
  bind_text(queue_, 3, route);
  queue_.bind(4, static_cast<std::int64_t>(submission.deadline.count()));
  bind_blob(queue_, 5, fingerprint);
  execute(queue_);
}

std::int64_t SubmissionQueue::insert(const model::Submission& submission, const std::string& correlation,
                                     const std::string& route, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const std::string deadline_at = text::format_time(now + submission.deadline);
  const std::string fingerprint = model::fingerprint_of(submission);
  bind_text(insert_query_, 1, correlation);
  bind_text_or_null(insert_query_, 2, submission.label);
  bind_text(insert_query_, 3, submission.api);
  bind_text(insert_query_, 4, submission.datasets);
  bind_text(insert_query_, 5, time);
  bind_text(insert_query_, 6, deadline_at);
  bind_text(insert_query_, 7, submission.client);
  bind_text_or_null(insert_query_, 8, submission.key);
  bind_text_or_null(insert_query_, 9, submission.metadata);
  execute(insert_query_);
  const std::int64_t row = database_.getLastInsertRowid();
  bind_text(insert_submission_, 1, correlation);
  bind_text(insert_submission_, 2, route);
  bind_text(insert_submission_, 3, submission.q);
  insert_submission_.bind(4, static_cast<std::int64_t>(submission.deadline.count()));
  bind_text(insert_submission_, 5, time);
  bind_blob(insert_submission_, 6, fingerprint);
  execute(insert_submission_);
  return row;
}

} // namespace postbackd::store::sqlite
