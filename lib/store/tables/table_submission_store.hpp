#pragma once

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/submission_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/submissions/recovery_table.hpp"
#include "store/tables/submissions/sharing.hpp"
#include "store/tables/submissions/submission_table.hpp"

namespace postbackd::store::tables
{

// Submissions. Writes share the commits of postbacks; reads have a connection of their
// own.
class TableSubmissionStore final : public SubmissionStore
{
public:
  TableSubmissionStore(Engine& engine, sql::Database& writer, PostbackTable& postbacks, CommitQueue& queue);

  bool has_work(const Step& step, base::TimePoint now) override;
  Work advance(const Step& step, base::TimePoint now) override;
  void rest_recoveries() override;
  Adoption adopt(const std::string& correlation, const std::string& query_id, base::TimePoint submitted_at,
                 base::TimePoint now) override;

private:
  bool finds(sql::Statement& any, const std::string& now);
  bool has_to_share();
  bool has_recovery(const std::string& now, const std::vector<std::int64_t>& running);

  Engine& engine_;
  sql::Database& writer_;
  SubmissionTable table_; // these three are the writer thread's
  RecoveryTable recoveries_;
  SharedEnds shared_;
  CommitQueue& queue_;
  Reader reader_;
  sql::Statement queued_;
  sql::Statement expired_;
  sql::Statement due_;
  sql::Statement to_share_;
};

} // namespace postbackd::store::tables
