#pragma once

#include "sqlite/commit_queue.hpp"
#include "sqlite/reading.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store::sqlite
{

class SqliteWatchStore final : public WatchStore
{
public:
  SqliteWatchStore(const ConnectionOptions& options, SQLite::Database& writer, CommitQueue& queue)
      : writer_(writer), queue_(queue), reader_(options)
  {
  }

  base::Result<void> add_refusals(const std::vector<RefusalCount>& refusals) override;
  base::Result<void> set_alerts(const std::string& source, const std::vector<Alert>& seen,
                                base::TimePoint now) override;
  base::Result<void> note_size(base::TimePoint now) override;

private:
  SQLite::Database& writer_;
  CommitQueue& queue_;
  Reader reader_;
};

} // namespace postbackd::store::sqlite
