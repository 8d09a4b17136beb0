#include "store/sqlite/files/schema.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <unistd.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/permission.hpp"
#include "sqlite/database.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/tables/queries/eras.hpp"

namespace postbackd::store::sqlite
{
namespace
{

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why)
{
  throw base::Failure(base::Errc::invalid, fmt::format("'{}' {}", path.string(), why));
}

std::int32_t pragma(SQLite::Database& database, const char* name)
{
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

bool has_tables(SQLite::Database& database)
{
  return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() > 0;
}

FileKind identify(SQLite::Database& database, const std::filesystem::path& path)
{
  const std::int32_t id = pragma(database, "application_id");
  const std::int32_t version = pragma(database, "user_version");
  if (id == 0 && version == 0 && !has_tables(database)) return FileKind::empty;
  if (id != application_id)
    refuse(path, fmt::format(
                     "is a SQLite file of another program (application_id {:#x}). Nothing was changed. Give "
                     "[store] path a file of its own.",
                     static_cast<std::uint32_t>(id)));
  if (version > schema_version)
    refuse(path, fmt::format(
                     "was written by a newer postbackd (schema {}, this one knows {}). Nothing was changed. "
                     "Install that version again.",
                     version, schema_version));
  return FileKind::ours;
}

// So few that an index of them takes no second.
bool has_few_queries(SQLite::Database& database)
{
  constexpr std::int64_t few = 1'000'000;
  return database.execAndGet("SELECT coalesce(max(id) - min(id), 0) FROM queries").getInt64() < few;
}

bool has_newer_indexes(SQLite::Database& database)
{
  return database
             .execAndGet("SELECT count(*) = 2 FROM sqlite_schema WHERE name IN ('queries_by_api', "
                         "'queries_recovered')")
             .getInt() != 0;
}

// A program that was killed while it changed the file has left a journal beside it, or a WAL whose index is
// gone: only a connection that writes can put that in order.
FileKind identify(const std::filesystem::path& path, int access, const char* vfs)
{
  SQLite::Database database(path.string(), access, 5000, vfs ? vfs : "");
  return identify(database, path);
}

FileKind identify_patiently(const std::filesystem::path& path, const char* vfs)
{
  try {
    return identify(path, SQLite::OPEN_READONLY, vfs);
  } catch (const SQLite::Exception& e) {
    if ((e.getErrorCode() & 0xff) != SQLITE_READONLY && (e.getErrorCode() & 0xff) != SQLITE_CANTOPEN) throw;
  }
  return identify(path, SQLite::OPEN_READWRITE, vfs);
}

} // namespace

std::string how_to_restore()
{
  return "Nothing was changed. To go on with a backup: stop postbackd, and `postbackctl restore --replace "
         "FILE`. "
         "To save what can still be read: `postbackctl export`.";
}

FileKind inspect(const std::filesystem::path& path, const char* vfs)
{
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error == std::errc::permission_denied || (::access(path.c_str(), R_OK) != 0 && errno == EACCES))
    refuse(path, "cannot be read: " + base::permission_denied());
  if (!std::filesystem::exists(status)) return FileKind::absent;
  if (!std::filesystem::is_regular_file(path)) refuse(path, "is not a regular file.");
  if (std::filesystem::file_size(path) == 0) return FileKind::empty;
  try {
    return identify_patiently(path, vfs);
  } catch (const SQLite::Exception& e) {
    if (e.getErrorCode() == SQLITE_NOTADB) refuse(path, "is not a SQLite file. Nothing was changed.");
    if (e.getErrorCode() == SQLITE_CORRUPT) refuse(path, "is damaged. " + how_to_restore());
    refuse(path, fmt::format("cannot be opened: {}. If a program was killed while it changed the file: start "
                             "postbackd, as the owner of the file, which puts it in order",
                             e.what()));
  }
}

bool create_schema(SQLite::Database& database)
{
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  // Another program may have created it while we waited.
  const bool is_new = pragma(database, "user_version") == 0;
  if (is_new) {
    for (const std::string_view file : schema_files())
      database.exec(std::string(file));
    Database tables(database);
    tables::begin_era(tables, base::SystemClock().now());
    database.exec(fmt::format("PRAGMA application_id = {}", application_id));
    database.exec(fmt::format("PRAGMA user_version = {}", schema_version));
  }
  if (has_few_queries(database))
    database.exec(std::string(newer_indexes_sql()));
  else if (!has_newer_indexes(database))
    base::log::warning("indexes_missing",
                       {{"why", "to make them takes seconds; lists by api and of what was recovered are "
                                "slow: CHANGELOG.md has the command"}});
  database.exec(std::string(planner_sql()));
  transaction.commit();
  return is_new;
}

} // namespace postbackd::store::sqlite
