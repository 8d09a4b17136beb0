#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <string>

#include "sqlite/connection.hpp"
#include "support/temporary_directory.hpp"

namespace postbackd::test
{

// A SQLite file with the table `words` in a folder of its own.
struct SqliteFixture {
  TemporaryDirectory directory;
  sqlite::ConnectionOptions options{directory / "file.sqlite3"};

  sqlite::Connection connect(sqlite::Connection::Mode mode = sqlite::Connection::Mode::create) const
  {
    return sqlite::Connection(options, mode, [](SQLite::Database& database) {
      database.exec("CREATE TABLE IF NOT EXISTS words (id INTEGER PRIMARY KEY, word TEXT)");
    });
  }
};

// Each is a commit.
inline void insert(sqlite::Connection& connection, int count, std::size_t size = 1'000)
{
  for (int i = 0; i < count; ++i)
    connection.database().raw().exec("INSERT INTO words (word) VALUES ('" + std::string(size, 'x') + "')");
}

inline std::string ask(sqlite::Connection& connection, const std::string& sql)
{
  SQLite::Statement statement(connection.database().raw(), sql);
  return statement.executeStep() ? statement.getColumn(0).getString() : "(no row)";
}

} // namespace postbackd::test
