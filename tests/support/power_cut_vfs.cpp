#include "support/power_cut_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace postbackd::test
{
namespace
{

constexpr std::size_t sector = 512;

// A file on the disk: what is surely there, and what was written to it since.
struct Disk {
  std::string synced;
  std::vector<std::pair<std::size_t, std::string>> writes;
  std::string now; // with all writes
};

struct Methods {
  sqlite3_io_methods ours; // first: a file's pMethods points at it
  const sqlite3_io_methods* real;
};

sqlite3_vfs* real = nullptr;
std::mutex mutex;                            // of all below
std::map<sqlite3_file*, std::string> suffix; // of open files: "" or "-wal"
std::map<std::string, Disk> disks;           // by suffix
int period = 0;
int calls = 0;
std::function<void()> on_cut;
std::string failing; // the suffix of the file whose next sync fails
bool fails = false;

const sqlite3_io_methods& real_methods(const sqlite3_file* file)
{
  return *reinterpret_cast<const Methods*>(file->pMethods)->real;
}

void put(std::string& bytes, std::size_t offset, std::string_view piece)
{
  if (bytes.size() < offset + piece.size()) bytes.resize(offset + piece.size());
  std::memcpy(bytes.data() + offset, piece.data(), piece.size());
}

void count_call()
{
  if (on_cut && ++calls % period == 0) on_cut();
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset)
{
  const std::lock_guard lock(mutex);
  count_call();
  const std::string_view piece(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
  Disk& disk = disks[suffix.at(file)];
  disk.writes.emplace_back(offset, piece);
  put(disk.now, static_cast<std::size_t>(offset), piece);
  return real_methods(file).xWrite(file, bytes, count, offset);
}

int sync(sqlite3_file* file, int flags)
{
  const std::lock_guard lock(mutex);
  count_call();
  Disk& disk = disks[suffix.at(file)];
  if (fails && failing == suffix.at(file)) {
    fails = false;
    disk.writes.clear();
    return SQLITE_IOERR_FSYNC;
  }
  for (const auto& [offset, piece] : disk.writes)
    put(disk.synced, offset, piece);
  disk.writes.clear();
  return real_methods(file).xSync(file, flags);
}

// At once on the disk: what SQLite cuts off it does not need.
int truncate(sqlite3_file* file, sqlite3_int64 size)
{
  const std::lock_guard lock(mutex);
  Disk& disk = disks[suffix.at(file)];
  const auto length = static_cast<std::size_t>(size);
  disk.now.resize(length);
  disk.synced.resize(std::min(disk.synced.size(), length));
  for (auto& [offset, piece] : disk.writes)
    piece.resize(std::min(piece.size(), offset < length ? length - offset : 0));
  return real_methods(file).xTruncate(file, size);
}

int close(sqlite3_file* file)
{
  const std::lock_guard lock(mutex);
  suffix.erase(file);
  return real_methods(file).xClose(file);
}

const sqlite3_io_methods* with_memory(const sqlite3_io_methods* methods)
{
  static std::map<const sqlite3_io_methods*, Methods> all;
  Methods& found = all.try_emplace(methods, Methods{*methods, methods}).first->second;
  found.ours.xWrite = write;
  found.ours.xSync = sync;
  found.ours.xTruncate = truncate;
  found.ours.xClose = close;
  return &found.ours;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags)
{
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if (code != SQLITE_OK || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) return code;
  const std::lock_guard lock(mutex);
  file->pMethods = with_memory(file->pMethods);
  suffix[file] = flags & SQLITE_OPEN_WAL ? "-wal" : "";
  return code;
}

void write_file(const std::filesystem::path& path, const std::string& bytes)
{
  std::ofstream(path, std::ios::binary) << bytes;
}

} // namespace

void PowerCutVfs::install()
{
  static sqlite3_vfs vfs;
  disks.clear();
  fails = false;
  if (real) return;
  real = sqlite3_vfs_find(nullptr);
  vfs = *real;
  vfs.zName = name;
  vfs.xOpen = open;
  sqlite3_vfs_register(&vfs, 0);
}

void PowerCutVfs::cut_each(int calls_between, std::function<void()> function)
{
  const std::lock_guard lock(mutex);
  period = calls_between;
  on_cut = std::move(function);
}

void PowerCutVfs::fail_next_sync(const char* of)
{
  const std::lock_guard lock(mutex);
  failing = of;
  fails = true;
}

void PowerCutVfs::write_image(const std::filesystem::path& database, double fortune)
{
  static std::mt19937 random(1); // the same cuts in each run
  std::bernoulli_distribution reaches(fortune);
  for (const auto& [name_end, disk] : disks) {
    std::string bytes = disk.synced;
    for (const auto& [offset, piece] : disk.writes)
      for (std::size_t at = 0; at < piece.size(); at += sector - (offset + at) % sector)
        if (reaches(random))
          put(bytes, offset + at, std::string_view(piece).substr(at, sector - (offset + at) % sector));
    write_file(database.string() + name_end, bytes);
  }
}

} // namespace postbackd::test
