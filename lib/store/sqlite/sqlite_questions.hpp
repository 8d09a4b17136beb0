#pragma once

#include <mutex>

#include "base/free_space.hpp"
#include "store/question_store.hpp"
#include "store/sqlite/commit_queue.hpp"
#include "store/sqlite/question_table.hpp"
#include "store/sqlite/recovery_table.hpp"

namespace postbackd::store::sqlite
{

// Questions in the SQLite file. Writes share the commits of postbacks; reads have a connection of their own.
class SqliteQuestions final : public QuestionStore
{
public:
  SqliteQuestions(const ConnectionOptions& options, SQLite::Database& writer, PostbackTable& postbacks,
                  CommitQueue& queue, const base::FreeSpace* free_space);

  std::vector<Queued> enqueue(const std::vector<model::Question>& questions, const std::string& route,
                              base::TimePoint now) override;
  bool has_work(const Step& step, base::TimePoint now) override;
  Work advance(const Step& step, base::TimePoint now) override;
  std::optional<QueryState> find(const std::string& id) override;
  Adoption adopt(const std::string& correlation, const std::string& query_id,
                 base::TimePoint asked_at) override;

private:
  void run(const std::function<void()>& function);

  SQLite::Database& writer_;
  QuestionTable table_; // the writer thread's, as the next
  RecoveryTable recoveries_;
  CommitQueue& queue_;
  const base::FreeSpace* free_space_; // none: there always is room
  Connection reader_;
  SQLite::Statement queued_;
  SQLite::Statement due_;
  std::mutex finder_mutex_;
  Connection finder_;
};

} // namespace postbackd::store::sqlite
