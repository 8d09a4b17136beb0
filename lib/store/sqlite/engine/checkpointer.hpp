#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/rate_limit.hpp"
#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/engine/wal_readers.hpp"

namespace postbackd::store::sqlite
{

// Moves the WAL into the database on a thread and a connection of its own, so that no commit waits for it.
//
// All checkpoints of the process are made here, one at a time, and after a complete one no other begins
// before a commit: SQLite before 3.51.3 can lose pages when a checkpoint starts right after a complete one
// while the writer begins the WAL anew (sqlite.org/wal.html, "The WAL-Reset Bug").
class Checkpointer
{
public:
  explicit Checkpointer(const ConnectionOptions& options);
  ~Checkpointer();

  // Told by the writer after each commit: how many pages the WAL has. The writer's own connection moves the
  // little that is left once the WAL has grown past longest_wal_pages; without it a steady load lets the file
  // grow for ever.
  void committed(int wal_pages, Connection& writer);

  static constexpr int worthwhile_pages = 1'000;   // 4 MiB
  static constexpr int longest_wal_pages = 16'384; // 64 MiB
  // Longer than this it becomes only when a reader holds it.
  static constexpr int held_wal_pages = longest_wal_pages + worthwhile_pages;

private:
  void work();
  void checkpoint(Connection& connection);
  void warn_of_reader(int pages);

  Connection connection_;
  WalReaders readers_;
  base::RateLimit warnings_{1, std::chrono::minutes(1)};
  std::mutex checkpointing_;
  bool complete_ = false; // of the last checkpoint, and no commit since; guarded by checkpointing_
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::store::sqlite
