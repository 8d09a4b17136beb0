#include "sqlite/gathering_vfs.hpp"

#include <sqlite3.h>

#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>

#include "sqlite/vfs_file.hpp"

namespace postbackd::sqlite
{
namespace
{

using namespace vfs;

struct Vfs {
  sqlite3_vfs ours;
  sqlite3_vfs* base;
  std::string name;
};

template<auto Method, class... Arguments>
int flush_and_forward(sqlite3_file* file, Arguments... arguments)
{
  const int code = flush_wal(file);
  return code == SQLITE_OK ? forward<Method>(file, arguments...) : code;
}

int close(sqlite3_file* file)
{
  if (sqlite3_file* const partner = state(file).partner) state(partner).partner = nullptr;
  const int written = flush_wal(file);
  const int closed = forward<&sqlite3_io_methods::xClose>(file);
  state(file).~File();
  return written == SQLITE_OK ? closed : written;
}

// Version 2: without the methods for mapped files.
constexpr sqlite3_io_methods other_methods = {
    2,
    close,
    forward<&sqlite3_io_methods::xRead>,
    forward<&sqlite3_io_methods::xWrite>,
    forward<&sqlite3_io_methods::xTruncate>,
    sync_file,
    forward<&sqlite3_io_methods::xFileSize>,
    forward<&sqlite3_io_methods::xLock>,
    forward<&sqlite3_io_methods::xUnlock>,
    forward<&sqlite3_io_methods::xCheckReservedLock>,
    forward<&sqlite3_io_methods::xFileControl>,
    forward<&sqlite3_io_methods::xSectorSize>,
    forward<&sqlite3_io_methods::xDeviceCharacteristics>,
    forward<&sqlite3_io_methods::xShmMap>,
    forward<&sqlite3_io_methods::xShmLock>,
    forward<&sqlite3_io_methods::xShmBarrier>,
    forward<&sqlite3_io_methods::xShmUnmap>,
    nullptr,
    nullptr,
};

constexpr sqlite3_io_methods wal_methods = [] {
  sqlite3_io_methods methods = other_methods;
  methods.xRead = flush_and_forward<&sqlite3_io_methods::xRead>;
  methods.xWrite = write_wal;
  methods.xTruncate = truncate_wal;
  methods.xSync = sync_wal;
  methods.xFileSize = flush_and_forward<&sqlite3_io_methods::xFileSize>;
  return methods;
}();

constexpr sqlite3_io_methods database_methods = [] {
  sqlite3_io_methods methods = other_methods;
  methods.xWrite = write_database;
  methods.xSync = sync_database;
  methods.xUnlock = unlock_database;
  methods.xFileControl = control_database;
  methods.xShmMap = map_wal_index;
  methods.xShmLock = lock_wal_index;
  return methods;
}();

void make_partners(sqlite3_file* wal, const char* name)
{
  sqlite3_file* const database = sqlite3_database_file_object(name);
  state(wal).partner = database;
  state(wal).failures = state(database).failures;
  state(database).partner = wal;
}

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
  if (name) state(file).name = name;
  if (flags & SQLITE_OPEN_WAL) make_partners(file, name);
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

void report_failures(sqlite3* connection, Failures& failures)
{
  sqlite3_file_control(connection, "main", set_failures, &failures);
}

} // namespace postbackd::sqlite
