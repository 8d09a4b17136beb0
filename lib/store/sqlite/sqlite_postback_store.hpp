#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "sqlite/commit_queue.hpp"
#include "store/postback_store.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/postbacks/figures.hpp"
#include "store/sqlite/postbacks/large_bodies.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"

namespace postbackd::store::sqlite
{

// Queries and postbacks in the SQLite file.
class SqlitePostbackStore final : public PostbackStore
{
public:
  SqlitePostbackStore(const ConnectionOptions& options, SQLite::Database& writer, PostbackTable& table,
                      LargeBodies& large_bodies, CommitQueue& queue);

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

  std::filesystem::path path_;
  SQLite::Database& writer_;
  PostbackTable& table_; // the writer thread's
  LargeBodies& large_bodies_;
  CommitQueue& queue_;
  std::mutex probe_mutex_;
  std::shared_ptr<const Probe> probe_; // the newest
  Figures figures_;
};

} // namespace postbackd::store::sqlite
