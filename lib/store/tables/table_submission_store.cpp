#include "store/tables/table_submission_store.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto expired_sql = "SELECT 1 FROM submissions INDEXED BY submissions_expiring "
                             "WHERE next_attempt_at IS NOT NULL AND expires_at <= ?1 LIMIT 1";
constexpr auto any_due_sql = R"(
  SELECT 1 FROM recoveries
   WHERE next_attempt_at <= ?1 AND query_row NOT IN (SELECT value FROM json_each(?2)) LIMIT 1)";

constexpr auto rest_sql = R"(
  UPDATE queries SET state = 'overdue'
   WHERE id IN (SELECT query_row FROM recoveries WHERE next_attempt_at IS NOT NULL) AND state = 'recovering')";

std::string array_of(const std::vector<std::int64_t>& numbers)
{
  std::string text;
  for (const std::int64_t number : numbers)
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return "[" + text + "]";
}

} // namespace

TableSubmissionStore::TableSubmissionStore(Engine& engine, sql::Database& writer, PostbackTable& postbacks,
                                           CommitQueue& queue)
    : engine_(engine), writer_(writer), table_(writer, postbacks), recoveries_(writer), shared_(writer),
      queue_(queue), reader_(engine.open_reader()), queued_(reader_.database(), due_lanes_sql),
      expired_(reader_.database(), expired_sql), due_(reader_.database(), any_due_sql),
      to_share_(reader_.database(), ended_source_sql)
{
}

bool TableSubmissionStore::has_work(const Step& step, base::TimePoint now)
{
  return reader_.read([&] {
    const std::string time = text::format_time(now);
    return (step.most_submissions > 0 && finds(queued_, time)) || finds(expired_, time) || has_to_share() ||
           (step.most_recoveries > 0 && has_recovery(time, step.running));
  });
}

bool TableSubmissionStore::finds(sql::Statement& any, const std::string& now)
{
  const Reset reset(any);
  bind_text(any, 1, now);
  return any.step();
}

bool TableSubmissionStore::has_to_share()
{
  const Reset reset(to_share_);
  return to_share_.step();
}

bool TableSubmissionStore::has_recovery(const std::string& now, const std::vector<std::int64_t>& running)
{
  const std::string numbers = array_of(running);
  const Reset reset(due_);
  bind_text(due_, 1, now);
  bind_text(due_, 2, numbers);
  return due_.step();
}

SubmissionStore::Work TableSubmissionStore::advance(const Step& step, base::TimePoint now)
{
  auto record_and_claim = [&] {
    engine_.require(writer_, Duty::ask);
    Work work;
    for (const SubmissionReport& answer : step.answers)
      table_.record(answer, now);
    for (const RecoveryReport& report : step.reports)
      recoveries_.record(report, now);
    const bool shared = shared_.advance(now);
    work.did_more = table_.expire(now) || shared;
    table_.claim_submissions(step, now, work.submissions);
    recoveries_.claim(step, now, work.recoveries);
    return work;
  };
  return queue_.run_blocking(record_and_claim).value();
}

void TableSubmissionStore::rest_recoveries()
{
  const auto rest = [this] {
    engine_.require(writer_, Duty::ask);
    sql::Statement(writer_, rest_sql).exec();
  };
  queue_.run_blocking(rest).value();
}

Adoption TableSubmissionStore::adopt(const std::string& correlation, const std::string& query_id,
                                     base::TimePoint submitted_at, base::TimePoint now)
{
  const auto adopt = [&] {
    engine_.require(writer_, Duty::ask);
    return table_.adopt(correlation, query_id, submitted_at, now);
  };
  return queue_.run_blocking(adopt).value();
}

} // namespace postbackd::store::tables
