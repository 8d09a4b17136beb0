#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/rate_limit.hpp"
#include "sqlite/checkpoint_plan.hpp"
#include "sqlite/checkpoints.hpp"

namespace postbackd::sqlite
{

// Moves the WAL into the database on a thread and a connection of its own, so that no commit waits for it,
// and has the writer do it where checkpoint_plan.hpp says so.
class Checkpointer
{
public:
  Checkpointer(const ConnectionOptions& options, const CheckpointPages& limits);
  ~Checkpointer();

  // Called by the writer after each commit with the WAL's size in pages.
  void committed(int wal_pages, Connection& writer);

  // Called by the writer once a second while it has nothing to do: other programs may have filled the WAL.
  void look();

  // Moves everything and cuts the WAL's file to nothing; waits for a moment only: call it again. `commit`
  // commits something by the writer, so that there is a commit between two checkpoints.
  base::Result<void> empty_wal(const std::function<base::Result<void>()>& commit);

  // Moves what can be moved. Returns false when there was nothing to move, or another process does it.
  bool checkpoint(Connection& connection);

private:
  using Clock = std::chrono::steady_clock;

  void work();
  void want();
  void warn_of_reader(int pages);
  void allow_for_others();

  const CheckpointPages limits_;
  Connection connection_;
  std::atomic<int> most_pages_; // CheckpointPlan::most_pages
  std::mutex checkpointing_;    // guards these four
  Checkpoints checkpoints_;
  WalState wal_;
  Clock::time_point looked_when_;
  base::RateLimit warnings_{1, std::chrono::minutes(1)};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace postbackd::sqlite
