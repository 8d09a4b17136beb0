#pragma once

#include <chrono>

namespace postbackd::sqlite
{

// In pages of the WAL; tests give smaller numbers.
struct CheckpointPages {
  int step = 6'000;         // 24 MiB
  int long_wal = 12'000;    // 48 MiB; the rest gets small while the WAL grows by a third
  int longest_wal = 18'000; // 72 MiB
  int small_rest = 300;     // a few milliseconds
};

// What is known of the current WAL. A WAL that begins anew has a state of its own.
struct WalState {
  int pages = 0;     // at the last commit
  int looked_at = 0; // at the last checkpoint
  int moved = 0;     // of them, those in the database
  int catch_ups = 0; // checkpoints that were asked for since it is long
};

// What is done after a commit.
struct CheckpointPlan {
  enum class Who {
    nobody,
    thread, // soon, beside the commits
    writer, // now, before the next commit
  };
  Who who = Who::nobody;
  int most_pages = 0; // if a checkpoint runs meanwhile, the writer waits for it above so many
};

// Decides who moves the WAL. A checkpoint begins after so many new pages: a page that many commits change is
// then moved once. Under a steady load none is complete, because pages come meanwhile, and only a complete
// one lets the WAL start again from its beginning. So above `long_wal` the thread catches up, and the writer
// itself moves the small rest; above `longest_wal`, also a larger one.
CheckpointPlan plan_checkpoint(const WalState& wal, const CheckpointPages& limits,
                               std::chrono::steady_clock::duration since_look);

} // namespace postbackd::sqlite
