#pragma once

#include <functional>
#include <mutex>

#include "store/sqlite/engine/commit_queue.hpp"
#include "store/sqlite/submissions/recovery_table.hpp"
#include "store/sqlite/submissions/submission_table.hpp"
#include "store/submission_store.hpp"

namespace postbackd::store::sqlite
{

// Submissions in the SQLite file. Writes share the commits of postbacks; reads have a connection of their
// own.
class SqliteSubmissionStore final : public SubmissionStore
{
public:
  using HasRoom = std::function<base::Result<void>(std::uint64_t bytes)>;

  // `has_room` is called before anything is accepted; if absent, there is always room.
  SqliteSubmissionStore(const ConnectionOptions& options, SQLite::Database& writer, PostbackTable& postbacks,
                        CommitQueue& queue, HasRoom has_room);

  std::vector<Enqueued> enqueue(const std::vector<model::Submission>& submissions, const std::string& route,
                                base::TimePoint now) override;
  bool has_work(const Step& step, base::TimePoint now) override;
  Work advance(const Step& step, base::TimePoint now) override;
  void rest_recoveries() override;
  std::optional<QueryRecord> find(const std::string& id) override;
  Adoption adopt(const std::string& correlation, const std::string& query_id, base::TimePoint submitted_at,
                 base::TimePoint now) override;

private:
  SQLite::Database& writer_;
  SubmissionTable table_; // this and the next: the writer thread's
  RecoveryTable recoveries_;
  CommitQueue& queue_;
  HasRoom has_room_;
  Connection reader_;
  SQLite::Statement queued_;
  SQLite::Statement due_;
  std::mutex finder_mutex_;
  Connection finder_;
};

} // namespace postbackd::store::sqlite
