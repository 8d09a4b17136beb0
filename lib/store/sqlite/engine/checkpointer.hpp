#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/rate_limit.hpp"
#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/engine/lock_holders.hpp"

namespace postbackd::store::sqlite
{

// Moves the WAL into the database on a thread and a connection of its own, so that no commit waits for it.
//
// All checkpoints of the process are made here, one at a time; after a complete one, the next begins only
// after a commit: SQLite before 3.51.3 can lose pages when a checkpoint starts right after a complete one
// while the writer restarts the WAL (sqlite.org/wal.html, "The WAL-Reset Bug").
class Checkpointer
{
public:
  explicit Checkpointer(const ConnectionOptions& options);
  ~Checkpointer();

  // Called by the writer after each commit with the WAL's size in pages. Once the WAL has passed
  // longest_wal_pages, the writer's own connection moves the small rest; otherwise the file would grow for
  // ever under a steady load.
  void committed(int wal_pages, Connection& writer);

  // Moves what can be moved without waiting. Returns false when it did nothing, because the last checkpoint
  // was complete and nothing has been committed since.
  bool checkpoint(Connection& connection);

  static constexpr int worthwhile_pages = 1'000;   // 4 MiB
  static constexpr int longest_wal_pages = 16'384; // 64 MiB
  // The WAL grows beyond this only while a reader holds it.
  static constexpr int held_wal_pages = longest_wal_pages + worthwhile_pages;

private:
  void work();
  void warn_of_reader(int pages);

  Connection connection_;
  LockHolders lock_holders_;
  base::RateLimit warnings_{1, std::chrono::minutes(1)};
  std::mutex checkpointing_;
  bool complete_ = false; // the last checkpoint was, without a commit since; guarded by checkpointing_
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::store::sqlite
