#include "support/faulty_vfs.hpp"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <pthread.h>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace postbackd::test
{

std::atomic<bool> FaultyVfs::disk_full = false;
std::atomic<bool> FaultyVfs::sync_fails = false;
std::atomic<int> FaultyVfs::unlocks_until_failure = 0;
std::atomic<int> FaultyVfs::calls_until_end = 0;
std::atomic<int> FaultyVfs::syncs = 0;
std::atomic<std::chrono::milliseconds> FaultyVfs::checkpoint_delay{};

namespace
{

sqlite3_vfs* real = nullptr;

// The system's VFS opens the file; we replace only its methods, one set for each set of the system's.
struct Methods {
  sqlite3_io_methods ours; // first: a file's pMethods points at it
  const sqlite3_io_methods* real;
};

const sqlite3_io_methods& real_methods(const sqlite3_file* file)
{
  return *reinterpret_cast<const Methods*>(file->pMethods)->real;
}

void maybe_end()
{
  if (FaultyVfs::calls_until_end > 0 && --FaultyVfs::calls_until_end == 0) ::_exit(1);
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset)
{
  maybe_end();
  if (FaultyVfs::disk_full) return SQLITE_FULL;
  return real_methods(file).xWrite(file, bytes, count, offset);
}

int sync(sqlite3_file* file, int flags)
{
  maybe_end();
  ++FaultyVfs::syncs;
  if (const auto delay = FaultyVfs::checkpoint_delay.load(); delay.count() > 0) {
    char thread[16] = {};
    pthread_getname_np(pthread_self(), thread, sizeof thread);
    if (std::string_view(thread) == "checkpointer") std::this_thread::sleep_for(delay); // a busy disk
  }
  if (FaultyVfs::sync_fails) return SQLITE_IOERR_FSYNC;
  return real_methods(file).xSync(file, flags);
}

int truncate(sqlite3_file* file, sqlite3_int64 size)
{
  maybe_end();
  return real_methods(file).xTruncate(file, size);
}

int lock_wal_index(sqlite3_file* file, int first, int count, int flags)
{
  if ((flags & SQLITE_SHM_UNLOCK) && FaultyVfs::unlocks_until_failure > 0 &&
      --FaultyVfs::unlocks_until_failure == 0)
    return SQLITE_IOERR_SHMLOCK;
  return real_methods(file).xShmLock(file, first, count, flags);
}

const sqlite3_io_methods* with_faults(const sqlite3_io_methods* methods)
{
  static std::mutex mutex;
  static std::map<const sqlite3_io_methods*, Methods> all;
  const std::lock_guard lock(mutex);
  Methods& found = all.try_emplace(methods, Methods{*methods, methods}).first->second;
  found.ours.xWrite = write;
  found.ours.xSync = sync;
  found.ours.xTruncate = truncate;
  found.ours.xShmLock = lock_wal_index;
  return &found.ours;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags)
{
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if (code == SQLITE_OK && file->pMethods) file->pMethods = with_faults(file->pMethods);
  return code;
}

} // namespace

void FaultyVfs::install()
{
  static sqlite3_vfs vfs;
  if (real) return;
  real = sqlite3_vfs_find(nullptr);
  vfs = *real;
  vfs.zName = name;
  vfs.xOpen = open;
  sqlite3_vfs_register(&vfs, 0);
}

} // namespace postbackd::test
