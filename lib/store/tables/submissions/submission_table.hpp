#pragma once

#include "sql/statement.hpp"
#include "store/submission_store.hpp"
#include "store/tables/postbacks/postback_table.hpp"
#include "store/tables/queries/event_table.hpp"
#include "store/tables/queries/usage_table.hpp"
#include "store/tables/submissions/submission_turns.hpp"

namespace postbackd::store::tables
{

// Submissions, inside the writer's transaction. Writer thread only.
class SubmissionTable
{
public:
  SubmissionTable(sql::Database& database, PostbackTable& postbacks);

  void record(const SubmissionReport& answer, base::TimePoint now);
  // Closes the queries of some submissions that were not sent in time.
  bool expire(base::TimePoint now);
  // Appends queued submissions that are due, in fair turns, makes them `submitting`, and starts their
  // deadlines.
  void claim_submissions(const SubmissionStore::Step& step, base::TimePoint now,
                         std::vector<ClaimedSubmission>& claimed);
  // As SubmissionStore::adopt.
  Adoption adopt(const std::string& correlation, const std::string& query_id, base::TimePoint submitted_at,
                 base::TimePoint now);

private:
  void submit(const std::string& correlation, base::TimePoint now, std::chrono::milliseconds allowance,
              std::vector<ClaimedSubmission>& claimed);
  void dispute(const SubmissionReport& answer);
  // Returns nothing if there was a later attempt.
  std::optional<std::chrono::seconds> deadline_of(const SubmissionReport& answer);
  // Returns the row of the query, or nothing if it has another state by now.
  std::optional<std::int64_t> set_state(const SubmissionReport& answer, const char* state,
                                        base::TimePoint deadline);

  PostbackTable& postbacks_;
  sql::Statement dispute_;
  sql::Statement tell_;
  sql::Statement early_;
  sql::Statement claim_early_;
  sql::Statement say_;
  sql::Statement set_state_;
  sql::Statement deadline_;
  sql::Statement disputed_;
  sql::Statement requeue_;
  sql::Statement expired_;
  sql::Statement count_expired_;
  sql::Statement claim_;
  sql::Statement begin_;
  sql::Statement unqueue_;
  sql::Statement submitted_;
  EventTable events_;
  UsageTable usage_;
  Doubt doubt_;
  sql::Database& database_;
  SubmissionTurns turns_;
};

} // namespace postbackd::store::tables
