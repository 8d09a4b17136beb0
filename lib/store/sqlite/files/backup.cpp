#include "store/sqlite/files/backup.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/directory.hpp"
#include "base/new_file.hpp"
#include "sqlite/connection.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/files/health_check.hpp"
#include "store/sqlite/files/schema.hpp"

namespace postbackd::store::sqlite
{
namespace
{

namespace fs = std::filesystem;

constexpr int pages_of_a_step = 1'024; // 4 MiB
// What SQLite plays back into a store beside which it lies.
constexpr const char* companions[] = {"-wal", "-journal"};
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

void refuse_if_open(const fs::path& store)
{
  if (is_open(store))
    throw base::Failure(
        base::Errc::unavailable,
        fmt::format("a program has the store '{}' open: stop postbackd, with its socket", store.string()));
}

fs::path with(const fs::path& store, const char* suffix) { return store.string() + suffix; }

bool has_content(const fs::path& file)
{
  std::error_code absent;
  const auto size = fs::file_size(file, absent);
  return !absent && size > 0;
}

// Where the store is, whose name may be a link. Throws base::Failure if the link leads nowhere.
fs::path resolve(const fs::path& store)
{
  fs::path resolved = fs::weakly_canonical(fs::absolute(store));
  if (fs::is_symlink(resolved))
    throw base::Failure(base::Errc::invalid, fmt::format("'{}' is a link to nothing", store.string()));
  return resolved;
}

std::string quick_check_of(const fs::path& file)
{
  Connection connection({file}, Connection::Mode::read);
  return quick_check(connection);
}

// Throws base::Failure unless `from` may take the place of `store`, and what is there may go to `before`.
void check(const fs::path& from, const fs::path& store, const fs::path& before, bool replace)
{
  std::error_code absent;
  for (const fs::path& place : {before, with(store, ".new")})
    if (fs::equivalent(from, place, absent))
      throw base::Failure(base::Errc::invalid,
                          fmt::format("'{}' is a place that a restore uses: move it first", from.string()));
  for (const char* suffix : companions) {
    if (!has_content(with(from, suffix))) continue;
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("'{0}' is incomplete without '{0}{1}'. Use a file made by `postbackctl backup`, or merge "
                    "the other into it: sqlite3 '{0}' 'PRAGMA wal_checkpoint(TRUNCATE)'",
                    from.string(), suffix));
  }
  if (inspect(from) != FileKind::ours)
    throw base::Failure(base::Errc::not_found, fmt::format("'{}' is not there, or empty", from.string()));
  if (const std::string verdict = quick_check_of(from); verdict != "ok")
    throw base::Failure(base::Errc::invalid, fmt::format("'{}' is damaged: {}", from.string(), verdict));
  refuse_if_open(store);
  if (fs::exists(store) && !replace)
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("there is a store at '{}': --replace keeps it as '{}'", store.string(), before.string()));
  for (const char* suffix : companions)
    if ((!fs::exists(store) || fs::equivalent(store, before, absent)) && has_content(with(store, suffix)) &&
        has_content(with(before, suffix)))
      throw base::Failure(
          base::Errc::invalid,
          fmt::format("'{}' and '{}' are both there, and nobody knows which one is the store's: move one "
                      "of them",
                      store.string() + suffix, before.string() + suffix));
}

// Moves what the WAL and the journal of a store have into it, so that a crash in what follows leaves a whole
// store. A damaged one stays as it is.
void settle(const fs::path& store)
{
  if (!fs::exists(store)) return;
  try {
    SQLite::Database database(store.string(), SQLite::OPEN_READWRITE);
    database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const SQLite::Exception&) {
  }
}

// Moves a store with its WAL and its journal, which SQLite would play back into the next one; back again
// unless that took its place. Where the file system has hard links, the store is in both places until then.
class SetAside
{
public:
  SetAside(const fs::path& store, const fs::path& before) : store_(store), before_(before)
  {
    refuse_if_open(store); // copying took a while
    take_back_after_a_crash();
    settle(store);
    if (fs::exists(store)) {
      for (const char* suffix : {"", "-wal", "-shm", "-journal"})
        fs::remove(with(before, suffix));
      std::error_code no_links;
      fs::create_hard_link(store, before, no_links);
      if (no_links) fs::rename(store, before);
      moved_ = static_cast<bool>(no_links);
    }
    fs::remove(with(store, "-shm")); // SQLite makes it anew
    for (const char* suffix : companions)
      if (fs::exists(with(store, suffix))) fs::rename(with(store, suffix), with(before, suffix));
    // A file system may keep a later rename and not an earlier one.
    if (!base::sync_directory_of(store))
      throw base::Failure(base::Errc::unavailable,
                          fmt::format("cannot sync the directory of '{}'", store.string()));
  }
  ~SetAside()
  {
    if (done_) return;
    std::error_code ignored;
    if (moved_ && !fs::exists(store_, ignored)) fs::rename(before_, store_, ignored);
    // Only to the store that they belong to: the new one may be in its place already.
    if (fs::equivalent(store_, before_, ignored) || (moved_ && !fs::exists(before_, ignored)))
      move_companions_back();
  }
  SetAside(const SetAside&) = delete;
  SetAside& operator=(const SetAside&) = delete;

  void done() { done_ = true; }

private:
  // An earlier restore that was killed has left the store at both places, and its WAL alone at the new one.
  void take_back_after_a_crash() const
  {
    std::error_code absent;
    if (fs::equivalent(store_, before_, absent)) move_companions_back();
  }
  void move_companions_back() const
  {
    std::error_code ignored;
    for (const char* suffix : companions)
      if (!has_content(with(store_, suffix)) && has_content(with(before_, suffix)))
        fs::rename(with(before_, suffix), with(store_, suffix), ignored);
  }

  const fs::path& store_;
  const fs::path& before_;
  bool moved_ = false;
  bool done_ = false;
};

} // namespace

void back_up(SQLite::Database& database, const fs::path& to, const SearchProgress& progress)
{
  // Step by step: the sync of gigabytes at once made a postback wait for 67 ms, three times as long as usual.
  const auto sync = [](SQLite::Database& copy) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(copy.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (file && file->pMethods) file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  };
  SQLite::Transaction snapshot(database); // what others write meanwhile does not begin the copy anew
  database.execAndGet("SELECT count(*) FROM settings");
  SQLite::Database copy(to.string(), SQLite::OPEN_READWRITE);
  copy.exec("PRAGMA synchronous = OFF"); // synced as a whole
  {
    SQLite::Backup backup(copy, database);
    while (backup.executeStep(pages_of_a_step) == SQLITE_OK) {
      sync(copy);
      if (progress)
        progress(backup.getTotalPageCount() - backup.getRemainingPageCount(), backup.getTotalPageCount());
    }
  }
  copy.exec("PRAGMA journal_mode = DELETE"); // one file; the daemon makes it WAL again
}

void restore(const fs::path& from, const fs::path& named, bool replace,
             const std::function<void(const fs::path& copy)>& prepare)
{
  const fs::path store = resolve(named);
  const fs::path before = with(store, ".before-restore");
  check(from, store, before, replace);
  base::NewFile file(store);
  file.copy(from);
  prepare(file.path());
  file.give_to_owner_of_directory(0640);
  file.sync(); // so that what follows are renames
  SetAside old(store, before);
  file.keep();
  old.done();
}

} // namespace postbackd::store::sqlite
