#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "store/open.hpp"
#include "store/sqlite/engine/checkpointer.hpp"
#include "store/sqlite/engine/commit_queue.hpp"
#include "store/sqlite/postbacks/age_retention.hpp"
#include "store/sqlite/postbacks/large_bodies.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/postbacks/retention.hpp"

namespace postbackd::store::sqlite
{

// Queries and postbacks in the SQLite file.
class SqlitePostbackStore final : public PostbackStore
{
public:
  SqlitePostbackStore(const ConnectionOptions& options, const StoreOptions& store, SQLite::Database& writer,
                      PostbackTable& table, Checkpointer& checkpointer, CommitQueue& queue);

  boost::asio::awaitable<base::Result<model::Kept>> keep(const model::Postback& postback,
                                                         base::TimePoint now) override;
  boost::asio::awaitable<base::Result<std::int64_t>> mark_overdue(base::TimePoint now) override;
  boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                   const std::atomic<bool>& stop) override;
  boost::asio::awaitable<base::Result<std::int64_t>> remove_old(OldKind kind, base::TimePoint before,
                                                                base::TimePoint now,
                                                                const std::atomic<bool>& stop) override;
  base::Result<std::optional<base::TimePoint>> last_seen() override;
  boost::asio::awaitable<base::Result<void>> note_time(base::TimePoint now) override;
  boost::asio::awaitable<void> remove_orphans() override;
  base::Result<bool> complete_erasure() override;
  boost::asio::awaitable<base::Result<void>> probe(base::TimePoint now,
                                                   std::chrono::milliseconds patience) override;
  base::Result<StoreFigures> figures(base::TimePoint now) override;

private:
  // Sets `pieces` when the bytes are not in memory.
  boost::asio::awaitable<base::Result<void>> keep_pieces(const base::Blob& bytes,
                                                         std::optional<LargeBodies::Pieces>& pieces);
  void set(const char* name, base::TimePoint time); // a row of settings
  base::Result<bool> has_overdue(const std::string& now);

  struct Probe {
    std::atomic<bool> done = false;
    base::Result<void> outcome; // set before `done`
  };
  std::shared_ptr<const Probe> begin_probe(base::TimePoint now);

  std::filesystem::path path_;
  SQLite::Database& writer_;
  PostbackTable& table_; // the writer thread's
  Checkpointer& checkpointer_;
  CommitQueue& queue_;
  LargeBodies large_bodies_;
  Retention retention_;
  AgeRetention age_retention_;
  std::mutex probe_mutex_;
  std::shared_ptr<const Probe> probe_; // the newest
  std::mutex reader_mutex_;
  Connection reader_;
};

} // namespace postbackd::store::sqlite
