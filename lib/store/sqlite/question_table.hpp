#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "store/question_store.hpp"
#include "store/sqlite/postback_table.hpp"

namespace postbackd::store::sqlite
{

// Questions and recoveries, inside the writer's transaction. Writer thread only.
class QuestionTable
{
public:
  QuestionTable(SQLite::Database& database, PostbackTable& postbacks);

  void record(const Answer& answer);
  // Appends what is queued and due; it is `submitting` then, and its deadline runs.
  void claim_submissions(std::size_t most, base::TimePoint now, std::vector<Submission>& claimed);
  void record(const RecoveryReport& report, base::TimePoint now);
  void claim_recoveries(const QuestionStore::Step& step, base::TimePoint now, std::vector<Recovery>& claimed);

private:
  void submit(const std::string& correlation, base::TimePoint now, std::vector<Submission>& claimed);
  void recover(std::int64_t query, std::vector<Recovery>& claimed);
  bool set_state(const std::string& correlation, const char* state);

  PostbackTable& postbacks_;
  SQLite::Statement say_;
  SQLite::Statement set_state_;
  SQLite::Statement requeue_;
  SQLite::Statement queued_;
  SQLite::Statement facts_;
  SQLite::Statement begin_;
  SQLite::Statement unqueue_;
  SQLite::Statement submitted_;
  SQLite::Statement due_;
  SQLite::Statement recover_;
  SQLite::Statement recovery_;
  SQLite::Statement drop_;
  SQLite::Statement later_;
  SQLite::Statement lose_;
  SQLite::Statement ask_again_;
  SQLite::Statement queue_again_;
};

} // namespace postbackd::store::sqlite
