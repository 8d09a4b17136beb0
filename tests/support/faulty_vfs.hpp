#pragma once

#include <atomic>

namespace postbackd::test
{

// A SQLite VFS over the system's, whose files fail when told to.
struct FaultyVfs {
  static constexpr const char* name = "faulty";

  // Registers it; the switches are the process's.
  static void install();

  static std::atomic<bool> disk_full;
  static std::atomic<bool> sync_fails;
  static std::atomic<int> syncs; // how many there were
};

} // namespace postbackd::test
