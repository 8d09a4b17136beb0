#include "sqlite/wal_index.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace postbackd::sqlite
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
// The same, "The WAL File Format".
constexpr std::int64_t wal_header = 32;
constexpr std::int64_t frame_header = 24;

// Without times: StoreFiles says why.
std::optional<std::int64_t> size_of(const std::string& file)
{
  struct statx status {
  };
  if (::statx(AT_FDCWD, file.c_str(), 0, STATX_SIZE, &status) != 0) return std::nullopt;
  return static_cast<std::int64_t>(status.stx_size);
}

} // namespace

// The first copy of the header of the wal-index.
struct WalIndex::Header {
  std::uint32_t version, unused, change;
  std::uint8_t initialised, big_endian;
  std::uint16_t page_size;
  std::uint32_t frames, pages;
  std::uint32_t checksums_and_salts[6];

  std::int64_t bytes_of_page() const { return page_size == 1 ? 65'536 : page_size; }
};

// Never closed: closing any descriptor of a file drops all locks that the process holds on it (fcntl(2)),
// also those of its SQLite connections.
WalIndex::WalIndex(Connection& connection)
    : database_(connection.resolved_path()),
      descriptor_(::open((database_.string() + "-shm").c_str(), O_RDONLY | O_CLOEXEC))
{
  if (descriptor_ < 0)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("cannot open '{}-shm': {}", database_.string(), std::strerror(errno)));
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

int WalIndex::pages() const
{
  std::uint32_t frames = 0;
  return ::pread(descriptor_, &frames, sizeof frames, frames_in_wal) == sizeof frames
             ? static_cast<int>(frames)
             : 0;
}

// Returns nothing while a commit writes it.
std::optional<WalIndex::Header> WalIndex::read_header() const
{
  static_assert(sizeof(Header) == 48);
  Header copies[2];
  if (::pread(descriptor_, copies, sizeof copies, 0) != sizeof copies || !copies[0].initialised ||
      std::memcmp(&copies[0], &copies[1], sizeof copies[0]) != 0)
    return std::nullopt;
  return copies[0];
}

std::optional<std::string> WalIndex::find_cut_file() const
{
  const std::string wal = database_.string() + "-wal";
  const auto before = read_header();
  const bool all_moved = before && waiting_pages() == 0;
  const auto wal_bytes = size_of(wal);
  const auto database_bytes = size_of(database_.string());
  const auto after = read_header();
  // Another program may cut them, if it does so as SQLite does: then the header changes.
  if (!before || !after || std::memcmp(&*before, &*after, sizeof(Header)) != 0) return std::nullopt;
  const std::int64_t frame = frame_header + before->bytes_of_page();
  const auto is_cut = [](const std::optional<std::int64_t>& bytes, std::int64_t needed) {
    return bytes && *bytes < needed;
  };
  const auto say = [](const std::string& file) {
    return fmt::format("another program has cut '{}': what was acknowledged may be lost", file);
  };
  if (before->frames > 0 && is_cut(wal_bytes, wal_header + before->frames * frame)) return say(wal);
  if (all_moved && waiting_pages() == 0 && is_cut(database_bytes, before->pages * before->bytes_of_page()))
    return say(database_.string());
  return std::nullopt;
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

} // namespace postbackd::sqlite
