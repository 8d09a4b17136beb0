#include "store/sqlite/files/schema.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <unistd.h>

#include "base/error.hpp"
#include "base/permission.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Files up to this size are checked completely at start; damage in a larger one shows when it is used.
constexpr std::uintmax_t largest_checked_file = 64 << 20;

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

constexpr auto how_to_restore =
    "Nothing was changed. To restore a copy: stop postbackd, put the copy in its place, and "
    "remove the files -wal and -shm beside it, which belong to the damaged one. To save what "
    "can be read: `sqlite3 FILE .recover`.";

void check_health(SQLite::Database& database, const std::filesystem::path& path)
{
  if (std::filesystem::file_size(path) > largest_checked_file) return;
  const std::string verdict = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict != "ok") refuse(path, "is damaged: " + verdict + ". " + how_to_restore);
}

} // namespace

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
    SQLite::Database database(path.string(), SQLite::OPEN_READONLY, 5000, vfs ? vfs : "");
    const FileKind kind = identify(database, path);
    check_health(database, path);
    return kind;
  } catch (const SQLite::Exception& e) {
    if (e.getErrorCode() == SQLITE_NOTADB) refuse(path, "is not a SQLite file. Nothing was changed.");
    if (e.getErrorCode() == SQLITE_CORRUPT) refuse(path, std::string("is damaged. ") + how_to_restore);
    refuse(path, fmt::format("cannot be opened: {}", e.what()));
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
    database.exec(fmt::format("PRAGMA application_id = {}", application_id));
    database.exec(fmt::format("PRAGMA user_version = {}", schema_version));
  }
  database.exec(std::string(planner_statistics()));
  transaction.commit();
  return is_new;
}

} // namespace postbackd::store::sqlite
