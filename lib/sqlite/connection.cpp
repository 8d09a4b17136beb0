#include "sqlite/connection.hpp"

#include <SQLiteCpp/Column.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

#include "sqlite/gathering_vfs.hpp"

namespace postbackd::sqlite
{
namespace
{

// Short and constant: SQLite's own sleeps grow to 100 ms, and a busy neighbour then always wins (7.7 s
// against 18 ms).
constexpr std::chrono::microseconds lock_poll{300};
// A program that begins its next transaction as soon as the last one ends leaves the lock free for some
// microseconds. Whoever has waited long looks more often, or many of its transactions pass.
constexpr std::chrono::milliseconds long_wait{20};
constexpr std::chrono::microseconds lock_poll_after_it{20};

// SQLite counts its memory under a global lock, in each allocation; nobody reads the count.
void spare_memory_statistics()
{
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

std::string what_to_check(const std::filesystem::path& path, int extended_code)
{
  const auto directory = std::filesystem::absolute(path).parent_path();
  if (extended_code == SQLITE_IOERR_SHMMAP || extended_code == SQLITE_IOERR_SHMOPEN)
    return "The file system cannot share memory between programs: use a local one.";
  if (::access(directory.c_str(), W_OK) == 0 || errno != EROFS)
    return "Check the owner and the mode of the file and of its directory, and the free space.";
  return "The file system is read-only: see `dmesg` for its disk, or, for a directory of your own, "
         "docs/deploy.md for the line that "
         "opens the sandbox of the unit.";
}

SQLite::Database open(const ConnectionOptions& options, Connection::Mode mode)
{
  spare_memory_statistics();
  const std::string path = options.path.string();
  const int access = mode == Connection::Mode::read     ? SQLite::OPEN_READONLY
                     : mode == Connection::Mode::create ? SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE
                                                        : SQLite::OPEN_READWRITE;
  const int flags = access | SQLite::OPEN_NOMUTEX; // a connection belongs to one thread at a time
  const char* const vfs = gathering_vfs(options.vfs);
  try {
    return SQLite::Database(path, flags, 0, vfs ? vfs : "");
  } catch (const SQLite::Exception& e) {
    throw base::Failure(base::Errc::invalid, fmt::format("cannot open the store '{}': {}. {}", path, e.what(),
                                                         what_to_check(options.path, e.getErrorCode())));
  }
}

ConnectionOptions with_failures(ConnectionOptions options)
{
  if (!options.failures) options.failures = std::make_shared<Failures>();
  return options;
}

} // namespace

Connection::Connection(const ConnectionOptions& options, Mode mode, const Prepare& prepare)
    : options_(with_failures(options)), raw_(open(options_, mode)), database_(raw_, options_.failures.get()),
      files_(find_files())
{
  sqlite3_extended_result_codes(raw_.getHandle(), 1);
  sqlite3_busy_handler(raw_.getHandle(), &Connection::wait_for_lock, this);
  report_failures(raw_.getHandle(), *options_.failures);
  try {
    // SQLite opens the WAL at the first read, so an unreadable store fails here.
    if (mode == Mode::read)
      raw_.execAndGet("SELECT count(*) FROM sqlite_schema");
    else
      prepare_patiently(prepare);
  } catch (const SQLite::Exception& e) {
    throw base::Failure(to_error(e).code,
                        fmt::format("cannot use the store '{}': {}. {}", options_.path.string(), e.what(),
                                    what_to_check(options_.path, e.getExtendedErrorCode())));
  }
  files_ = find_files(); // now the WAL exists
}

std::filesystem::path Connection::resolved_path() const
{
  const char* const resolved = sqlite3_db_filename(raw_.getHandle(), "main");
  return resolved ? resolved : options_.path;
}

StoreFiles Connection::find_files() const { return {options_.path, resolved_path()}; }

// The change to WAL does not call the busy handler: it fails at once while another program makes it too.
void Connection::prepare_patiently(const Prepare& prepare)
{
  const auto end = std::chrono::steady_clock::now() + options_.busy_timeout;
  for (;;) {
    try {
      configure();
      if (prepare) prepare(raw_);
      return;
    } catch (const SQLite::Exception& e) {
      if (e.getErrorCode() != SQLITE_BUSY || std::chrono::steady_clock::now() > end) throw;
      std::this_thread::sleep_for(lock_poll);
    }
  }
}

void Connection::configure()
{
  // FULL: in WAL mode NORMAL does not sync commits, and a 200 promises that they are on disk. First: what
  // follows may write.
  raw_.exec("PRAGMA synchronous = FULL");
  raw_.exec("PRAGMA auto_vacuum = INCREMENTAL");
  raw_.exec("PRAGMA journal_mode = WAL");
  raw_.exec("PRAGMA wal_autocheckpoint = 0"); // checkpointer.hpp
  raw_.exec("PRAGMA secure_delete = ON");     // what is deleted is gone (postbackctl erase)
  raw_.exec("PRAGMA cache_size = -16384");    // KiB
  raw_.exec("PRAGMA temp_store = MEMORY");
  // With a limit, the last clean close leaves an empty WAL: a full one would be replayed over a restored
  // copy.
  raw_.exec("PRAGMA journal_size_limit = 67108864");
  int keep = 1;
  sqlite3_file_control(raw_.getHandle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

int Connection::wait_for_lock(void* self, int tries)
{
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) connection.waiting_since_ = now;
  const auto waited = now - connection.waiting_since_;
  if (waited > connection.options_.busy_timeout) return 0;
  if (waited > long_wait) ::prctl(PR_SET_TIMERSLACK, 1); // else the kernel adds 50 microseconds
  std::this_thread::sleep_for(waited > long_wait ? lock_poll_after_it : lock_poll);
  return 1;
}

} // namespace postbackd::sqlite
