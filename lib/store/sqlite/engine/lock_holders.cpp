#include "store/sqlite/engine/lock_holders.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <fstream>

namespace postbackd::store::sqlite
{
namespace
{

// sqlite.org/walformat.html, "WAL locks": bytes of the -shm file, one for each lock.
constexpr off_t write_lock = 120;
constexpr off_t first_read_mark = 123;
constexpr off_t read_marks = 5;

} // namespace

// Never closed: closing any descriptor of a file drops all locks that the process holds on it (fcntl(2)),
// also those of its SQLite connections.
LockHolders::LockHolders(Connection& connection)
    : descriptor_(::open(
          (std::string(sqlite3_db_filename(connection.database().getHandle(), "main")) + "-shm").c_str(),
          O_RDONLY | O_CLOEXEC))
{
}

std::optional<std::string> LockHolders::find_reader() const { return find(first_read_mark, read_marks); }
std::optional<std::string> LockHolders::find_writer() const { return find(write_lock, 1); }

std::optional<std::string> LockHolders::find(off_t start, off_t length) const
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
