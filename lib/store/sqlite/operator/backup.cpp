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

[[noreturn]] void fail(const std::string& what, const fs::path& path)
{
  throw base::Failure(base::Errc::unavailable,
                      fmt::format("{} '{}': {}", what, path.string(), std::strerror(errno)));
}

void sync(const fs::path& path)
{
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) fail("cannot sync", path);
}

// Makes an empty file that only its owner reads.
void make(const fs::path& path)
{
  const base::Descriptor file(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (file.get() < 0) fail("cannot create", path);
}

// Removes the file when it goes, unless it has been kept.
struct Partial {
  explicit Partial(fs::path given) : path(std::move(given)) { make(path); }
  ~Partial()
  {
    std::error_code ignored;
    if (!path.empty()) fs::remove(path, ignored);
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  void keep_as(const fs::path& name)
  {
    sync(path);
    fs::rename(path, name);
    path.clear();
    sync(fs::absolute(name).parent_path());
  }

  fs::path path;
};

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
  Partial partial(to.string() + ".partial");
  {
    SQLite::Transaction snapshot(database); // what others write meanwhile does not begin the copy anew
    database.execAndGet("SELECT count(*) FROM settings");
    SQLite::Database copy(partial.path.string(), SQLite::OPEN_READWRITE);
    copy.exec("PRAGMA synchronous = OFF"); // synced as a whole
    {
      SQLite::Backup backup(copy, database);
      while (backup.executeStep(pages_of_a_step) == SQLITE_OK)
        if (progress)
          progress(backup.getTotalPageCount() - backup.getRemainingPageCount(), backup.getTotalPageCount());
    }
    copy.exec("PRAGMA journal_mode = DELETE"); // one file; the daemon makes it WAL again
  }
  partial.keep_as(to);
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
  Partial partial(store.string() + ".restoring");
  fs::copy_file(from, partial.path, fs::copy_options::overwrite_existing);
  base::give_to_owner_of_directory(partial.path, 0640);
  // The WAL belongs to the old store, and would be replayed over the new one.
  for (const char* suffix : {"", "-wal", "-shm"})
    if (fs::exists(store.string() + suffix))
      fs::rename(store.string() + suffix, store.string() + ".before-restore" + suffix);
  partial.keep_as(store);
}

} // namespace postbackd::store::sqlite
