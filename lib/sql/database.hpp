#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.hpp"

// SQL databases as the store uses them: SQLite and PostgreSQL. What is written against this is in words that
// both understand (docs/decisions.md); values stand in the order ?1, ?2, …
namespace postbackd::sql
{

// What a database has refused or could not do. `invalid`: the values; `unavailable`: now; `fatal`: the
// process must end.
class Failure : public base::Failure
{
public:
  using base::Failure::Failure;
};

// A prepared statement of an engine. Columns are counted from 0, values from 1. Throws Failure.
class Cursor
{
public:
  virtual ~Cursor() = default;

  // Text and bytes that are not copied must live until reset().
  virtual void bind_null(int index) = 0;
  virtual void bind_number(int index, std::int64_t number) = 0;
  virtual void bind_text(int index, std::string_view text, bool copied) = 0;
  virtual void bind_bytes(int index, std::string_view bytes) = 0;

  // Goes to the next row. Returns false after the last one.
  virtual bool step() = 0;
  // Runs a statement to its end. Returns how many rows it has changed.
  virtual std::int64_t run() = 0;
  // The same without the number. It may fail only when the next statement runs, or at the commit.
  virtual void run_later() { run(); }
  // Runs an INSERT of one row. Returns its number, which stands in the column `key`.
  virtual std::int64_t insert(const char* key) = 0;
  // Holds no lock and no row afterwards; the values stay bound.
  virtual void reset() noexcept = 0;

  virtual int values() = 0; // that must be bound
  virtual int columns() = 0;
  virtual bool is_null(int column) = 0;
  virtual std::int64_t number(int column) = 0;    // 0 for NULL
  virtual std::string_view bytes(int column) = 0; // of text too, empty for NULL; until the next step
};

// How each change fails in a store whose rows are elsewhere now: `fatal`, so that a receiver starts again and
// finds them. The place follows.
constexpr std::string_view moved_words = "this store has moved to ";

enum class Dialect { sqlite, postgresql };

// A connection, for one thread at a time.
class Database
{
public:
  virtual ~Database() = default;

  virtual std::unique_ptr<Cursor> prepare(const std::string& sql) = 0;
  // For the few statements that have no words in common.
  virtual Dialect dialect() const = 0;
  // Runs statements that have no values and return no rows.
  virtual void exec(const std::string& sql) = 0;

  // A transaction that writes: it waits for its turn first.
  virtual void begin_to_write() = 0;
  virtual void commit() = 0;
  virtual void roll_back() noexcept = 0;
};

// Calls the function in a transaction that writes.
template<class Function>
auto in_transaction(Database& database, Function function)
{
  database.begin_to_write();
  try {
    if constexpr (std::is_void_v<decltype(function())>) {
      function();
      database.commit();
    } else {
      auto value = function();
      database.commit();
      return value;
    }
  } catch (...) {
    database.roll_back();
    throw;
  }
}

} // namespace postbackd::sql
