#pragma once

#include <SQLiteCpp/Exception.h>

#include <mutex>

#include "store/sqlite/engine/connection.hpp"

namespace postbackd::store::sqlite
{

// Calls the function while it alone has the connection that the mutex guards. Turns an exception of SQLite
// into a base::Failure.
template<class Function>
auto reading(std::mutex& mutex, Function function)
{
  const std::lock_guard lock(mutex);
  try {
    return function();
  } catch (const SQLite::Exception& e) {
    throw base::Failure(to_error(e));
  }
}

} // namespace postbackd::store::sqlite
