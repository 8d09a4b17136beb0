#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/rate_limit.hpp"
#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/engine/wal_index.hpp"

namespace postbackd::store::sqlite
{

// Moves the WAL into the database on a thread and a connection of its own, so that no commit waits for it.
//
// A checkpoint begins after so many new pages: a page that many commits change is then moved once. Under a
// steady load none is complete, because pages come meanwhile, and only a complete one lets the WAL start
// again from its beginning. So above Pages::long_wal the thread catches up, and the writer itself moves the
// small rest; above Pages::longest_wal, also a larger one.
//
// All checkpoints of the process are made here, one at a time; after a complete one, the next begins only
// after a commit: SQLite before 3.51.3 can lose pages when a checkpoint starts right after a complete one
// while the writer restarts the WAL (sqlite.org/wal.html, "The WAL-Reset Bug").
class Checkpointer
{
public:
  struct Pages {
    int step = 6'000;         // 24 MiB
    int long_wal = 12'000;    // 48 MiB; the rest gets small while the WAL grows by a third
    int longest_wal = 18'000; // 72 MiB
    int small_rest = 300;     // a few milliseconds
  };

  // Tests give smaller numbers.
  Checkpointer(const ConnectionOptions& options, const Pages& pages);
  ~Checkpointer();

  // Called by the writer after each commit with the WAL's size in pages.
  void committed(int wal_pages, Connection& writer);

  // Called by the writer once a second while it has nothing to do: other programs may have filled the WAL.
  void look();

  // Moves everything and empties the WAL's file; waits for readers and the writer for a moment only:
  // call it again.
  base::Result<void> empty_wal();

  // Moves what can be moved without waiting. Returns false when it did nothing, because the last checkpoint
  // was complete and nothing has been committed since.
  bool checkpoint(Connection& connection);

private:
  using Clock = std::chrono::steady_clock;

  void work();
  void want();
  void warn_of_reader(int pages);

  Pages pages_;
  Connection connection_;
  WalIndex wal_index_;
  base::RateLimit warnings_{1, std::chrono::minutes(1)};
  std::mutex checkpointing_;
  bool complete_ = false; // the last checkpoint was, without a commit since; guarded by checkpointing_
  int wal_pages_ = 0;     // at the last commit while no checkpoint ran; the writer's
  int most_pages_;        // that the WAL may have while a checkpoint runs; the writer's
  // Of the current WAL, guarded by checkpointing_:
  int looked_at_ = 0; // its pages at the last checkpoint
  Clock::time_point looked_when_;
  int moved_ = 0;     // those in the database
  int catch_ups_ = 0; // checkpoints that were asked for since it is long
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::store::sqlite
