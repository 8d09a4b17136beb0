#pragma once

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/postbacks/large_bodies.hpp"
#include "store/tables/retention/age_retention.hpp"
#include "store/tables/retention/retention.hpp"
#include "store/upkeep_store.hpp"

namespace postbackd::store::tables
{

class TableUpkeepStore final : public UpkeepStore
{
public:
  TableUpkeepStore(Engine& engine, sql::Database& writer, LargeBodies& large_bodies, CommitQueue& queue);

  base::Result<std::int64_t> mark_overdue(base::TimePoint now) override;
  base::Result<std::int64_t> end_groups(base::TimePoint now) override;
  boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                   const std::atomic<bool>& stop) override;
  boost::asio::awaitable<base::Result<std::int64_t>> remove_old(OldKind kind, base::TimePoint before,
                                                                base::TimePoint now,
                                                                const std::atomic<bool>& stop) override;
  base::Result<std::optional<base::TimePoint>> last_seen() override;
  boost::asio::awaitable<base::Result<void>> note_time(base::TimePoint now) override;
  boost::asio::awaitable<void> remove_orphans(std::chrono::steady_clock::time_point now) override;
  base::Result<bool> complete_erasure() override;

private:
  base::Result<bool> erase_some_pieces();

  Engine& engine_;
  sql::Database& writer_;
  LargeBodies& large_bodies_;
  CommitQueue& queue_;
  Retention retention_;
  AgeRetention age_retention_;
  Reader reader_;
  bool pieces_erased_ = false; // since the WAL was emptied; for complete_erasure()
};

} // namespace postbackd::store::tables
