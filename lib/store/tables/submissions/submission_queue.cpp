#include "store/tables/submissions/submission_queue.hpp"

#include <fmt/format.h>

#include "model/correlation.hpp"
#include "model/fingerprint.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/submissions/expiry.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto same_key_sql = R"(
  SELECT coalesce(q.correlation, q.query_id), q.api IS NOT DISTINCT FROM ?2 AND q.datasets IS NOT DISTINCT FROM ?3
         AND s.q IS NOT DISTINCT FROM ?4 AND s.parameters IS NOT DISTINCT FROM ?6, q.given_up, q.id
    FROM queries q LEFT JOIN submissions s ON s.correlation = q.correlation WHERE q.key = ?1 AND q.client = ?5)";
// It keeps its end; its key is that of the new one.
constexpr auto give_up_key_sql = "UPDATE queries SET key = NULL WHERE id = ?1";
// Takes turns with others (fair_turns.hpp): a group does, and what a client asks without one.
constexpr auto open_lane_sql = R"(
  INSERT INTO groups (client, name, created_at, ended_at) SELECT ?1, '', ?2, ?2
   WHERE NOT EXISTS (SELECT 1 FROM groups WHERE client = ?1 AND name = ''))";
constexpr auto insert_query_sql = R"(
  INSERT INTO queries (correlation, label, api, datasets, state, created_at, deadline_at, client, key, metadata, group_name, trace)
  VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6, ?7, ?8, ?9, ?10, ?11))";
constexpr auto lane_sql = "SELECT id FROM groups WHERE client = ?1 AND name = ?2";
constexpr auto insert_submission_sql = R"(
  INSERT INTO submissions (correlation, route, q, deadline, next_attempt_at, fingerprint, deadline_at, expires_at, lane, counted, parameters)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
          coalesce(?8, ?7, {}), ?9, ?10, ?11))";

// As one whose acknowledgement was lost: ?2 is the time from which the log is searched.
constexpr const char* ask_log_first_sql[] = {
    "UPDATE queries SET state = 'recovering' WHERE correlation = ?1 AND CAST(?2 AS TEXT) IS NOT NULL",
    "UPDATE submissions SET recover = TRUE, attempts = 1, next_attempt_at = NULL, submitted_at = ?2 WHERE "
    "correlation = ?1",
    "INSERT INTO recoveries (query_row, why, next_attempt_at) SELECT id, 'asked', created_at FROM queries "
    "WHERE correlation = ?1 "
    "AND CAST(?2 AS TEXT) IS NOT NULL"};
// The log is searched so far back.
constexpr std::chrono::hours recover_window{72};

} // namespace

SubmissionQueue::SubmissionQueue(sql::Database& database)
    : known_(database, same_key_sql), give_up_key_(database, give_up_key_sql), lane_(database, lane_sql),
      open_lane_(database, open_lane_sql), insert_query_(database, insert_query_sql),
      insert_submission_(database, fmt::format(insert_submission_sql, expiry_of(database, "?5"))),
      served_(database), usage_(database), database_(database)
{
}

Enqueued SubmissionQueue::enqueue(const model::Submission& submission, const std::string& route,
                                  base::TimePoint now)
{
  std::optional<std::int64_t> replaced; // the row of what is asked anew
  if (submission.key)
    if (const auto known = find_known(submission, replaced)) return *known;
  const std::string correlation = model::new_correlation();
  const std::string day = text::day_of(now);
  if (submission.max_age)
    if (const auto source =
            served_.find_source(model::fingerprint_of(submission), now - *submission.max_age)) {
      give_up_key(replaced);
      lane_of({.client = submission.client}, text::format_time(now)); // it may be sent in the other's place
      const std::int64_t row = served_.insert(submission, correlation, *source, now);
      usage_.count_shared(submission.client, submission.api, day);
      return {.correlation = correlation,
              .row = row,
              .is_new = true,
              .is_served = true,
              .is_answered = source->receipt.has_value()};
    }
  if (const auto exceeded = usage_.exceeded(submission.client, submission.budget, day);
      exceeded != model::Budget::Exceeded::none)
    return {.exceeded = exceeded}; // and what has the key keeps it
  give_up_key(replaced);
  const std::int64_t row = insert(submission, correlation, route, now);
  usage_.count(submission.client, submission.api, day);
  if (submission.recover) look_first(correlation, now - recover_window);
  return {.correlation = correlation, .row = row, .is_new = true};
}

std::int64_t SubmissionQueue::lane_of(const model::Submission& submission, const std::string& now)
{
  const std::string group = submission.group.value_or("");
  for (;;) {
    const Reset reset(lane_);
    bind_text(lane_, 1, submission.client);
    bind_text(lane_, 2, group);
    if (lane_.step()) return lane_.column(0).int64();
    bind_text(open_lane_, 1, submission.client); // that of a group began with its query
    bind_text(open_lane_, 2, now);
    execute(open_lane_);
  }
}

void SubmissionQueue::look_first(const std::string& correlation, base::TimePoint since)
{
  const std::string time = text::format_time(since);
  for (const char* sql : ask_log_first_sql) {
    sql::Statement statement(database_, sql);
    bind_text(statement, 1, correlation);
    bind_text(statement, 2, time);
    statement.exec();
  }
}

std::optional<Enqueued> SubmissionQueue::find_known(const model::Submission& submission,
                                                    std::optional<std::int64_t>& replaced)
{
  const Reset reset(known_);
  bind_text(known_, 1, *submission.key);
  bind_text(known_, 2, submission.api);
  bind_text(known_, 3, submission.datasets);
  bind_text(known_, 4, submission.q);
  bind_text(known_, 5, submission.client);
  bind_text_or_null(known_, 6, submission.parameters);
  if (!known_.step()) return std::nullopt;
  const std::int64_t row = known_.column(3).int64();
  const bool is_same = known_.column(1).int32() != 0;
  const bool has_failed = known_.column(2).int32() != 0;
  if (!is_same || !has_failed || !submission.again)
    return Enqueued{
        .correlation = known_.column(0).text(), .row = row, .belongs_to_another = is_same ? "" : "key"};
  replaced = row;
  return std::nullopt;
}

void SubmissionQueue::give_up_key(std::optional<std::int64_t> row)
{
  if (!row) return;
  give_up_key_.bind(1, *row);
  execute(give_up_key_);
}

std::int64_t SubmissionQueue::insert(const model::Submission& submission, const std::string& correlation,
                                     const std::string& route, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const std::string deadline_at =
      text::format_time(submission.deadline_at.value_or(now + submission.deadline));
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
  bind_text_or_null(insert_query_, 10, submission.group);
  bind_text_or_null(insert_query_, 11, submission.trace);
  const std::int64_t row = insert_query_.insert("id");
  insert_query_.reset();
  bind_text(insert_submission_, 1, correlation);
  bind_text(insert_submission_, 2, route);
  bind_text(insert_submission_, 3, submission.q);
  insert_submission_.bind(4, static_cast<std::int64_t>(submission.deadline.count()));
  bind_text(insert_submission_, 5, time);
  bind_blob(insert_submission_, 6, fingerprint);
  const auto absolute = text::format_any_time(submission.deadline_at);
  const auto expires_at = text::format_any_time(submission.expires_at);
  bind_text_or_null(insert_submission_, 7, absolute);
  bind_text_or_null(insert_submission_, 8, expires_at);
  insert_submission_.bind(9, lane_of(submission, time));
  const std::string day = text::day_of(now);
  bind_text(insert_submission_, 10, day);
  bind_text_or_null(insert_submission_, 11, submission.parameters);
  execute(insert_submission_);
  return row;
}

} // namespace postbackd::store::tables
