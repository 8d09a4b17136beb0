#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/queries/event_table.hpp"
#include "store/sqlite/queries/usage_table.hpp"
#include "store/sqlite/submissions/submission_turns.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store::sqlite
{

// Submissions, inside the writer's transaction. Writer thread only.
class SubmissionTable
{
public:
  SubmissionTable(SQLite::Database& database, PostbackTable& postbacks);

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
  SQLite::Statement dispute_;
  SQLite::Statement tell_;
  SQLite::Statement claim_early_;
  SQLite::Statement say_;
  SQLite::Statement set_state_;
  SQLite::Statement deadline_;
  SQLite::Statement disputed_;
  SQLite::Statement requeue_;
  SQLite::Statement expired_;
  SQLite::Statement count_expired_;
  SQLite::Statement claim_;
  SQLite::Statement begin_;
  SQLite::Statement unqueue_;
  SQLite::Statement submitted_;
  EventTable events_;
  UsageTable usage_;
  Doubt doubt_;
  SQLite::Database& database_;
  SubmissionTurns turns_;
};

} // namespace postbackd::store::sqlite
