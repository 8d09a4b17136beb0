#pragma once

#include <SQLiteCpp/Exception.h>

#include <mutex>
#include <utility>

#include "store/sqlite/engine/connection.hpp"

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

} // namespace postbackd::store::sqlite
