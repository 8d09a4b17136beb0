#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "support/process.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// A PostgreSQL server of the test's own, in a folder of its own, on a Unix socket there; not as root.
class PostgresqlServer
{
public:
  PostgresqlServer();
  ~PostgresqlServer();

  // The one of this test program, started when it is first asked for.
  static PostgresqlServer& of_program();

  // Makes an empty database. Returns the address of it.
  std::string new_database();
  std::string url(const std::string& database) const;
  std::filesystem::path socket() const { return folder_ / ".s.PGSQL.5432"; }
  // Runs SQL in a database by psql; returns what it prints, rows apart by lines.
  std::string psql(const std::string& url, const std::string& sql) const;

  void start();
  void kill(); // as a power cut does, without a word
  void restart() { kill(), start(); }

  static std::filesystem::path program(const std::string& name);

private:
  std::filesystem::path folder_; // of the server's user
  std::unique_ptr<Process> server_;
  int databases_ = 0;
};

} // namespace postbackd::test
