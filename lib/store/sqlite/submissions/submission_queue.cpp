#include "store/sqlite/submissions/submission_queue.hpp"

#include <SQLiteCpp/Statement.h>

#include "model/correlation.hpp"
#include "model/fingerprint.hpp"
#include "store/sqlite/engine/statement.hpp"
#include "store/sqlite/submissions/sharing.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto known_sql = R"(
  SELECT q.correlation, q.api IS ?2 AND q.datasets IS ?3 AND s.q IS ?4, q.state = 'failed'
    FROM queries q LEFT JOIN submissions s ON s.correlation = q.correlation WHERE q.key = ?1 AND q.client = ?5)";
constexpr auto refused_sql = "UPDATE queries SET state = 'queued', served_from = NULL WHERE correlation = ?1";
constexpr auto queue_sql = "UPDATE submissions SET next_attempt_at = ?2, route = ?3, deadline = ?4, "
                           "fingerprint = ?5 WHERE correlation = ?1";
constexpr auto insert_query_sql = R"(
  INSERT INTO queries (correlation, label, api, datasets, state, created_at, deadline_at, client, key, metadata)
  VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?7, ?8, ?9))";
constexpr auto insert_submission_sql = R"(
  INSERT INTO submissions (correlation, route, q, deadline, next_attempt_at, fingerprint) VALUES (?1, ?2, ?3, ?4, ?5, ?6))";

void queue_again(SQLite::Database& database, const std::string& correlation, const std::string& route,
                 const model::Submission& submission, const std::string& now)
{
  SQLite::Statement refused(database, refused_sql);
  bind_text(refused, 1, correlation);
  refused.exec();
  SQLite::Statement queue(database, queue_sql);
  bind_text(queue, 1, correlation);
  bind_text(queue, 2, now);
  bind_text(queue, 3, route);
  queue.bind(4, static_cast<std::int64_t>(submission.deadline.count()));
  const std::string fingerprint = model::fingerprint_of(submission);
  bind_blob(queue, 5, fingerprint);
  queue.exec();
}

class Enqueuer
{
public:
  Enqueuer(SQLite::Database& database, const std::string& route, base::TimePoint now)
      : database_(database), route_(route), now_(now), time_(text::format_time(now)),
        known_(database, known_sql), insert_query_(database, insert_query_sql),
        insert_submission_(database, insert_submission_sql)
  {
  }

  Enqueued enqueue(const model::Submission& submission)
  {
    if (submission.key)
      if (const auto known = find_known(submission)) return *known;
    const std::string correlation = model::new_correlation();
    const std::string fingerprint = model::fingerprint_of(submission);
    if (submission.max_age)
      if (const auto source = find_source(database_, fingerprint, now_ - *submission.max_age)) {
        insert_served(database_, submission, correlation, *source, now_);
        return {.correlation = correlation, .is_new = true, .is_served = true};
      }
    insert_query(submission, correlation);
    insert_submission(submission, correlation, fingerprint);
    return {.correlation = correlation, .is_new = true};
  }

private:
  std::optional<Enqueued> find_known(const model::Submission& submission)
  {
    const Reset reset(known_);
    bind_text(known_, 1, *submission.key);
    bind_text(known_, 2, submission.api);
    bind_text(known_, 3, submission.datasets);
    bind_text(known_, 4, submission.q);
    bind_text(known_, 5, submission.client);
    if (!known_.executeStep()) return std::nullopt;
    const std::string correlation = known_.getColumn(0).getString();
    const bool is_same = known_.getColumn(1).getInt() != 0;
    const bool again = is_same && known_.getColumn(2).getInt() != 0;
    if (again) queue_again(database_, correlation, route_, submission, time_);
    return Enqueued{correlation, again, !is_same};
  }

  void insert_query(const model::Submission& submission, const std::string& correlation)
  {
    const std::string deadline_at = text::format_time(now_ + submission.deadline);
    bind_text(insert_query_, 1, correlation);
    bind_text_or_null(insert_query_, 2, submission.label);
    bind_text(insert_query_, 3, submission.api);
    bind_text(insert_query_, 4, submission.datasets);
    bind_text(insert_query_, 5, time_);
    bind_text(insert_query_, 6, deadline_at);
    bind_text(insert_query_, 7, submission.client);
    bind_text_or_null(insert_query_, 8, submission.key);
    bind_text_or_null(insert_query_, 9, submission.metadata);
    execute(insert_query_);
  }

  void insert_submission(const model::Submission& submission, const std::string& correlation,
                         const std::string& fingerprint)
  {
    bind_text(insert_submission_, 1, correlation);
    bind_text(insert_submission_, 2, route_);
    bind_text(insert_submission_, 3, submission.q);
    insert_submission_.bind(4, static_cast<std::int64_t>(submission.deadline.count()));
    bind_text(insert_submission_, 5, time_);
    bind_blob(insert_submission_, 6, fingerprint);
    execute(insert_submission_);
  }

  SQLite::Database& database_;
  const std::string& route_;
  base::TimePoint now_;
  std::string time_;
  SQLite::Statement known_;
  SQLite::Statement insert_query_;
  SQLite::Statement insert_submission_;
};

} // namespace

std::vector<Enqueued> enqueue(SQLite::Database& database, const std::vector<model::Submission>& submissions,
                              const std::string& route, base::TimePoint now)
{
  Enqueuer enqueuer(database, route, now);
  std::vector<Enqueued> result;
  for (const model::Submission& submission : submissions)
    result.push_back(enqueuer.enqueue(submission));
  return result;
}

} // namespace postbackd::store::sqlite
