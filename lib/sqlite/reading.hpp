#pragma once

#include <SQLiteCpp/Exception.h>

#include <mutex>
#include <utility>

#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"

namespace postbackd::sqlite
{

// Calls the function; turns an exception of SQLite into a base::Failure, and reports it to the connection's
// Failures.
template<class Function>
auto translated(Connection& connection, Function function)
{
  try {
    return function();
  } catch (const SQLite::Exception& e) {
    throw base::Failure(connection.failures().note(to_error(e)));
  }
}

// A connection that reads, for one caller at a time. Thread-safe.
class Reader
{
public:
  explicit Reader(const ConnectionOptions& options) : connection_(options, Connection::Mode::read) {}

  // Calls the function while it alone has the connection, as translated() does.
  template<class Function>
  auto read(Function function)
  {
    const std::lock_guard lock(mutex_);
    return translated(connection_, std::move(function));
  }
  // The same, with the error as a value.
  template<class Function>
  auto try_read(Function function) -> base::Result<decltype(function())>
  {
    try {
      return read(std::move(function));
    } catch (const base::Failure& e) {
      return e.error();
    }
  }
  // To be used inside read().
  SQLite::Database& database() { return connection_.database(); }

private:
  std::mutex mutex_;
  Connection connection_;
};

// Takes the rows of a statement, 200 in each read transaction, so that the WAL does not grow. Its
// first column is a number that grows, ?1 the number to begin after, ?2 how many at most. Calls
// progress(done) after each part.
template<class Take, class Progress>
void read_in_parts(SQLite::Statement& next, Take take, Progress progress)
{
  constexpr int rows_at_once = 200;
  std::int64_t last = 0;
  std::int64_t done = 0;
  for (int found = 1; found > 0;) {
    found = 0;
    const Reset reset(next);
    next.bind(1, last);
    next.bind(2, rows_at_once);
    for (; next.executeStep(); ++found, ++done) {
      last = next.getColumn(0).getInt64();
      take(next);
    }
    progress(done);
  }
}

} // namespace postbackd::sqlite
