#pragma once

#include "base/file_lock.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/wal_index.hpp"

namespace postbackd::sqlite
{

// Makes checkpoints, one at a time for all processes of a store: a lock on a file beside it, which goes with
// the process, is held from the look at the WAL until the end. None begins while everything is moved already:
// SQLite before 3.51.3 can lose pages when a checkpoint starts right after a complete one while a writer
// restarts the WAL (sqlite.org/wal.html, "The WAL-Reset Bug"). Not thread-safe.
class Checkpoints
{
public:
  // The connection must stay open as long as the process uses the store.
  explicit Checkpoints(Connection& connection);

  struct Made {
    int pages = 0; // of the WAL
    int moved = 0; // of them, those in the database
    std::optional<base::Error> error;
  };
  // Moves what can be moved without waiting; what a reader or the writer holds is moved next time. Returns
  // nothing if there is nothing to move, or another process does it.
  std::optional<Made> move(Connection& connection);

  // Moves everything and cuts the WAL's file to nothing; waits for readers and the writer for a moment only,
  // and refuses if everything is moved already. So call move() before, commit something, whatever it is, and
  // call it again when it fails.
  base::Result<void> truncate(Connection& connection);

  const WalIndex& wal_index() const { return wal_index_; }

private:
  Made checkpoint(Connection& connection, int mode);

  base::FileLock lock_;
  WalIndex wal_index_;
};

} // namespace postbackd::sqlite
