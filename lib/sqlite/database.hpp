#pragma once

#include <SQLiteCpp/Database.h>

#include "sql/database.hpp"
#include "sqlite/failures.hpp"

namespace postbackd::sqlite
{

// A SQLite connection as the store's SQL sees it. What fails is reported to the Failures of its store, if
// there are some, and thrown as sql::Failure.
class Database final : public sql::Database
{
public:
  explicit Database(SQLite::Database& database, Failures* failures = nullptr)
      : database_(database), failures_(failures)
  {
  }

  std::unique_ptr<sql::Cursor> prepare(const std::string& sql) override;
  void exec(const std::string& sql) override;
  sql::Dialect dialect() const override { return sql::Dialect::sqlite; }
  void begin_to_write() override { exec("BEGIN IMMEDIATE"); }
  void commit() override { exec("COMMIT"); }
  void roll_back() noexcept override { database_.tryExec("ROLLBACK"); } // SQLite may have done it

  SQLite::Database& raw() { return database_; }
  [[noreturn]] void fail(const SQLite::Exception& exception) const;

private:
  SQLite::Database& database_;
  Failures* failures_;
};

// Calls the function; throws what SQLite throws as Database::exec does.
template<class Function>
auto translated(const Database& database, Function function)
{
  try {
    return function();
  } catch (const SQLite::Exception& e) {
    database.fail(e);
  }
}

} // namespace postbackd::sqlite
