#pragma once

#include <SQLiteCpp/Statement.h>

#include "store/sqlite/queries/event_table.hpp"
#include "store/sqlite/queries/usage_table.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store::sqlite
{

// Queries whose result must be fetched, inside the writer's transaction. Writer thread only. Triggers make
// the rows (schema/6_matching.sql).
class RecoveryTable
{
public:
  explicit RecoveryTable(SQLite::Database& database);

  void record(const RecoveryReport& report, base::TimePoint now);
  void claim(const SubmissionStore::Step& step, base::TimePoint now, std::vector<Recovery>& claimed);

private:
  void recover(std::int64_t query, std::vector<Recovery>& claimed);
  void give_back(std::int64_t query);
  bool resubmit(std::int64_t query, base::TimePoint now);

  SQLite::Statement due_;
  SQLite::Statement recover_;
  SQLite::Statement recovery_;
  SQLite::Statement drop_;
  SQLite::Statement later_;
  SQLite::Statement lose_;
  SQLite::Statement submit_again_;
  SQLite::Statement queue_again_;
  SQLite::Statement unnamed_;
  EventTable events_;
  UsageTable usage_;
};

} // namespace postbackd::store::sqlite
