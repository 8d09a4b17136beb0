#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/sqlite/connection.hpp"

namespace postbackd::store::sqlite
{

// Moves the WAL into the database on a thread and a connection of its own, so that no commit waits for it.
class Checkpointer
{
public:
  explicit Checkpointer(const ConnectionOptions& options);
  ~Checkpointer();

  // Told by the writer after each commit: a checkpoint is worth its sync from `worthwhile_pages` on.
  void wal_has(int pages);

  static constexpr int worthwhile_pages = 1'000; // 4 MiB

private:
  void work();

  Connection connection_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

// What the writer does itself, between two groups, once the WAL has grown past `longest_wal_pages`: the
// little that the checkpointer has not moved yet. The WAL then begins anew. Without it a steady load lets the
// file grow for ever.
constexpr int longest_wal_pages = 16'384; // 64 MiB
void finish_checkpoint(Connection& writer);

} // namespace postbackd::store::sqlite
