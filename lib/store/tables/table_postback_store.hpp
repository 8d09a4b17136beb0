#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "sql/commit_queue.hpp"
#include "store/postback_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/postbacks/figures.hpp"
#include "store/tables/postbacks/large_bodies.hpp"
#include "store/tables/postbacks/postback_table.hpp"

namespace postbackd::store::tables
{

// Queries and postbacks.
class TablePostbackStore final : public PostbackStore
{
public:
  TablePostbackStore(Engine& engine, sql::Database& writer, PostbackTable& table, LargeBodies& large_bodies,
                     CommitQueue& queue);

  boost::asio::awaitable<base::Result<model::Kept>> keep(const model::Postback& postback,
                                                         base::TimePoint now) override;
  boost::asio::awaitable<base::Result<void>> probe(base::TimePoint now,
                                                   std::chrono::milliseconds patience) override;
  base::Result<StoreFigures> figures(base::TimePoint now) override;

private:
  // Sets `pieces` when the bytes are not in memory.
  boost::asio::awaitable<base::Result<void>> keep_pieces(const base::Blob& bytes,
                                                         std::optional<LargeBodies::Pieces>& pieces);

  struct Probe {
    std::atomic<bool> done = false;
    base::Result<void> outcome; // set before `done`
  };
  std::shared_ptr<const Probe> begin_probe(base::TimePoint now);

  Engine& engine_;
  sql::Database& writer_;
  PostbackTable& table_; // the writer thread's
  LargeBodies& large_bodies_;
  CommitQueue& queue_;
  std::mutex probe_mutex_;
  std::shared_ptr<const Probe> probe_; // the newest
  Figures figures_;
};

} // namespace postbackd::store::tables
