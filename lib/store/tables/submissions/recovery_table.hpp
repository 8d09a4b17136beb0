#pragma once

#include "sql/statement.hpp"
#include "store/submission_store.hpp"
#include "store/tables/queries/event_table.hpp"
#include "store/tables/queries/usage_table.hpp"

namespace postbackd::store::tables
{

// Queries whose result must be fetched, inside the writer's transaction. Writer thread only. Triggers make
// the rows (schema/*/6_matching.sql).
class RecoveryTable
{
public:
  explicit RecoveryTable(sql::Database& database);

  void record(const RecoveryReport& report, base::TimePoint now);
  void claim(const SubmissionStore::Step& step, base::TimePoint now, std::vector<Recovery>& claimed);

private:
  void recover(std::int64_t query, std::vector<Recovery>& claimed);
  void give_back(std::int64_t query);
  bool resubmit(std::int64_t query, base::TimePoint now);

  sql::Statement due_;
  sql::Statement recover_;
  sql::Statement recovery_;
  sql::Statement drop_;
  sql::Statement later_;
  sql::Statement lose_;
  sql::Statement submit_again_;
  sql::Statement queue_again_;
  sql::Statement unnamed_;
  EventTable events_;
  UsageTable usage_;
};

} // namespace postbackd::store::tables
