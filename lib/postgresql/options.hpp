#pragma once

#include <chrono>
#include <string>

namespace postbackd::postgresql
{

struct ConnectionOptions {
  std::string url;      // whatever libpq takes: a URI, or words `key=value`
  std::string password; // empty: as every client of libpq finds it (PGPASSWORD, .pgpass)
  std::string schema = "postbackd";
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds call_timeout{15'000}; // of each call; then the connection is closed
  std::chrono::milliseconds lock_timeout{5'000};  // how long the server lets us wait for a lock
  bool writes = true;                             // false: every transaction reads
  // Each statement finds its rows by an index, however small or empty the tables are when it is planned: the
  // plan is kept, and a table of no rows may have a million before anybody counts them.
  bool by_index = false;
};

} // namespace postbackd::postgresql
