#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "store/sqlite/engine/connection.hpp"

namespace postbackd::store::sqlite
{

// Reads the -shm file of a store in WAL mode, as sqlite.org/walformat.html describes it: which processes hold
// its locks (a writer keeps others from writing, a reader keeps the WAL from being restarted), and what is in
// the WAL.
class WalIndex
{
public:
  // The connection must stay open as long as the process uses the store.
  explicit WalIndex(Connection& connection);

  // Return a process other than ours, as `pid 123 (name)`; without the name if we may not see it.
  std::optional<std::string> find_reader() const;
  std::optional<std::string> find_writer() const;

  // Returns how many pages of the WAL, of whatever program, are not in the database yet.
  int waiting_pages() const;

private:
  std::optional<std::string> find(off_t start, off_t length) const;

  int descriptor_;
};

} // namespace postbackd::store::sqlite
