#include "store/sqlite/engine/gathering_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>

namespace postbackd::store::sqlite
{
namespace
{

// 29 frames. SQLite's unix VFS masks the length of a write with 0x1ffff.
constexpr std::size_t most_gathered = 29 * (4'096 + 24);
// Unpaced, the sync of a commit waited 30 to 45 ms for a whole checkpoint (docs/performance.md).
constexpr int paced_pages = 256;
// sqlite.org/walformat.html: WAL_WRITE_LOCK.
constexpr int write_lock = 0;

constexpr sqlite3_int64 most_given_back = 8 << 20; // 0.3 ms each MiB

struct Vfs {
  sqlite3_vfs ours;
  sqlite3_vfs* base;
  std::string name;
};

// What SQLite allocates for an open file; the base's file follows it.
struct File {
  sqlite3_file ours;
  int pages = 0;        // written to the database since the last sync
  std::string gathered; // not yet in the WAL, from offset `begin` on
  sqlite3_int64 begin = 0;
  sqlite3_file* partner = nullptr; // of the database its WAL, and of the WAL its database
  sqlite3_int64 written = 0;       // of the WAL: the end of what this transaction wrote,
  sqlite3_int64 synced = 0;        // and synced
  sqlite3_int64 limit = 0;         // to which its file is cut, part by part; 0: it is not
};

constexpr std::size_t file_size = (sizeof(File) + 15) / 16 * 16;

File& state(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* base(sqlite3_file* file)
{
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + file_size);
}

template<auto Method, class... Arguments>
auto forward(sqlite3_file* file, Arguments... arguments)
{
  return (base(file)->pMethods->*Method)(base(file), arguments...);
}

int flush(sqlite3_file* file)
{
  File& wal = state(file);
  if (wal.gathered.empty()) return SQLITE_OK;
  const int code = forward<&sqlite3_io_methods::xWrite>(file, static_cast<const void*>(wal.gathered.data()),
                                                        static_cast<int>(wal.gathered.size()), wal.begin);
  wal.gathered.clear(); // after an error SQLite rolls the transaction back
  return code;
}

template<auto Method, class... Arguments>
int flush_and_forward(sqlite3_file* file, Arguments... arguments)
{
  const int code = flush(file);
  return code == SQLITE_OK ? forward<Method>(file, arguments...) : code;
}

int write_wal(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset)
{
  File& wal = state(file);
  wal.written = std::max(wal.written, offset + count);
  const auto size = static_cast<std::size_t>(count);
  const bool continues = offset == wal.begin + static_cast<sqlite3_int64>(wal.gathered.size());
  if (!wal.gathered.empty() && (!continues || wal.gathered.size() + size > most_gathered))
    if (const int code = flush(file); code != SQLITE_OK) return code;
  if (size > most_gathered) return forward<&sqlite3_io_methods::xWrite>(file, bytes, count, offset);
  if (wal.gathered.empty()) wal.begin = offset;
  try {
    wal.gathered.append(static_cast<const char*>(bytes), size);
  } catch (const std::bad_alloc&) {
    wal.gathered.clear();
    return SQLITE_IOERR_NOMEM;
  }
  return SQLITE_OK;
}

// SQLite cuts a WAL that another program has made long when it begins anew, inside a commit: 32 MiB took 10
// ms. So each commit gives back a part of it.
int truncate_wal(sqlite3_file* file, sqlite3_int64 size)
{
  if (size == 0) return flush_and_forward<&sqlite3_io_methods::xTruncate>(file, size);
  state(file).limit = size;
  return SQLITE_OK;
}

int sync_wal(sqlite3_file* file, int flags)
{
  const int code = flush_and_forward<&sqlite3_io_methods::xSync>(file, flags);
  if (code == SQLITE_OK) state(file).synced = state(file).written;
  return code;
}

// At the end of a transaction, under the write lock. If it synced what it wrote, that is the end of the WAL,
// and the header before it is the newest: nobody reads what follows, after a crash neither.
void give_back(sqlite3_file* file)
{
  File& wal = state(file);
  const sqlite3_int64 end = wal.synced;
  wal.written = wal.synced = 0;
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

// In WAL mode only checkpoints write to the database.
int write_database(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset)
{
  const int code = forward<&sqlite3_io_methods::xWrite>(file, bytes, count, offset);
  if (code != SQLITE_OK || ++state(file).pages < paced_pages) return code;
  state(file).pages = 0;
  return forward<&sqlite3_io_methods::xSync>(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}

// What is gathered when the write lock goes was rolled back: by the next write another program may have its
// own pages there.
int lock_shm(sqlite3_file* file, int first, int count, int flags)
{
  const bool ends_writing =
      first == write_lock && (flags & SQLITE_SHM_UNLOCK) && (flags & SQLITE_SHM_EXCLUSIVE);
  if (sqlite3_file* const wal = state(file).partner; ends_writing && wal) {
    state(wal).gathered.clear();
    give_back(wal);
  }
  return forward<&sqlite3_io_methods::xShmLock>(file, first, count, flags);
}

int close(sqlite3_file* file)
{
  if (sqlite3_file* const partner = state(file).partner) state(partner).partner = nullptr;
  const int written = flush(file);
  const int closed = forward<&sqlite3_io_methods::xClose>(file);
  state(file).~File();
  return written == SQLITE_OK ? closed : written;
}

// Version 2: without the methods for mapped files.
constexpr sqlite3_io_methods database_methods = {
    2,
    close,
    forward<&sqlite3_io_methods::xRead>,
    write_database,
    forward<&sqlite3_io_methods::xTruncate>,
    forward<&sqlite3_io_methods::xSync>,
    forward<&sqlite3_io_methods::xFileSize>,
    forward<&sqlite3_io_methods::xLock>,
    forward<&sqlite3_io_methods::xUnlock>,
    forward<&sqlite3_io_methods::xCheckReservedLock>,
    forward<&sqlite3_io_methods::xFileControl>,
    forward<&sqlite3_io_methods::xSectorSize>,
    forward<&sqlite3_io_methods::xDeviceCharacteristics>,
    forward<&sqlite3_io_methods::xShmMap>,
    lock_shm,
    forward<&sqlite3_io_methods::xShmBarrier>,
    forward<&sqlite3_io_methods::xShmUnmap>,
    nullptr,
    nullptr,
};

constexpr sqlite3_io_methods wal_methods = [] {
  sqlite3_io_methods methods = database_methods;
  methods.xRead = flush_and_forward<&sqlite3_io_methods::xRead>;
  methods.xWrite = write_wal;
  methods.xTruncate = truncate_wal;
  methods.xSync = sync_wal;
  methods.xFileSize = flush_and_forward<&sqlite3_io_methods::xFileSize>;
  return methods;
}();

constexpr sqlite3_io_methods other_methods = [] {
  sqlite3_io_methods methods = database_methods;
  methods.xWrite = forward<&sqlite3_io_methods::xWrite>;
  return methods;
}();

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags)
{
  sqlite3_vfs* const below = reinterpret_cast<Vfs*>(vfs)->base;
  new (file) File{};
  base(file)->pMethods = nullptr;
  const int code = below->xOpen(below, name, base(file), flags, out_flags);
  if (!base(file)->pMethods) { // SQLite does not close it
    state(file).~File();
    file->pMethods = nullptr;
    return code;
  }
  if (flags & SQLITE_OPEN_WAL) {
    state(file).partner = sqlite3_database_file_object(name);
    state(state(file).partner).partner = file;
  }
  file->pMethods = flags & SQLITE_OPEN_WAL       ? &wal_methods
                   : flags & SQLITE_OPEN_MAIN_DB ? &database_methods
                                                 : &other_methods;
  return code;
}

} // namespace

const char* gathering_vfs(const char* base)
{
  static std::mutex mutex;
  static std::map<sqlite3_vfs*, std::unique_ptr<Vfs>> all; // for ever: open files use them
  const std::lock_guard lock(mutex);
  sqlite3_vfs* const below = sqlite3_vfs_find(base);
  if (!below) return base;
  std::unique_ptr<Vfs>& vfs = all[below];
  if (!vfs) {
    vfs.reset(new Vfs{*below, below, std::string("postbackd-") + below->zName});
    vfs->ours.zName = vfs->name.c_str();
    vfs->ours.szOsFile = static_cast<int>(file_size) + below->szOsFile;
    vfs->ours.xOpen = open;
    vfs->ours.pNext = nullptr;
    sqlite3_vfs_register(&vfs->ours, 0);
  }
  return vfs->name.c_str();
}

} // namespace postbackd::store::sqlite
