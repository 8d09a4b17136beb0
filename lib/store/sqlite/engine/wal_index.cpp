#include "store/sqlite/engine/wal_index.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace postbackd::store::sqlite
{
namespace
{

// sqlite.org/walformat.html: numbers in the byte order of the machine.
constexpr off_t frames_in_wal = 16;
constexpr off_t frames_in_database = 96;
// The same, "WAL locks": a byte for each lock.
constexpr off_t write_lock = 120;
constexpr off_t first_read_mark = 123;
constexpr off_t read_marks = 5;

} // namespace

// Never closed: closing any descriptor of a file drops all locks that the process holds on it (fcntl(2)),
// also those of its SQLite connections.
WalIndex::WalIndex(Connection& connection)
    : descriptor_(::open(
          (std::string(sqlite3_db_filename(connection.database().getHandle(), "main")) + "-shm").c_str(),
          O_RDONLY | O_CLOEXEC))
{
}

std::optional<std::string> WalIndex::find_reader() const { return find(first_read_mark, read_marks); }
std::optional<std::string> WalIndex::find_writer() const { return find(write_lock, 1); }

int WalIndex::waiting_pages() const
{
  std::uint32_t frames = 0;
  std::uint32_t moved = 0;
  // In this order a WAL that is begun anew between the two reads has nothing waiting.
  if (::pread(descriptor_, &moved, sizeof moved, frames_in_database) != sizeof moved ||
      ::pread(descriptor_, &frames, sizeof frames, frames_in_wal) != sizeof frames || moved > frames)
    return 0;
  return static_cast<int>(frames - moved);
}

std::optional<std::string> WalIndex::find(off_t start, off_t length) const
{
  struct flock lock {
  };
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  if (descriptor_ < 0 || ::fcntl(descriptor_, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
    return std::nullopt;
  const std::string pid = std::to_string(lock.l_pid);
  std::string name;
  std::getline(std::ifstream("/proc/" + pid + "/comm"), name);
  return "pid " + pid + (name.empty() ? "" : " (" + name + ")");
}

} // namespace postbackd::store::sqlite
