#pragma once

#include <atomic>

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store::tables
{

class TableWatchStore final : public WatchStore
{
public:
  TableWatchStore(Engine& engine, sql::Database& writer, CommitQueue& queue)
      : size_sql_(engine.size_sql()), writer_(writer), queue_(queue), reader_(engine.open_reader()),
        report_reader_(engine.open_reader())
  {
  }

  base::Result<void> add_refusals(const std::vector<RefusalCount>& refusals) override;
  base::Result<void> set_alerts(const std::string& source, const std::vector<Alert>& seen,
                                base::TimePoint now) override;
  base::Result<void> note_size(base::TimePoint now) override;
  std::vector<AlertRecord> alerts(std::int64_t before, std::size_t most) override;
  std::vector<AccessRecord> accesses(std::int64_t before, std::size_t most) override;
  std::vector<ObjectRecord> objects(std::int64_t before, std::size_t most) override;
  std::vector<RefusalCount> refusals(const std::string& since_day, std::size_t most) override;
  std::vector<DayCounts> days(const std::string& since_day) override;
  Report report(base::TimePoint from, base::TimePoint to) override;

private:
  const char* size_sql_;
  sql::Database& writer_;
  CommitQueue& queue_;
  Reader reader_;
  Reader report_reader_; // it takes longer than others may wait
  std::atomic<bool> reports_ = false;
};

} // namespace postbackd::store::tables
