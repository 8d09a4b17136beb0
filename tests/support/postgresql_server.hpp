#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// A PostgreSQL server of the test's own, in a folder of its own, on a Unix socket there; not as root.
class PostgresqlServer
{
public:
  struct Options {
    std::filesystem::path folder;      // an empty one; if not given, a new one
    std::vector<std::string> settings; // `name=value`
    unsigned short port = 0;           // also on 127.0.0.1, at this one
  };

  PostgresqlServer() : PostgresqlServer(Options()) {}
  explicit PostgresqlServer(const Options& options);
  ~PostgresqlServer();

  // The one of this test program, started when it is first asked for.
  static PostgresqlServer& of_program();

  // Makes an empty database. Returns the address of it.
  std::string new_database();
  std::string url(const std::string& database) const;
  std::filesystem::path socket() const { return folder_ / (".s.PGSQL." + port_); }
  const std::filesystem::path& folder() const { return folder_; }
  // Runs SQL in a database by psql; returns what it prints, rows apart by lines.
  std::string psql(const std::string& url, const std::string& sql) const;
  Process start_psql(const std::string& url, const std::string& sql) const;
  std::string dump(const std::string& url) const;
  Process start_script(const std::string& url, const std::string& statements) const;
  // As docs/scale.md says: pg_dump, and pg_restore in the place of what is there.
  void dump(const std::string& url, const std::filesystem::path& file) const;
  void restore(const std::string& url, const std::filesystem::path& file) const;

  void start();
  void kill(); // as a power cut does, without a word
  void restart() { kill(), start(); }
  // As a replica of a primary that is gone: it only reads.
  void restart_as_replica();
  void promote() const;

  static std::filesystem::path program(const std::string& name);

private:
  std::filesystem::path folder_; // of the server's user
  std::vector<std::string> settings_;
  std::string port_ = "5432";
  std::unique_ptr<Process> server_;
  int databases_ = 0;
};

} // namespace postbackd::test
