#pragma once

#include <atomic>
#include <chrono>

namespace postbackd::test
{

// A SQLite VFS on top of the system's; its files fail when a switch is set.
struct FaultyVfs {
  static constexpr const char* name = "faulty";

  // Registers it. The switches apply to the whole process.
  static void install();

  static std::atomic<bool> disk_full;
  static std::atomic<bool> sync_fails;
  static std::atomic<int> unlocks_until_failure; // of the wal-index; one fails when it gets 0
  static std::atomic<int> calls_until_end; // writes, syncs, truncations; the process ends when it gets 0
  static std::atomic<int> syncs;           // number of calls so far
  static std::atomic<std::chrono::milliseconds> checkpoint_delay; // of each sync by the checkpointer's thread
};

} // namespace postbackd::test
