#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "sqlite/failures.hpp"

// What the parts of the VFS (gathering_vfs.hpp) know of an open file.
namespace postbackd::sqlite::vfs
{

// What SQLite allocates for an open file; the base's file follows it.
struct File {
  sqlite3_file ours;
  const char* name = "";           // SQLite's, as long as the file is open
  Failures* failures = nullptr;    // of the database's connection
  sqlite3_file* partner = nullptr; // of the database its WAL, and of the WAL its database
  // Of the WAL:
  std::string gathered; // not yet written, from offset `begin` on
  sqlite3_int64 begin = 0;
  sqlite3_int64 written = 0; // the end of what this transaction wrote,
  sqlite3_int64 synced = 0;  // and synced
  sqlite3_int64 limit = 0;   // to which its file is cut, part by part; 0: it is not
  int failed = SQLITE_OK;    // the first error of a write of this transaction
  // Of the database:
  int pages = 0;                           // written since the last sync
  volatile std::uint32_t* index = nullptr; // the wal-index
  std::uint32_t moved = 0;                 // nBackfill when the checkpoint began
};

constexpr std::size_t file_size = (sizeof(File) + 15) / 16 * 16;

inline File& state(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
inline sqlite3_file* base(sqlite3_file* file)
{
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + file_size);
}

template<auto Method, class... Arguments>
auto forward(sqlite3_file* file, Arguments... arguments)
{
  return (base(file)->pMethods->*Method)(base(file), arguments...);
}

// Reports a failed sync. Returns its argument.
inline int note_sync(File& file, int code)
{
  if (code != SQLITE_OK && file.failures) file.failures->note_failed_sync(file.name);
  return code;
}

// Syncs, or fails: after a failed sync of the store no other one may succeed.
inline int sync_file(sqlite3_file* file, int flags)
{
  File& self = state(file);
  if (self.failures && self.failures->has_failed_sync()) return SQLITE_IOERR_FSYNC;
  return note_sync(self, forward<&sqlite3_io_methods::xSync>(file, flags));
}

// Gathers what SQLite appends to the WAL.
int write_wal(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset);
int sync_wal(sqlite3_file* file, int flags);
int truncate_wal(sqlite3_file* file, sqlite3_int64 size);
int flush_wal(sqlite3_file* file);
// Called while the write lock is still held.
void end_transaction(sqlite3_file* wal);

// Syncs what a checkpoint writes to the database.
int write_database(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset);
int sync_database(sqlite3_file* file, int flags);
int control_database(sqlite3_file* file, int operation, void* argument);
int unlock_database(sqlite3_file* file, int level);
int map_wal_index(sqlite3_file* file, int region, int size, int extend, void volatile** address);
int lock_wal_index(sqlite3_file* file, int first, int count, int flags);

// The operation of control_database() that sets File::failures.
constexpr int set_failures = 0x70626b64;

} // namespace postbackd::sqlite::vfs
