#include <fmt/format.h>

#include <algorithm>

#include "sqlite/vfs_file.hpp"

namespace postbackd::sqlite::vfs
{
namespace
{

// Unpaced, the sync of a commit waited 30 to 45 ms for a whole checkpoint (docs/performance.md).
constexpr int paced_pages = 256;
// sqlite.org/walformat.html: WAL_WRITE_LOCK, WAL_CKPT_LOCK, and nBackfill, the 25th number of the wal-index.
constexpr int write_lock = 0;
constexpr int checkpoint_lock = 1;
constexpr int moved_frames = 24;

int sync_pages(sqlite3_file* file)
{
  const int code = sync_file(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (code == SQLITE_OK) state(file).pages = 0;
  return code;
}

// The process ends with its locks; until then whoever needs this one would wait for ever.
void note_unlock(File& file, int code)
{
  if (code == SQLITE_OK || !file.failures) return;
  file.failures->note(
      {base::Errc::fatal,
       fmt::format("a lock on '{}' could not be released ({}); only the end of the process releases it",
                   file.name, code)});
}

// SQLite ignores what CKPT_DONE returns, and counts the pages of a partial checkpoint as moved although their
// sync has failed. They are few, the rest of it cannot be synced either (sync_file), so the WAL cannot begin
// anew before the count is taken back here, under the lock of the checkpoint.
void take_back_moved(File& database)
{
  if (!database.index || !database.failures || !database.failures->has_failed_sync()) return;
  // In one step: meanwhile a writer of another process may begin the WAL anew, if everything is moved.
  std::uint32_t now = database.index[moved_frames];
  while (now > database.moved &&
         !__atomic_compare_exchange_n(&database.index[moved_frames], &now, database.moved, false,
                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
}

} // namespace

// In WAL mode only checkpoints write to the database.
int write_database(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset)
{
  const int code = forward<&sqlite3_io_methods::xWrite>(file, bytes, count, offset);
  return code != SQLITE_OK || ++state(file).pages < paced_pages ? code : sync_pages(file);
}

int sync_database(sqlite3_file* file, int flags)
{
  const int code = sync_file(file, flags);
  if (code == SQLITE_OK) state(file).pages = 0;
  return code;
}

int control_database(sqlite3_file* file, int operation, void* argument)
{
  if (operation == set_failures) {
    state(file).failures = static_cast<Failures*>(argument);
    if (sqlite3_file* const wal = state(file).partner) state(wal).failures = state(file).failures;
    return SQLITE_OK;
  }
  if (operation == SQLITE_FCNTL_CKPT_DONE && state(file).pages > 0) sync_pages(file);
  return forward<&sqlite3_io_methods::xFileControl>(file, operation, argument);
}

int unlock_database(sqlite3_file* file, int level)
{
  const int code = forward<&sqlite3_io_methods::xUnlock>(file, level);
  note_unlock(state(file), code);
  return code;
}

int map_wal_index(sqlite3_file* file, int region, int size, int extend, void volatile** address)
{
  const int code = forward<&sqlite3_io_methods::xShmMap>(file, region, size, extend, address);
  if (region == 0) state(file).index = static_cast<volatile std::uint32_t*>(*address);
  return code;
}

int lock_wal_index(sqlite3_file* file, int first, int count, int flags)
{
  File& database = state(file);
  const bool unlocks = (flags & SQLITE_SHM_UNLOCK) != 0;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if (unlocks && exclusive) {
    if (first == write_lock && database.partner) end_transaction(database.partner);
    if (first == checkpoint_lock) take_back_moved(database);
  }
  const int code = forward<&sqlite3_io_methods::xShmLock>(file, first, count, flags);
  if (unlocks) note_unlock(database, code);
  if (!unlocks && exclusive && first == checkpoint_lock && code == SQLITE_OK && database.index)
    database.moved = database.index[moved_frames];
  return code;
}

} // namespace postbackd::sqlite::vfs
