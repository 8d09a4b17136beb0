#include "store/sqlite/engine/wal_readers.hpp"

#include <fcntl.h>
#include <fstream>

namespace postbackd::store::sqlite
{
namespace
{

// sqlite.org/walformat.html, "WAL locks": five read marks, each a byte of the -shm file.
constexpr off_t first_read_mark = 123;
constexpr off_t read_marks = 5;

} // namespace

// Never closed: closing any descriptor of a file drops all locks that the process holds on it (fcntl(2)),
// also those of its SQLite connections.
WalReaders::WalReaders(const std::filesystem::path& store)
    : descriptor_(::open((store.string() + "-shm").c_str(), O_RDONLY | O_CLOEXEC))
{
}

std::optional<std::string> WalReaders::find() const
{
  struct flock lock {
  };
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = first_read_mark;
  lock.l_len = read_marks;
  if (descriptor_ < 0 || ::fcntl(descriptor_, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
    return std::nullopt;
  const std::string pid = std::to_string(lock.l_pid);
  std::string name;
  std::getline(std::ifstream("/proc/" + pid + "/comm"), name);
  return "pid " + pid + (name.empty() ? "" : " (" + name + ")");
}

} // namespace postbackd::store::sqlite
