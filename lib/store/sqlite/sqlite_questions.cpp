#include "store/sqlite/sqlite_questions.hpp"

#include "store/sqlite/function_job.hpp"
#include "store/sqlite/question_queue.hpp"
#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto queued_sql = "SELECT 1 FROM questions WHERE next_attempt_at <= ?1 LIMIT 1";
constexpr auto due_sql = R"(
  SELECT 1 FROM recoveries
   WHERE next_attempt_at <= ?1 AND query NOT IN (SELECT value FROM json_each(?2)) LIMIT 1)";

std::string array_of(const std::vector<std::int64_t>& numbers)
{
  std::string text;
  for (const std::int64_t number : numbers)
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return "[" + text + "]";
}

} // namespace

SqliteQuestions::SqliteQuestions(const ConnectionOptions& options, SQLite::Database& writer,
                                 PostbackTable& postbacks, CommitQueue& queue,
                                 const base::FreeSpace* free_space)
    : writer_(writer), table_(writer, postbacks), recoveries_(writer), queue_(queue), free_space_(free_space),
      reader_(options, Connection::Mode::read), queued_(reader_.database(), queued_sql),
      due_(reader_.database(), due_sql), finder_(options, Connection::Mode::read)
{
}

void SqliteQuestions::run(const std::function<void()>& function)
{
  FunctionJob job(function);
  queue_.run_blocking(job);
  if (job.error()) throw base::Failure(*job.error());
}

std::vector<Queued> SqliteQuestions::enqueue(const std::vector<model::Question>& questions,
                                             const std::string& route, base::TimePoint now)
{
  if (const auto room = free_space_ ? free_space_->check() : base::Result<void>(); !room)
    throw base::Failure(room.error());
  std::vector<Queued> queued;
  run([&] { queued = sqlite::enqueue(writer_, questions, route, now); });
  return queued;
}

bool SqliteQuestions::has_work(const Step& step, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  if (step.most_submissions > 0) {
    const Reset reset(queued_);
    bind_text(queued_, 1, time);
    if (queued_.executeStep()) return true;
  }
  if (step.most_recoveries == 0) return false;
  const std::string running = array_of(step.running);
  const Reset reset(due_);
  bind_text(due_, 1, time);
  bind_text(due_, 2, running);
  return due_.executeStep();
}

QuestionStore::Work SqliteQuestions::advance(const Step& step, base::TimePoint now)
{
  Work work;
  run([&] {
    work = {};
    for (const Answer& answer : step.answers)
      table_.record(answer, now);
    for (const RecoveryReport& report : step.reports)
      recoveries_.record(report, now);
    table_.claim_submissions(step, now, work.submissions);
    recoveries_.claim(step, now, work.recoveries);
  });
  return work;
}

std::optional<QueryState> SqliteQuestions::find(const std::string& id)
{
  const std::lock_guard lock(finder_mutex_);
  return find_query_state(finder_.database(), id);
}

Adoption SqliteQuestions::adopt(const std::string& correlation, const std::string& query_id,
                                base::TimePoint asked_at)
{
  Adoption adoption = Adoption::owned;
  run([&] { adoption = table_.adopt(correlation, query_id, asked_at); });
  return adoption;
}

} // namespace postbackd::store::sqlite
