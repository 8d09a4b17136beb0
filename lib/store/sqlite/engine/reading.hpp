#pragma once

#include <SQLiteCpp/Exception.h>

#include <mutex>
#include <utility>

#include "store/sqlite/engine/connection.hpp"
#include "store/sqlite/engine/statement.hpp"

namespace postbackd::store::sqlite
{

// Calls the function; turns an exception of SQLite into a base::Failure.
template<class Function>
auto translated(Function function)
{
  try {
    return function();
  } catch (const SQLite::Exception& e) {
    throw base::Failure(to_error(e));
  }
}

// The same, while it alone has the connection that the mutex guards.
template<class Function>
auto reading(std::mutex& mutex, Function function)
{
  const std::lock_guard lock(mutex);
  return translated(std::move(function));
}

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

} // namespace postbackd::store::sqlite
