#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <utility>

#include "sql/reader.hpp"
#include "sqlite/database.hpp"
#include "sqlite/failures.hpp"
#include "sqlite/store_files.hpp"

namespace postbackd::sqlite
{

struct ConnectionOptions {
  std::filesystem::path path;
  // How long to wait for another program's lock.
  std::chrono::milliseconds busy_timeout{5'000};
  // The SQLite VFS; tests inject faults through it.
  const char* vfs = nullptr;
  // Shared by the connections of a store; if absent, the connection has its own.
  std::shared_ptr<Failures> failures{};
};

// An open file. Keeps the WAL on close, so that users who may only read can open the file while nobody writes
// it. Throws base::Failure with a readable message.
class Connection final : public sql::Connection
{
public:
  enum class Mode {
    create,   // read and write; created when absent or empty
    existing, // read and write
    read,
  };
  // Makes the file what its user expects, on a connection that writes. Called again when another program's
  // lock was in the way.
  using Prepare = std::function<void(SQLite::Database&)>;

  Connection(const ConnectionOptions& options, Mode mode, const Prepare& prepare = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Database& database() override { return database_; }
  const std::filesystem::path& path() const { return options_.path; }
  // Returns where the file is, when its path is a link.
  std::filesystem::path resolved_path() const;
  Failures& failures() { return *options_.failures; }
  // Changes how long to wait for another program's lock; returns the old time.
  std::chrono::milliseconds be_patient_for(std::chrono::milliseconds time)
  {
    return std::exchange(options_.busy_timeout, time);
  }
  // The files as they were when it was opened.
  const StoreFiles& files() const { return files_; }

private:
  static int wait_for_lock(void* self, int tries);
  void prepare_patiently(const Prepare& prepare);
  void configure();
  StoreFiles find_files() const;

  ConnectionOptions options_;
  std::chrono::steady_clock::time_point waiting_since_;
  SQLite::Database raw_;
  Database database_;
  StoreFiles files_;
};

} // namespace postbackd::sqlite
