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
  // Within on_cut: writes the database and the WAL as such a disk would have them, without the -shm file,
  // which is memory. `fortune` is the part of the unsynced sectors that has reached the disk, 0 to 1.
  static void write_image(const std::filesystem::path& database, double fortune);
};

} // namespace postbackd::test
