#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "sqlite/vfs_file.hpp"

namespace postbackd::sqlite::vfs
{
namespace
{

// 29 frames. SQLite's unix VFS masks the length of a write with 0x1ffff.
constexpr std::size_t most_gathered = 29 * (4'096 + 24);
constexpr sqlite3_int64 most_given_back = 8 << 20; // 0.3 ms each MiB

// SQLite may undo a statement alone after an error and go on with its transaction; but what was gathered
// before is gone.
int fail(File& wal, int code)
{
  wal.gathered.clear();
  if (wal.failed == SQLITE_OK) wal.failed = code;
  return code;
}

// A WAL that ends before the first frame of this transaction was cut by another program: SQLite would leave a
// hole, and a start would find nothing behind it.
bool is_cut(sqlite3_file* file, sqlite3_int64 offset)
{
  File& wal = state(file);
  sqlite3_int64 size = 0;
  if (offset == 0 || forward<&sqlite3_io_methods::xFileSize>(file, &size) != SQLITE_OK || size >= offset)
    return false;
  if (wal.failures)
    wal.failures->note(
        {base::Errc::fatal,
         fmt::format("another program has cut '{}' to {} bytes: what was acknowledged since the "
                     "last checkpoint may be lost",
                     wal.name, size)});
  return true;
}

// At the end of a transaction that synced what it wrote, that is the end of the WAL, and the header before it
// is the newest: no reader uses what follows, not even recovery after a crash.
void give_back(sqlite3_file* file, sqlite3_int64 end)
{
  File& wal = state(file);
  if (wal.limit == 0 || end == 0) return;
  sqlite3_int64 size = 0;
  if (end > wal.limit || forward<&sqlite3_io_methods::xFileSize>(file, &size) != SQLITE_OK) {
    wal.limit = 0;
    return;
  }
  const sqlite3_int64 shorter = std::max(wal.limit, size - most_given_back);
  if (size > shorter) forward<&sqlite3_io_methods::xTruncate>(file, shorter);
  if (shorter == wal.limit) wal.limit = 0;
}

} // namespace

int flush_wal(sqlite3_file* file)
{
  File& wal = state(file);
  if (wal.failed != SQLITE_OK) return wal.failed;
  if (wal.gathered.empty()) return SQLITE_OK;
  const int code = forward<&sqlite3_io_methods::xWrite>(file, static_cast<const void*>(wal.gathered.data()),
                                                        static_cast<int>(wal.gathered.size()), wal.begin);
  if (code != SQLITE_OK) return fail(wal, code);
  wal.gathered.clear();
  return SQLITE_OK;
}

int write_wal(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset)
{
  File& wal = state(file);
  if (wal.failed != SQLITE_OK) return wal.failed;
  if (wal.written == 0 && is_cut(file, offset)) return fail(wal, SQLITE_CORRUPT);
  wal.written = std::max(wal.written, offset + count);
  const auto size = static_cast<std::size_t>(count);
  const bool continues = offset == wal.begin + static_cast<sqlite3_int64>(wal.gathered.size());
  if (!wal.gathered.empty() && (!continues || wal.gathered.size() + size > most_gathered))
    if (const int code = flush_wal(file); code != SQLITE_OK) return code;
  if (size > most_gathered) return forward<&sqlite3_io_methods::xWrite>(file, bytes, count, offset);
  if (wal.gathered.empty()) wal.begin = offset;
  try {
    wal.gathered.append(static_cast<const char*>(bytes), size);
  } catch (const std::bad_alloc&) {
    return fail(wal, SQLITE_IOERR_NOMEM);
  }
  return SQLITE_OK;
}

// SQLite cuts a WAL that another program has made long when it begins anew, inside a commit: 32 MiB took 10
// ms. So each commit gives back a part of it.
int truncate_wal(sqlite3_file* file, sqlite3_int64 size)
{
  if (size == 0) {
    const int code = flush_wal(file);
    return code == SQLITE_OK ? forward<&sqlite3_io_methods::xTruncate>(file, size) : code;
  }
  state(file).limit = size;
  return SQLITE_OK;
}

int sync_wal(sqlite3_file* file, int flags)
{
  File& wal = state(file);
  if (const int code = flush_wal(file); code != SQLITE_OK) return code;
  const int code = sync_file(file, flags);
  if (code == SQLITE_OK) wal.synced = wal.written;
  return code;
}

// What is still gathered was rolled back: by the next write another program may have its own pages there.
void end_transaction(sqlite3_file* file)
{
  File& wal = state(file);
  wal.gathered.clear();
  const sqlite3_int64 end = wal.failed == SQLITE_OK ? wal.synced : 0;
  wal.written = wal.synced = 0;
  wal.failed = SQLITE_OK;
  give_back(file, end);
}

} // namespace postbackd::sqlite::vfs
