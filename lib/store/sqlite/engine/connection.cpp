#include "store/sqlite/engine/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <unistd.h>

#include "base/log.hpp"
#include "base/permission.hpp"
#include "store/sqlite/engine/gathering_vfs.hpp"
#include "store/sqlite/engine/migration.hpp"
#include "store/sqlite/engine/schema.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Short and constant: SQLite's own sleeps grow to 100 ms, and a busy neighbour then always wins (7.7 s
// against 18 ms).
constexpr std::chrono::microseconds lock_poll{300};

std::string vfs_name(const ConnectionOptions& options, Connection::Mode mode)
{
  const char* name = mode == Connection::Mode::read ? options.vfs : gathering_vfs(options.vfs);
  return name ? name : "";
}

// SQLite counts its memory under a global lock, in each allocation; nobody reads the count.
void spare_memory_statistics()
{
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

std::string what_to_check(const std::filesystem::path& directory)
{
  if (::access(directory.c_str(), W_OK) == 0 || errno != EROFS)
    return "Check the owner and the mode of the file and of its directory, and the free space.";
  const std::string why = std::strerror(EROFS);
  return why + base::sandbox_hint(why);
}

SQLite::Database open(const ConnectionOptions& options, Connection::Mode mode)
{
  spare_memory_statistics();
  const FileKind kind = inspect(options.path, options.vfs);
  const std::string path = options.path.string();
  if (kind != FileKind::ours && mode != Connection::Mode::create)
    throw base::Failure(
        base::Errc::not_found,
        fmt::format("there is no store at '{}': start postbackd once, or check [store] path", path));
  const auto directory = std::filesystem::absolute(options.path).parent_path();
  if (!std::filesystem::is_directory(directory))
    throw base::Failure(base::Errc::invalid,
                        fmt::format("the directory '{}' does not exist: create it, or change "
                                    "[store] path",
                                    directory.string()));
  const int access = mode == Connection::Mode::read     ? SQLite::OPEN_READONLY
                     : mode == Connection::Mode::create ? SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE
                                                        : SQLite::OPEN_READWRITE;
  const int flags = access | SQLite::OPEN_NOMUTEX; // a connection belongs to one thread at a time
  try {
    return SQLite::Database(path, flags, 0, vfs_name(options, mode));
  } catch (const SQLite::Exception& e) {
    throw base::Failure(base::Errc::invalid, fmt::format("cannot open the store '{}': {}. {}", path, e.what(),
                                                         what_to_check(directory)));
  }
}

StoreFiles files_of(const ConnectionOptions& options, SQLite::Database& database)
{
  const char* resolved = sqlite3_db_filename(database.getHandle(), "main");
  return {options.path, resolved ? resolved : options.path.string()};
}

} // namespace

Connection::Connection(const ConnectionOptions& options, Mode mode)
    : options_(options), database_(open(options, mode)), files_(files_of(options, database_))
{
  sqlite3_extended_result_codes(database_.getHandle(), 1);
  sqlite3_busy_handler(database_.getHandle(), &Connection::wait_for_lock, this);
  if (mode == Mode::read) {
    // SQLite opens the WAL at the first read, so an unreadable store fails here.
    database_.execAndGet("SELECT count(*) FROM settings");
    return;
  }
  try {
    prepare(mode);
    files_ = files_of(options, database_); // now the WAL exists
  } catch (const SQLite::Exception& e) {
    throw base::Failure(to_error(e).code,
                        fmt::format("cannot use the store '{}': {}. {}", options_.path.string(), e.what(),
                                    what_to_check(std::filesystem::absolute(options_.path).parent_path())));
  }
}

// The change to WAL does not call the busy handler: it fails at once while another program makes it too.
void Connection::prepare(Mode mode)
{
  const auto end = std::chrono::steady_clock::now() + options_.busy_timeout;
  for (;;) {
    try {
      configure();
      if (mode == Mode::create) migrate(database_, options_.path, migrations());
      // A store that is suddenly new may be a volume that is not mounted.
      if (mode == Mode::create && create_schema(database_))
        base::log::warning("store_created", {{"path", options_.path.string()}});
      return;
    } catch (const SQLite::Exception& e) {
      if (e.getErrorCode() != SQLITE_BUSY || std::chrono::steady_clock::now() > end) throw;
      std::this_thread::sleep_for(lock_poll);
    }
  }
}

void Connection::configure()
{
  database_.exec("PRAGMA auto_vacuum = INCREMENTAL");
  database_.exec("PRAGMA journal_mode = WAL");
  // FULL: in WAL mode NORMAL does not sync commits, and a 200 promises that they are on disk.
  database_.exec("PRAGMA synchronous = FULL");
  database_.exec("PRAGMA wal_autocheckpoint = 0"); // checkpointer.hpp
  database_.exec("PRAGMA secure_delete = ON");     // what is deleted is gone (postbackctl erase)
  database_.exec("PRAGMA cache_size = -16384");    // KiB
  database_.exec("PRAGMA temp_store = MEMORY");
  // With a limit, the last clean close leaves an empty WAL: a full one would be replayed over a restored
  // copy.
  database_.exec("PRAGMA journal_size_limit = 67108864");
  int keep = 1;
  sqlite3_file_control(database_.getHandle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

int Connection::wait_for_lock(void* self, int tries)
{
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (tries == 0) connection.waiting_since_ = now;
  if (now - connection.waiting_since_ > connection.options_.busy_timeout) return 0;
  std::this_thread::sleep_for(lock_poll);
  return 1;
}

base::Error to_error(const SQLite::Exception& exception)
{
  using base::Errc;
  // One of the two: an exception that SQLiteCpp made without a connection has no extended code.
  const int extended = std::max(exception.getExtendedErrorCode(), exception.getErrorCode());
  const std::string what = fmt::format("SQLite: {} ({})", exception.what(), extended);
  switch (extended) {
  case SQLITE_IOERR_FSYNC:
  case SQLITE_IOERR_DIR_FSYNC:
  case SQLITE_IOERR_UNLOCK: // the lock stays for ever
    return {Errc::fatal, what};
  }
  switch (extended & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_MISUSE:
    return {Errc::fatal, what};
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
  case SQLITE_TOOBIG:
    return {Errc::invalid, what};
  default:
    return {Errc::unavailable, what};
  }
}

} // namespace postbackd::store::sqlite
