#include "store/sqlite/operator/backup.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/new_file.hpp"
#include "base/permission.hpp"
#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/engine/schema.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace fs = std::filesystem;

constexpr int pages_of_a_step = 4'096; // 16 MiB
// SQLite's lock that each connection of a WAL store holds while it is open (wal.c and os_unix.c:
// UNIX_SHM_DMS).
constexpr off_t open_lock = 128;

// Returns whether some program has the store open.
bool is_open(const fs::path& store)
{
  const base::Descriptor file(::open((store.string() + "-shm").c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) return false;
  struct flock lock {
  };
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = open_lock;
  lock.l_len = 1;
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

} // namespace

void back_up(SQLite::Database& database, const fs::path& to, const SearchProgress& progress)
{
  if (fs::exists(to))
    throw base::Failure(base::Errc::invalid, fmt::format("'{}' exists: give another name", to.string()));
  base::NewFile file(to);
  {
    SQLite::Transaction snapshot(database); // what others write meanwhile does not begin the copy anew
    database.execAndGet("SELECT count(*) FROM settings");
    SQLite::Database copy(file.path().string(), SQLite::OPEN_READWRITE);
    copy.exec("PRAGMA synchronous = OFF"); // synced as a whole
    {
      SQLite::Backup backup(copy, database);
      while (backup.executeStep(pages_of_a_step) == SQLITE_OK)
        if (progress)
          progress(backup.getTotalPageCount() - backup.getRemainingPageCount(), backup.getTotalPageCount());
    }
    copy.exec("PRAGMA journal_mode = DELETE"); // one file; the daemon makes it WAL again
  }
  file.keep();
}

void restore(const fs::path& from, const fs::path& store, bool replace)
{
  if (inspect(from) != FileKind::ours)
    throw base::Failure(base::Errc::not_found, fmt::format("'{}' is not there, or empty", from.string()));
  if (is_open(store))
    throw base::Failure(
        base::Errc::unavailable,
        fmt::format("a program has the store '{}' open: stop postbackd, with its socket", store.string()));
  const bool has_old = fs::exists(store);
  if (has_old && !replace)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("there is a store at '{}': --replace keeps it as '{}.before-restore'",
                                    store.string(), store.string()));
  base::NewFile file(store);
  fs::copy_file(from, file.path(), fs::copy_options::overwrite_existing);
  base::give_to_owner_of_directory(file.path(), 0640);
  const std::string before = store.string() + ".before-restore";
  for (const char* suffix : {"", "-wal", "-shm"})
    fs::remove(before + suffix);
  // Until the new one takes its place, the old one stays there, where the file system has hard links.
  std::error_code no_links;
  if (has_old) fs::create_hard_link(store, before, no_links);
  if (no_links) fs::rename(store, before);
  // The WAL belongs to the old store, and would be replayed over the new one.
  for (const char* suffix : {"-wal", "-shm"})
    if (fs::exists(store.string() + suffix)) fs::rename(store.string() + suffix, before + suffix);
  file.keep();
}

} // namespace postbackd::store::sqlite
