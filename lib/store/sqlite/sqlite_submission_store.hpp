#pragma once

#include "sqlite/commit_queue.hpp"
#include "sqlite/reading.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/submissions/recovery_table.hpp"
#include "store/sqlite/submissions/sharing.hpp"
#include "store/sqlite/submissions/submission_table.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store::sqlite
{

// Submissions in the SQLite file. Writes share the commits of postbacks; reads have a connection of their
// own.
class SqliteSubmissionStore final : public SubmissionStore
{
public:
  SqliteSubmissionStore(const ConnectionOptions& options, SQLite::Database& writer, PostbackTable& postbacks,
                        CommitQueue& queue);

  bool has_work(const Step& step, base::TimePoint now) override;
  Work advance(const Step& step, base::TimePoint now) override;
  void rest_recoveries() override;
  Adoption adopt(const std::string& correlation, const std::string& query_id, base::TimePoint submitted_at,
                 base::TimePoint now) override;

private:
  bool finds(SQLite::Statement& any, const std::string& now);
  bool has_to_share();
  bool has_recovery(const std::string& now, const std::vector<std::int64_t>& running);

  SQLite::Database& writer_;
  SubmissionTable table_; // these three are the writer thread's
  RecoveryTable recoveries_;
  SharedEnds shared_;
  CommitQueue& queue_;
  Reader reader_;
  SQLite::Statement queued_;
  SQLite::Statement expired_;
  SQLite::Statement due_;
  SQLite::Statement to_share_;
};

} // namespace postbackd::store::sqlite
