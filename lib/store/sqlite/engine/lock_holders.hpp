#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "store/sqlite/engine/connection.hpp"

namespace postbackd::store::sqlite
{

// Finds the processes that hold the locks of a store in WAL mode: a writer keeps others from writing, a
// reader keeps the WAL from being restarted.
class LockHolders
{
public:
  // The connection must stay open as long as the process uses the store.
  explicit LockHolders(Connection& connection);

  // Return a process other than ours, as `pid 123 (name)`; without the name if we may not see it.
  std::optional<std::string> find_reader() const;
  std::optional<std::string> find_writer() const;

private:
  std::optional<std::string> find(off_t start, off_t length) const;

  int descriptor_;
};

} // namespace postbackd::store::sqlite
