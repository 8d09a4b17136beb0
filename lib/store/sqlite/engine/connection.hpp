#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "base/error.hpp"

namespace postbackd::store::sqlite
{

struct ConnectionOptions {
  std::filesystem::path path;
  // How long a lock of another program is waited for.
  std::chrono::milliseconds busy_timeout{5'000};
  // The SQLite VFS; tests inject faults through it.
  const char* vfs = nullptr;
};

// An open store. Every one of ours keeps the WAL file on close, so that people who may only read can open the
// store while nobody writes it. Throws base::Failure with a sentence for people.
class Connection
{
public:
  enum class Mode {
    create,   // read and write; made when absent, and brought to the newest schema
    existing, // read and write a store that is there
    read,
  };

  Connection(const ConnectionOptions& options, Mode mode);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SQLite::Database& database() { return database_; }
  const std::filesystem::path& path() const { return options_.path; }

private:
  static int wait_for_lock(void* self, int tries);
  void prepare(Mode mode);
  void configure();

  ConnectionOptions options_;
  std::chrono::steady_clock::time_point waiting_since_;
  SQLite::Database database_;
};

// What an exception of SQLite's means to a caller: a full disk, a lock and an I/O error pass; a failed sync
// does not.
base::Error to_error(const SQLite::Exception& exception);

} // namespace postbackd::store::sqlite
