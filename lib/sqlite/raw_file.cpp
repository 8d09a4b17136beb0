#include "sqlite/raw_file.hpp"

#include <algorithm>

namespace postbackd::sqlite
{
namespace
{

void check(int code)
{
  if (code != SQLITE_OK)
    throw base::Failure(base::Errc::unavailable,
                        "cannot read the file of the store: " + std::string(sqlite3_errstr(code)));
}

} // namespace

RawFile RawFile::database(Connection& connection) { return RawFile(connection, SQLITE_FCNTL_FILE_POINTER); }

RawFile RawFile::wal(Connection& connection) { return RawFile(connection, SQLITE_FCNTL_JOURNAL_POINTER); }

RawFile::RawFile(Connection& connection, int operation)
{
  check(sqlite3_file_control(connection.database().raw().getHandle(), "main", operation, &file_));
}

std::int64_t RawFile::size() const
{
  sqlite3_int64 size = 0;
  if (file_ && file_->pMethods) check(file_->pMethods->xFileSize(file_, &size));
  return size;
}

std::string RawFile::read(std::int64_t offset, std::size_t most) const
{
  const std::int64_t rest = std::max<std::int64_t>(size() - offset, 0);
  std::string bytes(std::min(most, static_cast<std::size_t>(rest)), '\0');
  if (bytes.empty()) return bytes;
  const int code = file_->pMethods->xRead(file_, bytes.data(), static_cast<int>(bytes.size()), offset);
  if (code != SQLITE_IOERR_SHORT_READ) check(code); // it got shorter; SQLite fills the rest with zeros
  return bytes;
}

} // namespace postbackd::sqlite
