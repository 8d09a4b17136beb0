#pragma once

#include "sqlite/checkpointer.hpp"
#include "sqlite/commit_queue.hpp"
#include "sqlite/reading.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/postbacks/large_bodies.hpp"
#include "store/sqlite/retention/age_retention.hpp"
#include "store/sqlite/retention/retention.hpp"
#include "store/upkeep_store.hpp"

namespace postbackd::store::sqlite
{

class SqliteUpkeepStore final : public UpkeepStore
{
public:
  SqliteUpkeepStore(const ConnectionOptions& options, SQLite::Database& writer, LargeBodies& large_bodies,
                    Checkpointer& checkpointer, CommitQueue& queue);

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

  SQLite::Database& writer_;
  LargeBodies& large_bodies_;
  Checkpointer& checkpointer_;
  CommitQueue& queue_;
  Retention retention_;
  AgeRetention age_retention_;
  Reader reader_;
  bool pieces_erased_ = false; // since the WAL was emptied; for complete_erasure()
};

} // namespace postbackd::store::sqlite
