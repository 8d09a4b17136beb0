#include "sqlite/failures.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "sql/database.hpp"

namespace postbackd::sqlite
{
namespace
{

constexpr auto start_again = "What was acknowledged is in the WAL, and a new start reads it again";
constexpr auto damaged = "The file is damaged: look at the disk, and restore a backup";

} // namespace

base::Error to_error(const SQLite::Exception& exception)
{
  // One of the two: an exception that SQLiteCpp made without a connection has no extended code.
  return to_error(std::max(exception.getExtendedErrorCode(), exception.getErrorCode()), exception.what());
}

base::Error to_error(int extended_code, const std::string& what)
{
  using base::Errc;
  const std::string message = fmt::format("SQLite: {} ({})", what, extended_code);
  switch (extended_code) {
  case SQLITE_IOERR_FSYNC:
  case SQLITE_IOERR_DIR_FSYNC:
  case SQLITE_IOERR_UNLOCK: // the lock stays for ever
    return {Errc::fatal, fmt::format("{}. {}", message, start_again)};
  case SQLITE_CONSTRAINT_TRIGGER:
    return {what.starts_with(sql::moved_words) ? Errc::fatal : Errc::invalid, message};
  case SQLITE_IOERR_CORRUPTFS:
  case SQLITE_READONLY_DBMOVED:
    return {Errc::fatal, fmt::format("{}. {}", message, damaged)};
  }
  switch (extended_code & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return {Errc::fatal, fmt::format("{}. {}", message, damaged)};
  case SQLITE_MISUSE:
    return {Errc::fatal, message};
  case SQLITE_CONSTRAINT:
  case SQLITE_MISMATCH:
  case SQLITE_TOOBIG:
    return {Errc::invalid, message};
  default:
    return {Errc::unavailable, message};
  }
}

base::Error Failures::note(base::Error error)
{
  if (error.code != base::Errc::fatal) return error;
  {
    const std::lock_guard lock(mutex_);
    if (fatal_) return error;
    fatal_ = error;
    is_fatal_ = true;
  }
  if (on_fatal_) on_fatal_(error);
  return error;
}

std::optional<base::Error> Failures::fatal() const
{
  if (!is_fatal_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return fatal_;
}

void Failures::note_failed_sync(const char* file)
{
  failed_sync_ = true;
  note(
      {base::Errc::fatal, fmt::format("the disk has not confirmed what was written to '{}': look at the disk "
                                      "today. {}",
                                      file, start_again)});
}

} // namespace postbackd::sqlite
