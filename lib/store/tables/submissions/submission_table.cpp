#include "store/tables/submissions/submission_table.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/query_actions.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto dispute_sql =
    "UPDATE submissions SET acknowledged = ?2, fingerprint = NULL WHERE correlation = ?1";
constexpr auto tell_sql = R"(
  UPDATE postbacks SET problem = 'its QueryId is not the one that the platform acknowledged'
   WHERE receipt = (SELECT receipt FROM queries WHERE correlation = ?1)
  RETURNING receipt, problem)";
// It came to its own URL before the acknowledgement. The trigger postbacks_matched continues.
constexpr auto early_sql = R"(
  SELECT receipt FROM postbacks INDEXED BY postbacks_unmatched
   WHERE query_row IS NULL AND query_id = ?2 AND correlation = ?1 ORDER BY receipt)";
constexpr auto claim_early_sql = R"(
  UPDATE postbacks SET query_row = (SELECT id FROM queries WHERE correlation = ?1) WHERE receipt = ?2)";
constexpr auto say_sql = R"(
  UPDATE submissions SET code = ?2, message = ?3
   WHERE correlation = ?1 AND NOT EXISTS (SELECT 1 FROM queries q WHERE q.correlation = ?1 AND q.erased_at IS NOT NULL))";
// A postback may have come before the acknowledgement: then the state that it set stays.
constexpr auto set_state_sql = R"(
  UPDATE queries SET state = ?2, deadline_at = coalesce((SELECT deadline_at FROM submissions WHERE correlation = ?1), ?4)
   WHERE correlation = ?1 AND state = 'submitting'
     AND (SELECT attempts FROM submissions WHERE correlation = ?1) = ?3
  RETURNING id)";
constexpr auto deadline_sql = "SELECT deadline FROM submissions WHERE correlation = ?1 AND attempts = ?2";
constexpr auto requeue_sql = "UPDATE submissions SET next_attempt_at = ?2 WHERE correlation = ?1";

constexpr auto expired_sql = R"(
  SELECT s.correlation, s.expires_at, q.id FROM submissions s INDEXED BY submissions_expiring CROSS JOIN queries q ON q.correlation = s.correlation
   WHERE s.next_attempt_at IS NOT NULL AND s.expires_at <= ?1 LIMIT 500)";
constexpr auto count_expired_sql = "INSERT INTO stats (day, expired) VALUES (?1, 1) ON CONFLICT (day) DO "
                                   "UPDATE SET expired = stats.expired + 1";
constexpr auto claim_submission_sql = R"(
  SELECT s.route, q.api, q.datasets, s.q, q.label, q.key, s.deadline, s.attempts + 1, s.parameters, q.trace
    FROM submissions s JOIN queries q ON q.correlation = s.correlation
   WHERE s.correlation = ?1 AND q.state = 'queued')";
// While its request is under way, no query is overdue.
constexpr auto begin_sql = R"(
  UPDATE queries
     SET state = 'submitting',
         deadline_at = coalesce((SELECT CASE WHEN deadline_at > ?3 THEN deadline_at ELSE ?3 END FROM submissions WHERE correlation = ?1 AND deadline_at IS NOT NULL), ?2)
   WHERE correlation = ?1)";
constexpr auto unqueue_sql = "UPDATE submissions SET next_attempt_at = NULL WHERE correlation = ?1";
// A resubmission keeps the time of the first attempt, from which the log is searched.
constexpr auto submitted_sql = R"(
  UPDATE submissions
     SET next_attempt_at = NULL, attempts = attempts + 1, code = NULL, message = NULL,
         submitted_at = CASE WHEN resubmitted AND submitted_at IS NOT NULL THEN submitted_at ELSE ?2 END
   WHERE correlation = ?1)";

// Of one that other parameters tell apart, no time helps; a sending so long before the record is another one.
constexpr std::chrono::minutes dispute_window{10};
// 1 if parameters tell them apart, which a record of the log does not have: then no time helps.
constexpr auto disputed_sql = R"(
  SELECT max(CASE WHEN s.parameters IS DISTINCT FROM own.parameters THEN 1 ELSE 0 END)
    FROM submissions own JOIN queries me ON me.correlation = own.correlation
         JOIN submissions s ON substr(s.q, 1, 64) = substr(own.q, 1, 64) AND s.q = own.q AND s.submitted_at IS NOT NULL
         JOIN queries q ON q.correlation = s.correlation
   WHERE own.correlation = ?1 AND s.correlation <> ?1 AND q.query_id IS NULL AND q.api = me.api
     AND (s.parameters IS DISTINCT FROM own.parameters AND q.state <> 'failed' OR q.state = 'submitting' OR q.state = 'overdue' OR q.state = 'notified' OR q.state = 'recovering' OR q.state = 'closed')
     AND s.submitted_at <= ?2
     AND CASE WHEN s.parameters IS DISTINCT FROM own.parameters THEN s.recover OR s.submitted_at > ?3
              ELSE s.submitted_at > own.submitted_at OR own.submitted_at > ?2 END)";

} // namespace

SubmissionTable::SubmissionTable(sql::Database& database, PostbackTable& postbacks)
    : postbacks_(postbacks), dispute_(database, dispute_sql), tell_(database, tell_sql),
      early_(database, early_sql), claim_early_(database, claim_early_sql), say_(database, say_sql),
      set_state_(database, set_state_sql), deadline_(database, deadline_sql),
      disputed_(database, disputed_sql), requeue_(database, requeue_sql), expired_(database, expired_sql),
      count_expired_(database, count_expired_sql), claim_(database, claim_submission_sql),
      begin_(database, begin_sql), unqueue_(database, unqueue_sql), submitted_(database, submitted_sql),
      events_(database), usage_(database), database_(database), turns_(database)
{
}

void SubmissionTable::record(const SubmissionReport& answer, base::TimePoint now)
{
  using Outcome = model::SubmissionOutcome;
  if (!answer.query_id.empty() && !postbacks_.identify(answer.correlation, answer.query_id, true, now))
    dispute(answer);
  const auto deadline = deadline_of(answer);
  if (!deadline) return; // it has been submitted again since
  bind_text(say_, 1, answer.correlation);
  answer.code ? say_.bind(2, *answer.code) : say_.bind(2);
  bind_text(say_, 3, answer.message);
  execute(say_);
  // Without a QueryId it waits like a submission whose acknowledgement was lost.
  const bool named = answer.outcome == Outcome::accepted && !answer.query_id.empty();
  const char* state = named                                     ? "pending"
                      : answer.outcome == Outcome::refused      ? "failed"
                      : answer.outcome == Outcome::not_accepted ? "queued"
                                                                : "submitting";
  const auto query = set_state(answer, state, now + *deadline);
  if (!query) return;
  if (answer.outcome == Outcome::refused) {
    usage_.give_back(answer.correlation);
    events_.append(model::EventKind::failed, {.query = *query}, text::format_time(now));
  }
  if (answer.outcome != Outcome::not_accepted) return;
  const std::string next_attempt_at = text::format_time(answer.next_attempt_at);
  bind_text(requeue_, 1, answer.correlation), bind_text(requeue_, 2, next_attempt_at);
  execute(requeue_);
}

// Another client has registered this QueryId, or a body that came to the query's own URL had another one. The
// first is no reason to lose a result that comes to the own URL; what the second one brought serves nobody
// else.
void SubmissionTable::dispute(const SubmissionReport& answer)
{
  bind_text(dispute_, 1, answer.correlation), bind_text(dispute_, 2, answer.query_id);
  execute(dispute_);
  const Reset reset(tell_);
  bind_text(tell_, 1, answer.correlation);
  if (tell_.step()) doubt_.tell(tell_.column(0).int64(), tell_.column(1).text());
  bind_text(early_, 1, answer.correlation);
  bind_text(early_, 2, answer.query_id);
  for (const std::int64_t receipt : numbers_of(early_)) {
    bind_text(claim_early_, 1, answer.correlation);
    claim_early_.bind(2, receipt);
    execute(claim_early_);
  }
}

std::optional<std::chrono::seconds> SubmissionTable::deadline_of(const SubmissionReport& answer)
{
  const Reset reset(deadline_);
  bind_text(deadline_, 1, answer.correlation);
  deadline_.bind(2, answer.attempt);
  if (!deadline_.step()) return std::nullopt;
  return std::chrono::seconds(deadline_.column(0).int64());
}

std::optional<std::int64_t> SubmissionTable::set_state(const SubmissionReport& answer, const char* state,
                                                       base::TimePoint deadline)
{
  const std::string deadline_at = text::format_time(deadline);
  const Reset reset(set_state_);
  bind_text(set_state_, 1, answer.correlation);
  bind_word(set_state_, 2, state);
  set_state_.bind(3, answer.attempt);
  bind_text(set_state_, 4, deadline_at);
  if (!set_state_.step()) return std::nullopt;
  return set_state_.column(0).int64();
}

Adoption SubmissionTable::adopt(const std::string& correlation, const std::string& query_id,
                                base::TimePoint submitted_at, base::TimePoint now)
{
  {
    // The platform may write times in whole seconds.
    const std::string latest = text::format_time(submitted_at + std::chrono::seconds(1));
    const std::string earliest = text::format_time(submitted_at + std::chrono::seconds(1) - dispute_window);
    const Reset reset(disputed_);
    bind_text(disputed_, 1, correlation);
    bind_text(disputed_, 2, latest);
    bind_text(disputed_, 3, earliest);
    if (disputed_.step() && !disputed_.column(0).is_null())
      return disputed_.column(0).int32() != 0 ? Adoption::ambiguous : Adoption::disputed;
  }
  return postbacks_.identify(correlation, query_id, false, now) ? Adoption::adopted : Adoption::owned;
}

bool SubmissionTable::expire(base::TimePoint now)
{
  struct Expired {
    std::string correlation, expires_at;
    std::int64_t row;
  };
  std::vector<Expired> all;
  const std::string time = text::format_time(now);
  const std::string day = text::day_of(now);
  bind_text(expired_, 1, time);
  while (expired_.step())
    all.push_back({text_or_empty(expired_, 0), text_or_empty(expired_, 1), expired_.column(2).int64()});
  expired_.reset();
  for (const Expired& each : all) {
    QueriesToClose which{.row = each.row};
    which.only_unsent = true;
    if (close_queries(database_, which, "it expired: it was not sent until " + each.expires_at, 1, now) > 0) {
      bind_text(count_expired_, 1, day);
      execute(count_expired_);
    }
    bind_text(unqueue_, 1, each.correlation); // also what has its answer by chance
    execute(unqueue_);
  }
  return !all.empty();
}

void SubmissionTable::claim_submissions(const SubmissionStore::Step& step, base::TimePoint now,
                                        std::vector<ClaimedSubmission>& claimed)
{
  if (step.most_submissions == 0) return;
  turns_.begin(step.most_of_clients, now);
  const std::size_t enough = claimed.size() + step.most_submissions;
  while (claimed.size() < enough) {
    const auto correlation = turns_.next();
    if (!correlation) return;
    const std::size_t before = claimed.size();
    submit(*correlation, now, step.allowance, claimed);
    if (claimed.size() > before) turns_.sent();
  }
}

void SubmissionTable::submit(const std::string& correlation, base::TimePoint now,
                             std::chrono::milliseconds allowance, std::vector<ClaimedSubmission>& claimed)
{
  ClaimedSubmission submission{.correlation = correlation};
  {
    const Reset reset(claim_);
    bind_text(claim_, 1, correlation);
    if (!claim_.step()) { // the query has its answer, or no longer exists
      bind_text(unqueue_, 1, correlation);
      return execute(unqueue_);
    }
    submission.route = text_or_empty(claim_, 0);
    submission.submission = {.api = text_or_empty(claim_, 1),
                             .datasets = text_or_empty(claim_, 2),
                             .q = text_or_empty(claim_, 3),
                             .label = text_or_nothing(claim_, 4),
                             .key = text_or_nothing(claim_, 5),
                             .trace = text_or_nothing(claim_, 9),
                             .parameters = text_or_nothing(claim_, 8),
                             .deadline = std::chrono::seconds(claim_.column(6).int64())};
    submission.attempt = claim_.column(7).int32();
  }
  const std::string deadline_at = text::format_time(now + allowance + submission.submission.deadline);
  bind_text(begin_, 1, correlation);
  bind_text(begin_, 2, deadline_at);
  const std::string answered_at = text::format_time(now + allowance);
  bind_text(begin_, 3, answered_at);
  execute(begin_);
  const std::string time = text::format_time(now);
  bind_text(submitted_, 1, correlation);
  bind_text(submitted_, 2, time);
  execute(submitted_);
  claimed.push_back(std::move(submission));
}

} // namespace postbackd::store::tables
