#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "store/question_store.hpp"
#include "store/sqlite/postback_table.hpp"

namespace postbackd::store::sqlite
{

// Questions, inside the writer's transaction. Writer thread only.
class QuestionTable
{
public:
  QuestionTable(SQLite::Database& database, PostbackTable& postbacks);

  void record(const Answer& answer, base::TimePoint now);
  // Appends what is queued and due; it is `submitting` then, and its deadline runs.
  void claim_submissions(const QuestionStore::Step& step, base::TimePoint now,
                         std::vector<Submission>& claimed);
  // As QuestionStore::adopt.
  Adoption adopt(const std::string& correlation, const std::string& query_id, base::TimePoint asked_at);

private:
  void submit(const std::string& correlation, base::TimePoint now, std::chrono::milliseconds allowance,
              std::vector<Submission>& claimed);
  // Nothing when there was a later submission.
  std::optional<std::chrono::seconds> deadline_of(const Answer& answer);
  bool set_state(const Answer& answer, const char* state, base::TimePoint deadline);

  PostbackTable& postbacks_;
  SQLite::Statement say_;
  SQLite::Statement set_state_;
  SQLite::Statement deadline_;
  SQLite::Statement disputed_;
  SQLite::Statement requeue_;
  SQLite::Statement queued_;
  SQLite::Statement facts_;
  SQLite::Statement begin_;
  SQLite::Statement unqueue_;
  SQLite::Statement submitted_;
};

} // namespace postbackd::store::sqlite
