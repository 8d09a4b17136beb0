#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "store/sqlite/engine/store_files.hpp"

namespace postbackd::store::sqlite
{

struct ConnectionOptions {
  std::filesystem::path path;
  // How long to wait for another program's lock.
  std::chrono::milliseconds busy_timeout{5'000};
  // The SQLite VFS; tests inject faults through it.
  const char* vfs = nullptr;
};

// An open store. Keeps the WAL file on close, so that users who may only read can open the store while nobody
// writes it. Throws base::Failure with a readable message.
class Connection
{
public:
  enum class Mode {
    create,   // read and write; created when absent or empty
    existing, // read and write an existing store
    read,
  };

  Connection(const ConnectionOptions& options, Mode mode);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SQLite::Database& database() { return database_; }
  const std::filesystem::path& path() const { return options_.path; }
  // Changes how long to wait for another program's lock; returns the old time.
  std::chrono::milliseconds be_patient_for(std::chrono::milliseconds time)
  {
    return std::exchange(options_.busy_timeout, time);
  }
  // The files as they were when it was opened.
  const StoreFiles& files() const { return files_; }

private:
  static int wait_for_lock(void* self, int tries);
  void prepare(Mode mode);
  void configure();

  ConnectionOptions options_;
  std::chrono::steady_clock::time_point waiting_since_;
  SQLite::Database database_;
  StoreFiles files_;
};

// Returns the meaning of a SQLite exception to a caller: a full disk, a lock and an I/O error are
// `unavailable`; a failed sync, and what only a new start can cure, is `fatal`.
base::Error to_error(const SQLite::Exception& exception);

} // namespace postbackd::store::sqlite
