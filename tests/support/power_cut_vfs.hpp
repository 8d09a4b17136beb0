#pragma once

#include <filesystem>
#include <functional>

namespace postbackd::test
{

// A SQLite VFS on top of the system's that knows what a disk would have if the power failed now: all that was
// synced, and of the rest any sectors, in any mixture of old and new.
struct PowerCutVfs {
  static constexpr const char* name = "power-cut";

  // Registers it. It serves one store at a time.
  static void install();

  // Calls on_cut before each period-th write or sync from now on, while no other write or sync goes on;
  // without a function it stops.
  static void cut_each(int period, std::function<void()> on_cut);
  // The next sync of the database ("") or of the WAL ("-wal") fails, once. As Linux does it, what was dirty
  // then is neither on the disk nor dirty any longer, although the file still reads as it was written.
  static void fail_next_sync(const char* suffix);
  // Within on_cut, or while nobody uses the store: writes the database and the WAL as such a disk would have
  // them, without the -shm file, which is memory. `fortune` is the part of the unsynced sectors that has
  // reached the disk, 0 to 1.
  static void write_image(const std::filesystem::path& database, double fortune);
};

} // namespace postbackd::test
