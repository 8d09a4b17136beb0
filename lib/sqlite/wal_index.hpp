#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "sqlite/connection.hpp"

namespace postbackd::sqlite
{

// Reads the -shm file of a store in WAL mode, as sqlite.org/walformat.html describes it: which processes hold
// its locks (a writer keeps others from writing, a reader keeps the WAL from being restarted), and what is in
// the WAL.
class WalIndex
{
public:
  // The connection must stay open as long as the process uses the store. Throws base::Failure.
  explicit WalIndex(Connection& connection);

  // Return a process other than ours, as `pid 123 (name)`; without the name if we may not see it.
  std::optional<std::string> find_reader() const;
  std::optional<std::string> find_writer() const;

  // Returns how many pages of the WAL, of whatever program, are not in the database yet.
  int waiting_pages() const;
  // Returns how many there are in all.
  int pages() const;

  // Returns in a sentence which file is shorter than what was committed, because something else has cut it.
  // Costs two reads and a statx() of each.
  std::optional<std::string> find_cut_file() const;

private:
  struct Header;

  std::optional<std::string> find(off_t start, off_t length) const;
  std::optional<Header> read_header() const;

  std::filesystem::path database_;
  int descriptor_;
};

} // namespace postbackd::sqlite
