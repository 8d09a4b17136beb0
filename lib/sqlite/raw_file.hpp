#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "sqlite/connection.hpp"

namespace postbackd::sqlite
{

// The bytes of the files of an open store, also those for which SQLite has no use. Reads them through
// SQLite's own descriptors: opening and closing such a file beside SQLite drops every lock that this process
// has on it (fcntl(2)).
class RawFile
{
public:
  static RawFile database(Connection& connection);
  static RawFile wal(Connection& connection);

  // Both throw base::Failure.
  std::int64_t size() const;
  // Returns up to `most` bytes.
  std::string read(std::int64_t offset, std::size_t most) const;

private:
  RawFile(Connection& connection, int operation);

  sqlite3_file* file_ = nullptr;
};

} // namespace postbackd::sqlite
